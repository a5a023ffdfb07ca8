package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Plip;
import org.openplip.Prompts;
import org.openplip.evaluate.EvaluationConfig;
import org.openplip.evaluate.EvaluationRun;
import org.openplip.evaluate.EvaluationSettings;
import org.openplip.evaluate.Origin;
import org.openplip.evaluate.PlipEncoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.model.ContrastiveLoss;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;
import org.openplip.report.Results;
import org.openplip.tensor.Peers;

/// Runs of a few steps on pictures of noise. That a killed process goes on bit for bit is tested
/// from outside, in the acceptance module.
class TrainRunTest {
    private static final List<String> CLASSES = List.of("grey", "green");

    @TempDir private static Path data;
    @TempDir private Path folder;

    @BeforeAll
    static void makeRelease() throws IOException {
        try (Release.Writer writer = Release.create(data, 100)) {
            for (int i = 0; i < 20; i++) {
                byte[] pixels = new byte[3 * 24 * 24];
                new SplittableRandom(i).nextBytes(pixels);
                writer.add(
                        pair(i, i < 16 ? "train" : "validation"),
                        ImageEncoder.jpeg(new RgbImage(24, 24, pixels), 90));
            }
            writer.finish(List.of());
        }
    }

    private static Pair pair(int i, String split) {
        return new Pair(
                "k" + i,
                "post",
                "" + i,
                "" + i,
                "3_" + i,
                null,
                null,
                null,
                null,
                null,
                Instant.EPOCH,
                List.of(),
                "noise number " + i,
                "0".repeat(64),
                "0".repeat(16),
                "k" + i,
                0,
                List.of(),
                split,
                24,
                24,
                "",
                null);
    }

    private static TrainConfig config(double learningRate, int batch) {
        return TrainConfigs.of(
                c -> {
                    c.learningRate = learningRate;
                    c.batch = batch;
                    return c;
                });
    }

    private TrainRun.Outcome run(TrainConfig config, @Nullable Path initial, Path out)
            throws IOException, InterruptedException {
        return run(config, initial, null, out);
    }

    private TrainRun.Outcome run(
            TrainConfig config,
            @Nullable Path initial,
            @Nullable LabelledPictures zeroShot,
            Path out)
            throws IOException, InterruptedException {
        try (Release release = Release.open(data)) {
            return TrainRun.run(
                    config, initial, release, zeroShot, out, Peers.none(), Progress.none());
        }
    }

    @Test
    void leavesAModelAndTheLastCheckpointsAndIsNotRunTwice() throws Exception {
        Path out = folder.resolve("run");
        TrainRun.Outcome outcome = run(config(1e-3, 8), null, out);
        assertThat(outcome.steps()).isEqualTo(4);
        assertThat(outcome.resumedAt()).isZero();
        assertThat(out.resolve("checkpoints/step-00000003")).doesNotExist();
        assertThat(out.resolve("checkpoints/step-00000004")).isDirectory();
        List<String> metrics = Files.readAllLines(out.resolve("metrics.jsonl"));
        assertThat(metrics).hasSize(4 + 2);
        assertThat(metrics).filteredOn(line -> line.contains("validation_recall_at_10")).hasSize(2);
        try (Plip trained = Plip.load(outcome.checkpoint());
                Plip untrained = Plip.load(out.resolve("initial"))) {
            List<String> caption = List.of("noise number 1");
            assertThat(trained.encodeTexts(caption)[0])
                    .isNotEqualTo(untrained.encodeTexts(caption)[0]);
        }

        TrainRun.Outcome again = run(config(1e-3, 8), null, out);
        assertThat(again.resumedAt()).isEqualTo(4);
        assertThat(again.loss()).isEqualTo(outcome.loss());
        assertThat(Files.readAllLines(out.resolve("metrics.jsonl"))).isEqualTo(metrics);
    }

    @Test
    void fineTunesACheckpointWithItsShapeAndTokenizer() throws Exception {
        Path first = run(config(1e-3, 8), null, folder.resolve("first")).checkpoint();
        Path second =
                run(config(1e-4, 8).fineTuning(), first, folder.resolve("second")).checkpoint();
        for (String same : List.of("config.json", "vocab.json", "merges.txt")) {
            assertThat(second.resolve(same)).hasSameTextualContentAs(first.resolve(same));
        }
        assertThat(
                        Files.mismatch(
                                second.resolve("model.safetensors"),
                                first.resolve("model.safetensors")))
                .isNotNegative();
    }

