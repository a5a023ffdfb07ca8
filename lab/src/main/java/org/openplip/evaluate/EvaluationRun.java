package org.openplip.evaluate;

import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openplip.Prompts;
import org.openplip.evaluate.ImageTextEncoder.Outcome.Embedded;
import org.openplip.evaluate.ImageTextEncoder.Outcome.Unreadable;
import org.openplip.evaluate.data.DataSet;
import org.openplip.evaluate.data.Sample;
import org.openplip.image.StoredPicture;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.metrics.Retrieval;
import org.openplip.openpath.ParquetTable;
import org.openplip.report.ReportPage;
import org.openplip.report.Results;
import org.openplip.report.Results.LeftOut;
import org.openplip.report.Results.Query;
import org.openplip.report.Results.RetrievalScore;
import org.openplip.report.Results.ZeroShotScore;

/// An evaluation from a test set to `results.json`, `predictions.parquet` and `report.html`.
///
/// Zero-shot classification is measured on the pictures with a label, text-to-image retrieval on
/// those with a caption. A picture that cannot be read, or that a model embeds to numbers that are
/// not finite, is left out for every model and listed with its reason.
public final class EvaluationRun {
    private static final int HITS = 6;
    private static final String DRAWINGS = "The pictures are procedural drawings, not tissue.";

    private final EvaluationConfig config;
    private final List<Contender> contenders;
    private final Progress progress;
    private final List<LeftOut> leftOut = new ArrayList<>();

    /// The samples that every model could encode, and the classes.
    private List<Sample> samples = List.of();

    private List<String> labels = List.of();

    /// Per model, if there is a zero-shot study: cosines `[samples, classes]`.
    private final List<float[][]> similarities = new ArrayList<>();

    /// Per model, if there is a retrieval study: the rank of each sample for its caption, or 0.
    private final List<int[]> ranks = new ArrayList<>();

    private EvaluationRun(EvaluationConfig config, List<Contender> contenders, Progress progress) {
        this.config = config;
        this.contenders = contenders;
        this.progress = progress;
    }

    /// Measures the contenders, writes everything into `config.out()` and returns the results.
    ///
    /// @param contenders the model under test first, then its baselines
    /// @throws DataException if the test set is malformed, no picture of it can be read, or it has
    ///   neither labels nor captions
    public static Results run(
            EvaluationConfig config, List<Contender> contenders, Origin origin, Progress progress)
            throws IOException {
        if (contenders.isEmpty()) throw new IllegalArgumentException("contenders: none given");
        Set<String> names = new HashSet<>();
        for (Contender contender : contenders) {
            if (!names.add(contender.name())) {
                throw new IllegalArgumentException(
                        "contenders: two are called " + contender.name());
            }
        }
        EvaluationRun run = new EvaluationRun(config, List.copyOf(contenders), progress);
        Results results = run.measure(origin);
        run.writePredictions();
        Json.write(config.out().resolve("results.json"), results);
        ReportPage.write(config.out(), results);
        return results;
    }

    /// The numbers of [#run], written nowhere.
    static Results measure(EvaluationConfig config, List<Contender> contenders, Origin origin)
            throws IOException {
        return new EvaluationRun(config, contenders, Progress.none()).measure(origin);
    }

    private Results measure(Origin origin) throws IOException {
        // What could fail for want of a file fails before any picture is encoded.
        Results.Training training =
                config.training() == null ? null : TrainingLog.read(config.training());
        Results.Filter filter = config.release() == null ? null : FilterLog.read(config.release());
        DataSet listed = DataSet.read(config.data());
        ClassNames classes =
                listed.labels().isEmpty()
                        ? null
                        : ClassNames.of(listed, config.settings().classNames());
        if (classes == null && listed.samples().stream().allMatch(s -> s.caption() == null)) {
            throw new DataException(config.data(), "has neither labels nor captions");
        }

        Encoded encoded = encode(listed);
        samples = encoded.samples;
        labels = classes == null ? List.of() : classes.labels();
        Results.ZeroShot zeroShot = classes == null ? null : zeroShot(encoded, classes);
        Results.TextToImage textToImage = textToImage(encoded);
        return new Results(
                Results.FORMAT,
                title(),
                new Results.Provenance(
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                        origin.command(),
                        origin.version(),
                        origin.commit(),
                        System.getProperty("java.version", "unknown"),
                        config.settings().seed(),
                        config.resolved()),
                new Results.DataSet(
                        dataName(),
                        config.data().toString(),
                        listed.root().toAbsolutePath().toString(),
                        Files.isRegularFile(config.data()) ? Hashes.sha256(config.data()) : null,
                        listed.samples().size(),
                        encoded.samples.size(),
                        notice(listed)),
                contenders.stream()
                        .map(c -> new Results.Model(c.name(), c.checkpoint(), c.sha256()))
                        .toList(),
                zeroShot,
                textToImage,
                training,
                filter,
                List.copyOf(leftOut));
    }

