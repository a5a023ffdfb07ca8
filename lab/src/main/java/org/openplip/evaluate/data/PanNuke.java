package org.openplip.evaluate.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.io.NpyArray;
import org.openplip.io.Progress;

/// PanNuke: `Fold K/images/foldK/images.npy` `[n, 256, 256, 3]`, `types.npy` `[n]` and `Fold
/// K/masks/foldK/masks.npy` `[n, 256, 256, 6]` for K of 1 to 3, of any type of numbers. The arrays
/// are mapped; reading the set looks once at every mask, 25 GB of them in float64.
///
/// A picture is malignant where at least 10 nuclei and more than 0.3 of all are neoplastic, benign
/// where none is, and left out otherwise or without any nucleus; see [Nuclei] for what each
/// protocol counts.
///
/// `paper`: all folds together, malignant pictures first, in one random order, then for each tissue
/// in the order in which that begins, benign before malignant, a random order whose first 70 % are
/// for training; at 224 pixels. `clean`: fold 1 for training, fold 2 for validation, fold 3 for the
/// test. Which slide or patient a picture is of is not published.
final class PanNuke {
    private static final int FOLDS = 3;
    private static final Map<String, String> CLASS_NAMES =
            Names.of("benign", "benign", "malignant", "malignant");
    private static final String TEMPLATE = "An H&E image of {} tissue.";

    private PanNuke() {}

    private record Fold(int number, NpyArray images, NpyArray masks, NpyArray types) {
        static Fold map(Path folder, int number, Arena arena) throws IOException {
            Path images = folder.resolve("Fold " + number + "/images/fold" + number);
            Path masks = folder.resolve("Fold " + number + "/masks/fold" + number);
            Fold fold =
                    new Fold(
                            number,
                            NpyArray.map(images.resolve("images.npy"), arena),
                            NpyArray.map(masks.resolve("masks.npy"), arena),
                            NpyArray.map(images.resolve("types.npy"), arena));
            fold.check();
            return fold;
        }

        private void check() throws DataException {
            pages(images, 3);
            pages(masks, Nuclei.CHANNELS);
            if (masks.side(0) != images.side(0)
                    || masks.side(1) != images.side(1)
                    || masks.side(2) != images.side(2)) {
                throw new DataException(
                        masks.file(),
                        "header",
                        "is %s beside pictures of %s"
                                .formatted(masks.description(), images.description()));
            }
            if (!types.isText() || types.axes() != 1 || types.side(0) != images.side(0)) {
                throw new DataException(
                        types.file(),
                        "header",
                        "expected %d texts, got %s".formatted(images.side(0), types.description()));
            }
        }

        private static void pages(NpyArray array, int channels) throws DataException {
            if (array.isText()
                    || array.axes() != 4
                    || array.side(3) != channels
                    || array.side(1) < 1
                    || array.side(2) < 1
                    || array.side(1) * array.side(2) > 1 << 24) {
                throw new DataException(
                        array.file(),
                        "header",
                        "expected numbers [n, height, width, %d], got %s"
                                .formatted(channels, array.description()));
            }
        }
    }

    /// A picture of a fold.
    private record Page(Fold fold, int row, String tissue) {
        /// @param label `benign` or `malignant`
        Sample sample(String name, String label, Protocol protocol) {
            StoredPicture picture = new ArrayPage(fold.images, row);
            return switch (protocol) {
                case PAPER ->
                        new Sample(
                                name,
                                new PaperSize(picture),
                                label,
                                null,
                                null,
                                tissue,
                                Split.TRAIN);
                case CLEAN ->
                        new Sample(
                                name,
                                picture,
                                label,
                                null,
                                null,
                                tissue,
                                switch (fold.number) {
                                    case 1 -> Split.TRAIN;
                                    case 2 -> Split.VALIDATION;
                                    default -> Split.TEST;
                                });
            };
        }
    }

    static DataSet read(Path folder, Protocol protocol, Progress progress) throws IOException {
        Arena arena = Arena.ofShared();
        boolean whole = false;
        try {
            DataSet set = read(folder, protocol, progress, arena);
            whole = true;
            return set;
        } finally {
            if (!whole) arena.close();
        }
    }

