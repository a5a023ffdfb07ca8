package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TrainConfigTest {
    private final TrainConfig.Optimiser plip =
            new TrainConfig.Optimiser(1e-5, 0.9, 0.999, 1e-8, 0.1, 50);

    @Test
    void followsTheScheduleOfThePublishedRun() {
        long steps = 12_896; // 8 epochs of 1,612 steps
        assertThat(plip.learningRate(0, steps)).isCloseTo(1e-5 / 50, within(1e-18));
        assertThat(plip.learningRate(49, steps)).isCloseTo(1e-5, within(1e-18));
        assertThat(plip.learningRate(50, steps)).isCloseTo(1e-5, within(1e-18));
        assertThat(plip.learningRate(50 + (steps - 50) / 2, steps)).isCloseTo(5e-6, within(1e-18));
        assertThat(plip.learningRate(steps - 1, steps)).isPositive().isLessThan(1e-12);
    }
}
