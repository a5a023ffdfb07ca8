package org.openplip.openpath.filter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.Checkpoint;
import org.openplip.ImageResult;
import org.openplip.PictureEncoder;
import org.openplip.image.ImageDecoder;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;
import org.openplip.metrics.Calibration;
import org.openplip.metrics.Proportion;
import org.openplip.metrics.Ranking;

/// Fits a [PictureFilter] on labelled pictures: logistic regression with an L2 penalty on
/// standardised features, calibrated after Platt (1999), with a threshold for a stated precision.
///
/// The pictures fall into five folds by the SHA-256 of their files; the same file twice counts
/// once. For each fold a model is fitted on the other four, and gives the fold its scores; the
/// strength of its penalty is the one of [#PENALTIES] with the least loss over five folds within
/// these four. Platt's line from score to probability is fitted for each fold on the scores of the
/// others. So each picture has a probability from a model and a line that have not seen it: on
/// these the threshold is chosen and all numbers of the card are computed. The filter itself is
/// fitted, and its strength chosen, on all pictures in the same way, with the line through all of
/// those scores.
///
/// No randomness: the same files and labels give the same filter.
public final class FilterTraining {
    /// A picture file, and whether it shows pathology.
    public record Labelled(Path file, boolean pathology) {}

    /// A file that is no picture, and why.
    public record Unreadable(Path file, String reason) {}

    /// What a training made.
    ///
    /// @param unreadable what was left out
    public record Result(PictureFilter filter, List<Unreadable> unreadable) {
        public Result {
            unreadable = List.copyOf(unreadable);
        }
    }

    /// Pictures of each label that are needed at least: fewer do not fill the folds.
    static final int FEWEST = 20;

    private static final int FOLDS = 5;
    private static final double[] PENALTIES = {1, 0.1, 0.01, 1e-3, 1e-4};
    private static final int CHUNK = 256;
    private static final int BINS = 10;

    private FilterTraining() {}

    /// Fits a filter.
    ///
    /// Features are written down beside the result as they come, in `journal`, from which a
    /// training that was stopped goes on; it is deleted in the end.
    ///
    /// @param model the checkpoint whose embeddings the filter is to judge; null for colour and
    ///   texture
    /// @param precision what the threshold is chosen for
    /// @param pictures what is said of the pictures in the filter's card
    /// @throws DataException if there are too few pictures, one file has both labels, or no
    ///   threshold has the precision
    public static Result fit(
            List<Labelled> labelled,
            @Nullable Path model,
            double precision,
            String pictures,
            Path journal,
            Progress progress)
            throws IOException {
        if (!(precision > 0 && precision < 1)) {
            throw new IllegalArgumentException(
                    "precision: expected above 0 and below 1, got " + precision);
        }
        List<Unreadable> unreadable = new ArrayList<>();
        Map<String, Labelled> byHash = distinct(labelled, unreadable, progress);
        int copies = labelled.size() - byHash.size() - unreadable.size();
        FilterFeatures features;
        Samples samples;
        if (model == null) {
            features = FilterFeatures.ColourAndTexture.current();
            samples = samples(byHash, features, null, journal, unreadable, progress);
        } else {
            String sha256 = Checkpoint.sha256(model);
            try (PictureEncoder encoder = PictureEncoder.open(model)) {
                features =
                        new FilterFeatures.Embedding(
                                String.valueOf(model.getFileName()), sha256, encoder.width());
                samples = samples(byHash, features, encoder, journal, unreadable, progress);
            }
        }
        PictureFilter filter =
                fit(
                        features,
                        samples,
                        precision,
                        new Counts(pictures, copies, unreadable.size()),
                        progress);
        Files.deleteIfExists(journal);
        return new Result(filter, unreadable);
    }

    /// What the card says beside the measurements.
    record Counts(String pictures, long copies, long unreadable) {}

