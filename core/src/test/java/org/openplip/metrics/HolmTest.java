package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class HolmTest {
    @Test
    void theWorkedExampleHolds() {
        assertThat(Holm.adjust(0.01, 0.04, 0.03))
                .containsExactly(new double[] {0.03, 0.06, 0.06}, within(1e-12));
    }

    @Test
    void oneTestStaysAsItIsAndNothingExceedsOne() {
        assertThat(Holm.adjust(0.2)).containsExactly(0.2);
        assertThat(Holm.adjust()).isEmpty();
        assertThat(Holm.adjust(0.6, 0.7)).containsExactly(1, 1);
        assertThatThrownBy(() -> Holm.adjust(0.1, Double.NaN)).hasMessageContaining("NaN");
    }
}
