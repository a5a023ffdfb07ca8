package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class McNemarTest {
    @Test
    void theWorkedExampleHolds() {
        assertThat(McNemar.p(2, 8)).isCloseTo((2 * 56 - 45) / 1024.0, within(1e-12));
    }

    @Test
    void countsTheCasesThatOnlyOneHasRight() {
        int[] truth = {0, 0, 0, 1, 1, 1, 2, 2};
        int[] first = {0, 0, 0, 1, 1, 0, 2, 1};
        int[] second = {0, 1, 1, 2, 0, 1, 2, 0};
        assertThat(McNemar.p(truth, first, second)).isEqualTo(McNemar.p(4, 1));
    }

    @Test
    void modelsThatAreRightOnTheSameCasesDoNotDiffer() {
        assertThat(McNemar.p(0, 0)).isEqualTo(1);
        assertThat(McNemar.p(7, 7)).isEqualTo(1);
        assertThatThrownBy(() -> McNemar.p(-1, 0)).hasMessageContaining("-1");
        assertThatThrownBy(() -> McNemar.p(new int[2], new int[2], new int[1]))
                .hasMessageContaining("expected 2");
    }
}