    /// The pictures by the SHA-256 of their files, which may be missing.
    private static Map<String, Labelled> distinct(
            List<Labelled> labelled, List<Unreadable> unreadable, Progress progress)
            throws DataException {
        Map<String, Labelled> byHash = new LinkedHashMap<>();
        try (Progress.Task task = progress.begin("hashing pictures", labelled.size())) {
            for (Labelled one : labelled) {
                task.advance(1);
                String hash;
                try {
                    hash = Hashes.sha256(one.file);
                } catch (NoSuchFileException _) {
                    unreadable.add(new Unreadable(one.file, "no such file"));
                    continue;
                } catch (IOException e) {
                    unreadable.add(new Unreadable(one.file, e.toString()));
                    continue;
                }
                Labelled before = byHash.putIfAbsent(hash, one);
                if (before != null && before.pathology != one.pathology) {
                    throw new DataException(
                            one.file,
                            "is the same file as %s, with the other label".formatted(before.file));
                }
            }
        }
        return byHash;
    }

    // ---- features -------------------------------------------------------------------------

    /// Pictures as features, in the order in which they were listed.
    ///
    /// @param hashes SHA-256 of the files
    @SuppressWarnings("ArrayRecordComponent") // private to the training
    record Samples(String[] hashes, int[] truth, float[][] features) {
        int n() {
            return truth.length;
        }

        /// Those at `rows`.
        Samples at(int[] rows) {
            return new Samples(
                    IntStream.of(rows).mapToObj(row -> hashes[row]).toArray(String[]::new),
                    IntStream.of(rows).map(row -> truth[row]).toArray(),
                    IntStream.of(rows).mapToObj(row -> features[row]).toArray(float[][]::new));
        }

        /// A number of 0 to 4 for each, by eight digits of the hash.
        int[] folds(int digit) {
            return Stream.of(hashes)
                    .mapToInt(
                            hash ->
                                    Integer.remainderUnsigned(
                                            Integer.parseUnsignedInt(hash, digit, digit + 8, 16),
                                            FOLDS))
                    .toArray();
        }

        int count(int label) {
            return (int) IntStream.of(truth).filter(one -> one == label).count();
        }
    }

    private static Samples samples(
            Map<String, Labelled> byHash,
            FilterFeatures features,
            @Nullable PictureEncoder encoder,
            Path journalFile,
            List<Unreadable> unreadable,
            Progress progress)
            throws IOException {
        try (FeatureJournal journal = new FeatureJournal(journalFile, features);
                Progress.Task task = progress.begin("looking at pictures", byHash.size())) {
            List<Map.Entry<String, Labelled>> missing =
                    byHash.entrySet().stream()
                            .filter(entry -> journal.get(entry.getKey()) == null)
                            .toList();
            task.advance(byHash.size() - missing.size());
            for (int from = 0; from < missing.size(); from += CHUNK) {
                List<Map.Entry<String, Labelled>> chunk =
                        missing.subList(from, Math.min(from + CHUNK, missing.size()));
                List<Path> files = chunk.stream().map(entry -> entry.getValue().file).toList();
                List<ImageResult> results =
                        encoder == null ? colours(files) : embed(encoder, files);
                for (int i = 0; i < chunk.size(); i++) {
                    switch (results.get(i)) {
                        case ImageResult.Embedded good ->
                                journal.add(chunk.get(i).getKey(), good.embedding());
                        case ImageResult.Unreadable bad ->
                                unreadable.add(new Unreadable(bad.file(), bad.reason()));
                    }
                    task.advance(1);
                }
                journal.flush();
            }
            List<Map.Entry<String, Labelled>> known =
                    byHash.entrySet().stream()
                            .filter(entry -> journal.get(entry.getKey()) != null)
                            .toList();
            return new Samples(
                    known.stream().map(Map.Entry::getKey).toArray(String[]::new),
                    known.stream().mapToInt(entry -> entry.getValue().pathology ? 1 : 0).toArray(),
                    known.stream()
                            .map(entry -> Objects.requireNonNull(journal.get(entry.getKey())))
                            .toArray(float[][]::new));
        }
    }

    private static List<ImageResult> embed(PictureEncoder encoder, List<Path> files) {
        try (Stream<ImageResult> results = encoder.encodeImages(files.stream())) {
            return results.toList();
        }
    }

    private static List<ImageResult> colours(List<Path> files) {
        return IntStream.range(0, files.size())
                .parallel()
                .mapToObj(row -> colour(row, files.get(row)))
                .collect(Collectors.toList());
    }

