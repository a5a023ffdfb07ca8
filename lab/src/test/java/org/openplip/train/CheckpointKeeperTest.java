package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;

class CheckpointKeeperTest {
    @TempDir private Path run;

    private static void save(CheckpointKeeper keeper, long step, double loss, double recall)
            throws IOException {
        keeper.save(
                new CheckpointKeeper.State(step, 1, new Validation(loss, recall, null)),
                partial -> Files.writeString(partial.resolve("model"), "weights of " + step));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void keepsTheNewestAndTheBest() throws IOException {
        CheckpointKeeper keeper = new CheckpointKeeper(run, 2, TrainConfig.Best.LOWEST_LOSS);
        save(keeper, 1, 3.0, 0.1);
        save(keeper, 2, 2.0, 0.2);
        save(keeper, 3, 2.5, 0.3);
        save(keeper, 4, 2.1, 0.4);
        assertThat(names()).containsExactly("step-00000002", "step-00000003", "step-00000004");
        assertThat(keeper.newestName()).isEqualTo("step-00000004");
        assertThat(Json.read(run.resolve("best.json")).at("/checkpoint").asText())
                .isEqualTo("checkpoints/step-00000002");
        // Another process, which knows of the best by the files alone.
        CheckpointKeeper later = new CheckpointKeeper(run, 2, TrainConfig.Best.LOWEST_LOSS);
        save(later, 5, 2.2, 0.5);
        save(later, 6, 1.0, 0.3);
        save(later, 7, 1.5, 0.3);
        assertThat(names()).containsExactly("step-00000006", "step-00000007");
    }

    @Test
    void theBestMayBeThatOfTheHighestRecall() throws IOException {
        CheckpointKeeper keeper =
                new CheckpointKeeper(run, 1, TrainConfig.Best.HIGHEST_RECALL_AT_10);
        save(keeper, 1, 3.0, 0.5);
        save(keeper, 2, 2.0, 0.2);
        assertThat(names()).containsExactly("step-00000001", "step-00000002");
    }

    @Test
    void theBestMayBeThatOfTheHighestZeroShotF1() throws IOException {
        CheckpointKeeper keeper =
                new CheckpointKeeper(run, 1, TrainConfig.Best.HIGHEST_ZERO_SHOT_F1);
        double[] f1 = {0.4, 0.6, 0.5};
        for (int i = 0; i < f1.length; i++) {
            keeper.save(
                    new CheckpointKeeper.State(i + 1, 1, new Validation(3 - i, 0.1 * i, f1[i])),
                    partial -> Files.writeString(partial.resolve("model"), "weights"));
        }
        assertThat(names()).containsExactly("step-00000002", "step-00000003");
        assertThat(keeper.bestName()).isEqualTo("step-00000002");
        assertThat(Json.read(run.resolve("best.json")).at("/validation/zeroShotF1").asDouble())
                .isEqualTo(0.6);
    }

    /// The kernel itself says that the device is full.
    @Test
    void aFullDiskLosesNothingThatWasThere() throws IOException {
        CheckpointKeeper keeper = new CheckpointKeeper(run, 1, TrainConfig.Best.LOWEST_LOSS);
        save(keeper, 1, 3.0, 0.5);
        assertThatThrownBy(
                        () ->
                                keeper.save(
                                        new CheckpointKeeper.State(
                                                2, 1, new Validation(1, 1, null)),
                                        partial -> {
                                            Files.writeString(partial.resolve("config"), "some");
                                            Files.createSymbolicLink(
                                                    partial.resolve("model.partial"),
                                                    Path.of("/dev/full"));
                                            AtomicFiles.writeString(
                                                    partial.resolve("model"), "x".repeat(100_000));
                                        }))
                .hasMessageContaining("No space left on device");
        assertThat(names()).containsExactly("step-00000001");
        Path kept = keeper.newest().orElseThrow();
        assertThat(CheckpointKeeper.verified(kept).step()).isEqualTo(1);
        assertThat(kept.resolve("model")).hasContent("weights of 1");
    }

    @Test
    void noticesAnyChangedOrMissingFile() throws IOException {
        CheckpointKeeper keeper = new CheckpointKeeper(run, 1, TrainConfig.Best.LOWEST_LOSS);
        save(keeper, 1, 3.0, 0.5);
        Path kept = keeper.newest().orElseThrow();
        Files.writeString(kept.resolve("model"), "weights of 2");
        assertThatThrownBy(() -> CheckpointKeeper.verified(kept))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(kept.resolve("model") + ": is missing or differs");
        Files.delete(kept.resolve("model"));
        assertThatThrownBy(() -> CheckpointKeeper.verified(kept)).isInstanceOf(DataException.class);
    }
}
