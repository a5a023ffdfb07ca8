package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Plip;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;

/// Runs of a few steps on pictures of noise. That a killed process goes on bit for bit is tested
/// from outside, in the acceptance module.
class TrainRunTest {
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
        return new TrainConfig(
                3,
                new TrainConfig.Model(16, 8, 16, 1, 2, 16, 1, 2, 12, 540, 8),
                new TrainConfig.Pictures(18, true, true),
                new TrainConfig.Optimiser(learningRate, 0.9, 0.98, 1e-6, 0.2, 1),
                2,
                batch,
                3,
                1);
    }

    private TrainRun.Outcome run(TrainConfig config, @Nullable Path initial, Path out)
            throws IOException, InterruptedException {
        try (Release release = Release.open(data)) {
            return TrainRun.run(config, initial, release, out, Progress.none());
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
                .hasMessageContaining("the loss of step")
                .hasMessageContaining("the last good checkpoint is none");
        assertThat(folder.resolve("run/final")).doesNotExist();
    }

    @Test
    void saysWhenThereAreFewerPairsThanABatch() {
        assertThatThrownBy(() -> run(config(1e-3, 17), null, folder.resolve("run")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 16 training pairs, fewer than a batch of 17");
    }
}