    private static ImageResult colour(int row, Path file) {
        try {
            return new ImageResult.Embedded(
                    row, file, PictureFeatures.of(ImageDecoder.decode(file)));
        } catch (IOException e) {
            String reason = e instanceof DataException data ? data.reason() : e.toString();
            return new ImageResult.Unreadable(row, file, reason);
        }
    }

    // ---- the model ------------------------------------------------------------------------

    /// A model of standardised features.
    @SuppressWarnings("ArrayRecordComponent") // private to the training
    record Fitted(
            FilterFeatures features,
            double[] mean,
            double[] deviation,
            LogisticRegression model,
            double penalty) {
        double score(float[] numbers) {
            return model.score(features.inputs(numbers, mean, deviation));
        }
    }

    static PictureFilter fit(
            FilterFeatures features,
            Samples samples,
            double precision,
            Counts counts,
            Progress progress)
            throws DataException {
        for (int label = 0; label < 2; label++) {
            if (samples.count(label) < FEWEST) {
                throw new DataException(
                        counts.pictures,
                        null,
                        "expected at least %d different pictures of each label, got %d of %s"
                                .formatted(
                                        FEWEST,
                                        samples.count(label),
                                        label == 1 ? "pathology" : "other"),
                        null);
            }
        }
        int[] folds = samples.folds(0);
        double[] scores = new double[samples.n()];
        Fitted fitted;
        try (Progress.Task task = progress.begin("fitting", FOLDS + 1)) {
            IntStream.range(0, FOLDS)
                    .parallel()
                    .forEach(
                            fold -> {
                                Fitted without =
                                        choose(features, samples.at(rows(folds, fold, false)));
                                for (int row : rows(folds, fold, true)) {
                                    scores[row] = without.score(samples.features[row]);
                                }
                                task.advance(1);
                            });
            fitted = choose(features, samples);
            task.advance(1);
        }
        double[] probabilities = new double[samples.n()];
        for (int fold = 0; fold < FOLDS; fold++) {
            int[] others = rows(folds, fold, false);
            LogisticRegression line = platt(at(scores, others), at(samples.truth, others));
            for (int row : rows(folds, fold, true)) {
                probabilities[row] =
                        LogisticRegression.probability(
                                line.weights()[0] * scores[row] + line.bias());
            }
        }
        double threshold = threshold(samples.truth, probabilities, precision, counts.pictures);
        LogisticRegression line = platt(scores, samples.truth);
        double slope = line.weights()[0];
        return new PictureFilter(
                features,
                fitted.mean,
                fitted.deviation,
                Arrays.stream(fitted.model.weights()).map(weight -> slope * weight).toArray(),
                slope * fitted.model.bias() + line.bias(),
                card(samples, probabilities, threshold, precision, fitted.penalty, counts));
    }

    /// Those of the fold, or those of all others.
    private static int[] rows(int[] folds, int fold, boolean in) {
        return IntStream.range(0, folds.length).filter(row -> folds[row] == fold == in).toArray();
    }

    private static double[] at(double[] values, int[] rows) {
        return IntStream.of(rows).mapToDouble(row -> values[row]).toArray();
    }

    private static int[] at(int[] values, int[] rows) {
        return IntStream.of(rows).map(row -> values[row]).toArray();
    }

    /// The model with the penalty that does best on pictures that it has not seen, fitted on all
    /// `samples`; of equals the strongest.
    static Fitted choose(FilterFeatures features, Samples samples) {
        int[] folds = samples.folds(8);
        double[] losses = new double[PENALTIES.length];
        for (int fold = 0; fold < FOLDS; fold++) {
            List<Fitted> path =
                    path(features, samples.at(rows(folds, fold, false)), PENALTIES.length);
            for (int row : rows(folds, fold, true)) {
                for (int p = 0; p < PENALTIES.length; p++) {
                    double score = path.get(p).score(samples.features[row]);
                    losses[p] += LogisticRegression.loss(score, samples.truth[row]);
                }
            }
        }
        int best = 0;
        for (int p = 1; p < PENALTIES.length; p++) if (losses[p] < losses[best]) best = p;
        return path(features, samples, best + 1).getLast();
    }