    @Test
    void refusesTheFolderOfAnotherRun() throws Exception {
        Path out = folder.resolve("run");
        run(config(1e-3, 8), null, out);
        assertThatThrownBy(() -> run(config(2e-3, 8), null, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is of a run with other settings");
    }

    @Test
    void stopsWhenTheLossIsNoLongerANumber() {
        assertThatThrownBy(() -> run(config(1e30, 8), null, folder.resolve("run")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("diverged at step 2, at a learning rate of 1.00e+30")
                .hasMessageContaining("the loss is NaN, the gradient norm NaN; the step was not")
                .hasMessageContaining("the last good checkpoint is none");
        assertThat(folder.resolve("run/final")).doesNotExist();
    }

    @Test
    void keepsNoCheckpointOfAModelThatDiverged() {
        TrainConfig config =
                TrainConfigs.of(
                        c -> {
                            c.learningRate = 1e30;
                            c.checkpointEveryEpochs = 0.5;
                            return c;
                        });
        assertThatThrownBy(() -> run(config, null, folder.resolve("run")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("diverged at step 1,")
                .hasMessageContaining("the validation loss is NaN");
        assertThat(folder.resolve("run/checkpoints")).doesNotExist();
    }

    @Test
    void saysWhenThereAreFewerPairsThanABatch() {
        assertThatThrownBy(() -> run(config(1e-3, 17), null, folder.resolve("run")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 16 training pairs, fewer than a batch of 17");
    }

    @Test
    void saysWhenABatchCannotBeSharedByTheProcesses() throws Exception {
        try (Release release = Release.open(data)) {
            assertThatThrownBy(
                            () ->
                                    TrainRun.run(
                                            config(1e-3, 8),
                                            null,
                                            release,
                                            null,
                                            folder.resolve("run"),
                                            new OnePeer(0, 3),
                                            Progress.none()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("batch: expected a multiple of the 3 processes, got 8");
            TrainConfig listed =
                    TrainConfigs.of(
                            c -> {
                                c.order = TrainConfig.Order.AS_LISTED;
                                c.batch = 15;
                                return c;
                            });
            assertThatThrownBy(
                            () ->
                                    TrainRun.run(
                                            listed,
                                            null,
                                            release,
                                            null,
                                            folder.resolve("listed"),
                                            new OnePeer(1, 3),
                                            Progress.none()))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(
                            "leaves 1 for the last batch of an epoch, fewer than the 3 processes");
        }
    }

    // ---- labelled pictures to watch ---------------------------------------------------------

    /// Two classes of six pictures of noise.
    private LabelledPictures labelled() throws IOException {
        List<LabelledPictures.Picture> pictures = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            byte[] pixels = new byte[3 * 24 * 24];
            new SplittableRandom(100 + i).nextBytes(pixels);
            Path file = folder.resolve("classes/%s/%d.jpg".formatted(CLASSES.get(i % 2), i));
            Files.createDirectories(file.getParent());
            Files.write(file, ImageEncoder.jpeg(new RgbImage(24, 24, pixels), 90));
            pictures.add(new LabelledPictures.Picture(file, i % 2));
        }
        return new LabelledPictures(pictures, CLASSES, Prompts.of("noise {}", "a {}"));
    }

    @Test
    void eachValidationTellsTheZeroShotF1ThatTheEvaluationFinds() throws Exception {
        LabelledPictures labelled = labelled();
        Path out = folder.resolve("run");
        Path last = run(config(1e-3, 8), null, labelled, out).checkpoint();
        List<Double> told = new ArrayList<>();
        for (String line : Files.readAllLines(out.resolve("metrics.jsonl"))) {
            JsonNode f1 = Json.MAPPER.readTree(line).path("validation_zero_shot_f1");
            if (f1.isNumber()) told.add(f1.asDouble());
        }
        assertThat(told).hasSize(2);
        try (Plip plip = Plip.load(last)) {
            Results results =
                    EvaluationRun.run(
                            new EvaluationConfig(
                                    folder.resolve("classes"),
                                    folder.resolve("evaluation"),
                                    null,
                                    null,
                                    null,
                                    new EvaluationSettings(
                                            labelled.prompts().templates(),
                                            null,
                                            List.of(1),
                                            1,
                                            0.5,
                                            1,
                                            0,
                                            0)),
                            List.of(PlipEncoder.contender("model", last, plip)),
                            new Origin("", "", ""),
                            Progress.none());
            assertThat(told.getLast())
                    .isEqualTo(
                            Objects.requireNonNull(results.zeroShot())
                                    .scores()
                                    .getFirst()
                                    .weightedF1()
                                    .value());
        }
        assertThat(Json.read(out.resolve("best.json")).at("/validation/zeroShotF1").asDouble())
                .isIn(told);
    }

    @Test
    void watchedPicturesArePartOfTheRun() throws Exception {
        LabelledPictures labelled = labelled();
        Path out = folder.resolve("run");
        run(config(1e-3, 8), null, labelled, out);
        for (LabelledPictures other :
                Arrays.asList(
                        null,
                        new LabelledPictures(
                                labelled.pictures(), CLASSES, Prompts.of("noise {}")))) {
            assertThatThrownBy(() -> run(config(1e-3, 8), null, other, out))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("is of a run on other data");
        }
    }

    @Test
    void aWatchedFileThatIsNoPictureIsToldBeforeTheFirstStep() throws Exception {
        LabelledPictures labelled = labelled();
        Path bad = labelled.pictures().get(5).file();
        Files.writeString(bad, "no picture");
        Path out = folder.resolve("run");
        assertThatThrownBy(() -> run(config(1e-3, 8), null, labelled, out))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(bad.toString());
        assertThat(out).doesNotExist();
    }

    @Test
    void saysWhenTheBestIsToBeToldByPicturesThatAreNotGiven() {
        TrainConfig config =
                TrainConfigs.of(
                        c -> {
                            c.best = TrainConfig.Best.HIGHEST_ZERO_SHOT_F1;
                            return c;
                        });
        assertThatThrownBy(() -> run(config, null, folder.resolve("run")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "best: highest_zero_shot_f1 needs labelled pictures to watch (--zero-shot)");
    }

    // ---- who trains -------------------------------------------------------------------------

    @Test
    void tellsWhichProcessTrainsAndWhyItStopped() throws Exception {
        Path out = folder.resolve("run");
        run(config(1e-3, 8), null, out);
        RunProcess process = RunProcess.read(out).orElseThrow();
        assertThat(process.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(process.life()).isEqualTo(RunProcess.Life.ALIVE);
        assertThat(process.steps()).isEqualTo(4);
        assertThat(process.stopped()).isNull();

        Path bad = folder.resolve("bad");
        assertThatThrownBy(() -> run(config(1e30, 8), null, bad)).isInstanceOf(DataException.class);
        assertThat(RunProcess.read(bad).orElseThrow().stopped()).contains("diverged at step 2");
    }

    // ---- going on ---------------------------------------------------------------------------

    private static TrainConfig everythingOn() {
        return TrainConfigs.of(
                c -> {
                    c.part = 3;
                    c.averageDecay = 0.7;
                    c.epochs = 3;
                    c.checkpointEveryEpochs = 0.5;
                    c.keepCheckpoints = 9;
                    c.loss = new TrainConfig.Loss(ContrastiveLoss.SIGMOID, true, false);
                    c.imageTower =
                            new TrainConfig.Tower(
                                    TrainConfig.Tower.Part.LOW_RANK,
                                    null,
                                    2,
                                    4.0,
                                    List.of("q_proj", "fc1"));
                    return c;
                });
    }

    /// What a kill leaves is a run whose later checkpoints are not there; from each of them it goes
    /// on to the same bytes.
    @Test
    void goesOnFromAnyCheckpointBitForBit() throws Exception {
        Path whole = folder.resolve("whole");
        assertThat(run(everythingOn(), null, whole).steps()).isEqualTo(6);
        List<String> metrics = withoutRate(whole);
        List<String> events = events(whole);
        for (int step = 5; step >= 0; step--) {
            AtomicFiles.deleteTree(whole.resolve("checkpoints/step-%08d".formatted(step + 1)));
            Path last = whole.resolve("final");
            String expected = sums(last);
            AtomicFiles.deleteTree(last);
            assertThat(run(everythingOn(), null, whole).resumedAt()).isEqualTo(step);
            assertThat(sums(last)).isEqualTo(expected);
            assertThat(withoutRate(whole)).isEqualTo(metrics);
            assertThat(events(whole)).isEqualTo(events);
            for (int later = step + 1; later <= 6; later++) {
                AtomicFiles.deleteTree(whole.resolve("checkpoints/step-%08d".formatted(later)));
            }
        }
    }

    private static String sums(Path checkpoint) throws IOException {
        return Files.readString(checkpoint.resolve("checkpoint.sha256"));
    }

    /// What TensorFlow's reader finds in the event files, but for the speed, which differs.
    private static List<String> events(Path run) throws IOException {
        return EventFileTest.scalars(run).stream()
                .filter(scalar -> !scalar.contains("samples_per_second"))
                .toList();
    }

    private static List<String> withoutRate(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll(",\"samples_per_second\":[^,}]*", ""))
                .toList();
    }

    @Test
    void refusesADamagedCheckpoint() throws Exception {
        Path out = folder.resolve("run");
        run(config(1e-3, 8), null, out);
        AtomicFiles.deleteTree(out.resolve("final"));
        Path weights = out.resolve("checkpoints/step-00000004/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> run(config(1e-3, 8), null, out))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        weights + ": is missing or differs from its SHA-256 in checkpoint.sha256");
    }
}