    private String title() {
        return config.title() == null
                ? "Zero-shot classification and retrieval on " + dataName()
                : config.title();
    }

    /// The last two parts of the data's path.
    private String dataName() {
        Path path = config.data().toAbsolutePath().normalize();
        int parts = path.getNameCount();
        return parts == 0
                ? path.toString()
                : path.subpath(Math.max(0, parts - 2), parts).toString();
    }

    /// What `world.json`, beside the data or one folder up, says of its pictures.
    private static @Nullable String notice(DataSet listed) throws IOException {
        Path root = listed.root().toAbsolutePath().normalize();
        for (Path world : List.of(root.resolve("world.json"), root.resolveSibling("world.json"))) {
            if (!Files.isRegularFile(world)) continue;
            String said = Json.read(world).path("notice").asText("").strip();
            return said.isEmpty() ? DRAWINGS : said;
        }
        return null;
    }

    // ---- encoding ----

    /// The samples that every model could encode.
    ///
    /// @param images per model float32 `[samples, width]`, rows as in `samples`
    private record Encoded(List<Sample> samples, List<float[][]> images) {}

    private Encoded encode(DataSet listed) throws IOException {
        List<Sample> samples = listed.samples();
        List<StoredPicture> pictures = listed.pictures();
        @Nullable String[] reasons = new @Nullable String[samples.size()];
        List<List<float @Nullable []>> perModel = new ArrayList<>();
        for (Contender contender : contenders) {
            List<float @Nullable []> rows = new ArrayList<>(pictures.size());
            try (Progress.Task task =
                    progress.begin("encode, " + contender.name(), pictures.size())) {
                contender
                        .encoder()
                        .images(
                                pictures,
                                outcome -> {
                                    int row = rows.size();
                                    switch (outcome) {
                                        case Embedded(float[] embedding)
                                                when Vectors.finite(embedding) ->
                                                rows.add(embedding);
                                        case Embedded _ -> {
                                            rows.add(null);
                                            reasons[row] =
                                                    contender.name()
                                                            + " embeds it to numbers that are not finite";
                                        }
                                        case Unreadable(String reason) -> {
                                            rows.add(null);
                                            reasons[row] = reason;
                                        }
                                    }
                                    task.advance(1);
                                });
            }
            if (rows.size() != pictures.size()) {
                throw new IllegalStateException(
                        "encoder %s: expected %d outcomes, got %d"
                                .formatted(contender.name(), pictures.size(), rows.size()));
            }
            perModel.add(rows);
        }
        int[] used = IntStream.range(0, pictures.size()).filter(i -> reasons[i] == null).toArray();
        for (int i = 0; i < reasons.length; i++) {
            String reason = reasons[i];
            if (reason != null) leftOut.add(new LeftOut(samples.get(i).name(), reason));
        }
        if (used.length == 0) {
            throw new DataException(
                    config.data(),
                    "none of the %d pictures can be used; the first, %s: %s"
                            .formatted(
                                    leftOut.size(),
                                    leftOut.getFirst().file(),
                                    leftOut.getFirst().reason()));
        }
        List<float[][]> images = new ArrayList<>();
        for (List<float @Nullable []> rows : perModel) {
            float[][] kept = new float[used.length][];
            for (int i = 0; i < used.length; i++) {
                float[] row = rows.get(used[i]);
                if (row == null) throw new IllegalStateException("a used row has an embedding");
                kept[i] = row;
            }
            images.add(kept);
        }
        return new Encoded(Arrays.stream(used).mapToObj(samples::get).toList(), images);
    }

    // ---- studies ----

    private static int[] rowsWith(
            List<Sample> samples, java.util.function.Function<Sample, @Nullable String> field) {
        return IntStream.range(0, samples.size())
                .filter(i -> field.apply(samples.get(i)) != null)
                .toArray();
    }

    private static float[][] rows(float[][] matrix, int[] rows) {
        return Arrays.stream(rows).mapToObj(i -> matrix[i]).toArray(float[][]::new);
    }