    /// Models with the first `count` penalties, each from where the one before ended.
    private static List<Fitted> path(FilterFeatures features, Samples samples, int count) {
        int size = features.size();
        double[] mean = new double[size];
        double[] deviation = new double[size];
        for (float[] row : samples.features) {
            for (int i = 0; i < size; i++) mean[i] += row[i] / samples.n();
        }
        for (float[] row : samples.features) {
            for (int i = 0; i < size; i++) {
                deviation[i] += (row[i] - mean[i]) * (row[i] - mean[i]) / samples.n();
            }
        }
        for (int i = 0; i < size; i++) deviation[i] = Math.max(1e-3, Math.sqrt(deviation[i]));
        float[][] inputs = new float[samples.n()][];
        for (int row = 0; row < inputs.length; row++) {
            inputs[row] = features.inputs(samples.features[row], mean, deviation);
        }
        double[] targets = Arrays.stream(samples.truth).asDoubleStream().toArray();
        List<Fitted> path = new ArrayList<>();
        LogisticRegression model = LogisticRegression.zero(features.inputs());
        for (int p = 0; p < count; p++) {
            model = LogisticRegression.fit(inputs, targets, PENALTIES[p], model);
            path.add(new Fitted(features, mean, deviation, model, PENALTIES[p]));
        }
        return path;
    }

    /// The line from score to the logarithm of the odds; the targets are Platt's, a little inside 0
    /// and 1, so that there is one for scores that tell all apart.
    static LogisticRegression platt(double[] scores, int[] truth) {
        double positive = IntStream.of(truth).sum();
        double negative = truth.length - positive;
        float[][] rows = new float[scores.length][];
        double[] targets = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
            rows[i] = new float[] {(float) scores[i]};
            targets[i] = truth[i] == 1 ? (positive + 1) / (positive + 2) : 1 / (negative + 2);
        }
        return LogisticRegression.fit(rows, targets, 0, LogisticRegression.zero(1));
    }

    // ---- the threshold --------------------------------------------------------------------

    /// The smallest threshold at which the one-sided lower bound of precision, Clopper and
    /// Pearson's at [FilterCard#LEVEL], reaches `precision`; it lies half-way between the least
    /// probability kept and the next below.
    ///
    /// @throws DataException if there is none, with what can be had
    static double threshold(int[] truth, double[] probabilities, double precision, String pictures)
            throws DataException {
        Integer[] order = IntStream.range(0, truth.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> Double.compare(probabilities[b], probabilities[a]));
        double threshold = 0;
        double best = 0;
        int kept = 0;
        int right = 0;
        while (kept < order.length) {
            double least = probabilities[order[kept]];
            while (kept < order.length && probabilities[order[kept]] == least) {
                right += truth[order[kept++]];
            }
            double bound = Proportion.lowerBound(right, kept, FilterCard.LEVEL);
            best = Math.max(best, bound);
            if (bound >= precision) {
                double next = kept < order.length ? probabilities[order[kept]] : 0;
                threshold = (least + next) / 2;
            }
        }
        if (threshold > 0) return threshold;
        throw new DataException(
                pictures,
                null,
                ("no threshold has a precision of %s with certainty of 95 %%: the lower bound is at"
                                + " most %.4f; label more pictures or ask for less")
                        .formatted(precision, best),
                null);
    }

    private static FilterCard card(
            Samples samples,
            double[] probabilities,
            double threshold,
            double precision,
            double penalty,
            Counts counts) {
        long kept = 0;
        long right = 0;
        for (int i = 0; i < samples.n(); i++) {
            if (probabilities[i] < threshold) continue;
            kept++;
            right += samples.truth[i];
        }
        long pathology = samples.count(1);
        long other = samples.count(0);
        List<Calibration.Bin> bins = Calibration.bins(samples.truth, probabilities, BINS);
        return new FilterCard(
                counts.pictures,
                pathology,
                other,
                counts.copies,
                counts.unreadable,
                penalty,
                Ranking.auc(samples.truth, probabilities),
                Calibration.brier(samples.truth, probabilities),
                Calibration.expectedError(bins),
                precision,
                threshold,
                FilterCard.Share.of(right, kept),
                FilterCard.Share.of(right, pathology),
                FilterCard.Share.of(other - (kept - right), other),
                bins);
    }
}
