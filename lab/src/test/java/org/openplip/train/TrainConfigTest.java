package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.model.AdamWSettings;
import org.openplip.model.TowerTraining;
import org.openplip.recipe.Toml;

class TrainConfigTest {
    private final TrainConfig.Optimiser plip =
            new TrainConfig.Optimiser(
                    1e-5,
                    0.9,
                    0.999,
                    1e-8,
                    0.1,
                    AdamWSettings.Decayed.EVERYTHING,
                    1,
                    Double.POSITIVE_INFINITY,
                    50);

    @Test
    void followsTheScheduleOfThePublishedRun() {
        long steps = 12_896; // 8 epochs of 1,612 steps
        assertThat(plip.learningRate(0, steps)).isCloseTo(1e-5 / 50, within(1e-18));
        assertThat(plip.learningRate(49, steps)).isCloseTo(1e-5, within(1e-18));
        assertThat(plip.learningRate(50, steps)).isCloseTo(1e-5, within(1e-18));
        assertThat(plip.learningRate(50 + (steps - 50) / 2, steps)).isCloseTo(5e-6, within(1e-18));
        assertThat(plip.learningRate(steps - 1, steps)).isPositive().isLessThan(1e-12);
    }

    @Test
    void validatesWhereThePublishedRunDid() {
        TrainConfig config =
                TrainConfigs.of(
                        c -> {
                            c.batch = 128;
                            c.checkpointEveryEpochs = 0.25;
                            return c;
                        });
        assertThat(config.checkpointEverySteps(206_329)).isEqualTo(402);
    }

    @Test
    void aTowersKeysAreThoseOfItsPart() {
        TrainConfig.Tower.Part last = TrainConfig.Tower.Part.LAST_BLOCKS;
        assertThat(new TrainConfig.Tower(last, 3, null, null, null).training())
                .isEqualTo(new TowerTraining.LastBlocks(3));
        assertThatThrownBy(() -> new TrainConfig.Tower(last, null, null, null, null))
                .hasMessage("blocks: is missing, train = \"last_blocks\" needs it");
        assertThatThrownBy(() -> new TrainConfig.Tower(last, 3, 4, null, null))
                .hasMessage("rank: is for train = \"low_rank\" alone");
        assertThatThrownBy(
                        () ->
                                new TrainConfig.Tower(
                                        TrainConfig.Tower.Part.LOW_RANK,
                                        null,
                                        4,
                                        8.0,
                                        List.of("q_proj", "mlp")))
                .hasMessageStartingWith("matrices: expected some of [fc1, fc2, k_proj");
    }

    @Test
    void aRunsFolderKeepsWhatTheRecipeSays(@TempDir Path folder) throws Exception {
        TrainConfig config =
                TrainConfigs.of(
                        c -> {
                            c.imageTower =
                                    new TrainConfig.Tower(
                                            TrainConfig.Tower.Part.LOW_RANK,
                                            null,
                                            4,
                                            8.0,
                                            List.of("q_proj", "fc1"));
                            return c;
                        });
        Path file = folder.resolve("config.toml");
        Toml.write(file, config);
        assertThat(Files.readString(file)).contains("low_rank", "inf");
        assertThat(Toml.read(file, TrainConfig.class)).isEqualTo(config);
    }
}