    private Results.@Nullable ZeroShot zeroShot(Encoded encoded, ClassNames classes)
            throws DataException {
        int[] labelled = rowsWith(encoded.samples, Sample::label);
        if (labelled.length == 0) return null;
        Prompts prompts = new Prompts(config.settings().templates());
        List<String> labels = classes.labels();
        List<String> files =
                Arrays.stream(labelled).mapToObj(i -> encoded.samples.get(i).name()).toList();
        int[] truth =
                Arrays.stream(labelled)
                        .map(i -> labels.indexOf(encoded.samples.get(i).label()))
                        .toArray();
        Results.Bootstrap bootstrap =
                new Results.Bootstrap(
                        config.settings().draws(),
                        config.settings().level(),
                        config.settings().seed(),
                        "pictures");
        List<ZeroShotScore> scores = new ArrayList<>();
        List<Results.Mistake> mistakes = List.of();
        for (int m = 0; m < contenders.size(); m++) {
            // All pictures get a prediction, those without a label too; only the labelled count.
            float[][] all =
                    ZeroShot.similarities(
                            encoded.images.get(m), classes.embed(prompts, contenders.get(m)));
            similarities.add(all);
            float[][] cosines = rows(all, labelled);
            int[] predicted = ZeroShot.predictions(cosines);
            scores.add(
                    ZeroShot.score(contenders.get(m).name(), labels, truth, predicted, bootstrap));
            if (m == 0) {
                mistakes =
                        ZeroShot.mistakes(
                                files,
                                labels,
                                truth,
                                predicted,
                                cosines,
                                config.settings().mistakes());
            }
        }
        return new Results.ZeroShot(
                ZeroShot.PROTOCOL,
                prompts.templates(),
                ZeroShot.classes(classes, truth),
                truth.length,
                bootstrap,
                scores,
                ZeroShot.references(truth, labels.size()),
                mistakes);
    }

    private Results.@Nullable TextToImage textToImage(Encoded encoded) throws DataException {
        int[] captioned = rowsWith(encoded.samples, Sample::caption);
        int items = captioned.length;
        if (items == 0) return null;
        List<Sample> samples = Arrays.stream(captioned).mapToObj(encoded.samples::get).toList();
        List<String> captions = new ArrayList<>();
        for (Sample sample : samples) {
            if (sample.caption() != null) captions.add(sample.caption());
        }
        Results.Bootstrap bootstrap =
                new Results.Bootstrap(
                        config.settings().draws(),
                        config.settings().level(),
                        config.settings().seed(),
                        "captions");
        int[] ks = TextToImage.meaningful(config.settings().recallAt(), items);
        List<RetrievalScore> scores = new ArrayList<>();
        List<Query> examples = List.of();
        for (int m = 0; m < contenders.size(); m++) {
            float[][] images = rows(encoded.images.get(m), captioned);
            float[][] texts = Vectors.texts(contenders.get(m), captions);
            int[] found = Retrieval.ranks(texts, images);
            int[] byRow = new int[encoded.samples.size()];
            for (int i = 0; i < items; i++) byRow[captioned[i]] = found[i];
            ranks.add(byRow);
            scores.add(TextToImage.score(contenders.get(m).name(), found, ks, items, bootstrap));
            if (m == 0) examples = examples(samples, captions, texts, images, found);
        }
        return new Results.TextToImage(
                TextToImage.PROTOCOL,
                items,
                items,
                new HashSet<>(captions).size(),
                bootstrap,
                scores,
                TextToImage.chance(ks, items),
                (items + 1) / 2.0,
                examples);
    }

    /// Captions in a random order, a second one of a label only when every label had its turn.
    private List<Query> examples(
            List<Sample> samples,
            List<String> captions,
            float[][] texts,
            float[][] images,
            int[] found) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, samples.size()).boxed().toList());
        Collections.shuffle(order, new Random(config.settings().seed()));
        List<Integer> chosen = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i : order) {
            String label = samples.get(i).label();
            if (label == null || seen.add(label)) chosen.add(i);
        }
        for (int i : order) if (!chosen.contains(i)) chosen.add(i);
        List<String> files = samples.stream().map(Sample::name).toList();
        List<@Nullable String> labels = new ArrayList<>();
        for (Sample sample : samples) labels.add(sample.label());
        List<Query> examples = new ArrayList<>();
        for (int i : chosen.subList(0, Math.min(config.settings().examples(), chosen.size()))) {
            examples.add(
                    new Query(
                            captions.get(i),
                            files.get(i),
                            found[i],
                            TextToImage.nearest(texts[i], images, files, labels, i, HITS)));
        }
        return examples;
    }

    // ---- output ----

    private void writePredictions() throws IOException {
        AtomicFiles.write(
                config.out().resolve("predictions.parquet"),
                out -> {
                    try (CarpetWriter<Prediction> writer =
                            ParquetTable.writer(out, Prediction.class)) {
                        for (int m = 0; m < contenders.size(); m++) {
                            for (int i = 0; i < samples.size(); i++) {
                                writer.write(prediction(m, i));
                            }
                        }
                    }
                });
    }

    private Prediction prediction(int model, int row) {
        Sample sample = samples.get(row);
        String predicted = null;
        List<Float> cosines = new ArrayList<>();
        if (!similarities.isEmpty()) {
            float[] values = similarities.get(model)[row];
            predicted = labels.get(ZeroShot.predictions(new float[][] {values})[0]);
            for (float value : values) cosines.add(value);
        }
        int rank = ranks.isEmpty() ? 0 : ranks.get(model)[row];
        return new Prediction(
                contenders.get(model).name(),
                sample.name(),
                sample.label(),
                predicted,
                cosines,
                sample.caption(),
                rank == 0 ? null : rank);
    }
}
