package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MeanAndDeviationTest {
    @Test
    void theWorkedExampleHolds() {
        MeanAndDeviation three = MeanAndDeviation.of(1, 2, 6);
        assertThat(three.mean()).isEqualTo(3);
        assertThat(three.deviation()).isCloseTo(Math.sqrt(7), within(1e-12));
        assertThat(MeanAndDeviation.of(5)).isEqualTo(new MeanAndDeviation(5, 0, 1));
    }

    @Test
    void refusesNothingAndNaN() {
        assertThatThrownBy(MeanAndDeviation::of).hasMessageContaining("[]");
        assertThatThrownBy(() -> MeanAndDeviation.of(1, Double.NaN)).hasMessageContaining("NaN");
    }
}