    private static DataSet read(Path folder, Protocol protocol, Progress progress, Arena arena)
            throws IOException {
        List<Fold> folds = new ArrayList<>();
        long rows = 0;
        for (int k = 1; k <= FOLDS; k++) {
            folds.add(Fold.map(folder, k, arena));
            rows += folds.getLast().images.side(0);
        }
        List<Page> malignant = new ArrayList<>();
        List<Page> benign = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        try (Progress.Task task = progress.begin("count nuclei of PanNuke", rows)) {
            for (Fold fold : folds) {
                Nuclei[] counts = count(fold.masks, protocol, task);
                for (int row = 0; row < counts.length; row++) {
                    String tissue = fold.types.text(row).toLowerCase(Locale.ROOT).replace('_', ' ');
                    Page page = new Page(fold, row, tissue);
                    String name = "Fold " + fold.number + "/" + row;
                    switch (counts[row].verdict()) {
                        case MALIGNANT -> malignant.add(page);
                        case BENIGN -> benign.add(page);
                        case NONE ->
                                rejected.add(
                                        new Rejected(
                                                name,
                                                Rejected.Rule.NO_NUCLEI,
                                                "no nucleus is marked"));
                        case UNCLEAR ->
                                rejected.add(
                                        new Rejected(
                                                name,
                                                Rejected.Rule.FEW_NEOPLASTIC_NUCLEI,
                                                "%d of %d nuclei are neoplastic"
                                                        .formatted(
                                                                counts[row].neoplastic(),
                                                                counts[row].all())));
                    }
                }
            }
        }
        List<Sample> samples = new ArrayList<>();
        add(malignant, "malignant", protocol, samples);
        add(benign, "benign", protocol, samples);
        return new DataSet(
                "PanNuke",
                folder,
                folder,
                protocol,
                CLASS_NAMES,
                TEMPLATE,
                switch (protocol) {
                    case PAPER -> paperSplit(samples);
                    case CLEAN -> samples;
                },
                rejected,
                switch (protocol) {
                    case PAPER -> List.of();
                    case CLEAN ->
                            List.of(
                                    "Split by the published folds; which slide or patient a picture"
                                            + " is of is not known.");
                },
                arena::close);
    }

    private static void add(
            List<Page> pages, String label, Protocol protocol, List<Sample> samples) {
        for (int i = 0; i < pages.size(); i++) {
            Page page = pages.get(i);
            String name = "%s_%s_%04d.png".formatted(page.tissue, label, i);
            samples.add(page.sample(name, label, protocol));
        }
    }

    static List<Sample> paperSplit(List<Sample> samples) {
        List<Sample> order = PaperSplit.shuffled(samples);
        Set<String> tissues = new LinkedHashSet<>();
        for (Sample sample : order) tissues.add(String.valueOf(sample.organ()));
        List<Sample> train = new ArrayList<>();
        List<Sample> test = new ArrayList<>();
        for (String tissue : tissues) {
            for (String label : CLASS_NAMES.keySet()) {
                List<Sample> stratum =
                        PaperSplit.shuffled(
                                order.stream()
                                        .filter(
                                                s ->
                                                        tissue.equals(s.organ())
                                                                && label.equals(s.label()))
                                        .toList());
                int cut = PaperSplit.trainOf(stratum.size());
                stratum.subList(0, cut).forEach(s -> train.add(s.in(Split.TRAIN)));
                stratum.subList(cut, stratum.size()).forEach(s -> test.add(s.in(Split.TEST)));
            }
        }
        train.addAll(test);
        return train;
    }

    /// The nuclei of each mask, on all cores.
    private static Nuclei[] count(NpyArray masks, Protocol protocol, Progress.Task task)
            throws IOException {
        long[] shape = masks.rowShape();
        int size = Math.toIntExact(shape[0] * shape[1] * shape[2]);
        Nuclei[] counts = new Nuclei[Math.toIntExact(masks.side(0))];
        AtomicInteger next = new AtomicInteger();
        int threads = Runtime.getRuntime().availableProcessors();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int t = 0; t < threads; t++) {
                running.add(
                        pool.submit(
                                () -> {
                                    double[] mask = new double[size];
                                    int row;
                                    while ((row = next.getAndIncrement()) < counts.length) {
                                        masks.row(row, mask);
                                        counts[row] =
                                                Nuclei.count(mask, protocol, masks.file(), row);
                                        task.advance(1);
                                    }
                                    return null;
                                }));
            }
            try {
                for (Future<?> one : running) one.get();
            } finally {
                next.set(counts.length); // after a failure the others stop too
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while counting nuclei", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException bad) throw bad;
            throw new IllegalStateException("counting nuclei failed", e.getCause());
        }
        return counts;
    }
}
