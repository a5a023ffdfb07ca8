package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TTestTest {
    private static final double[] A = {1, 2, 3};
    private static final double[] B = {2, 4, 6};

    @Test
    void givesTheNumbersOfTheWorkedExample() {
        assertThat(TTest.student(A, B).t()).isCloseTo(-1.5492, within(5e-5));
        assertThat(TTest.student(A, B).degreesOfFreedom()).isEqualTo(4);
        assertThat(TTest.student(A, B).p()).isCloseTo(0.1963, within(5e-5));
        assertThat(TTest.welch(A, B).t()).isCloseTo(-1.5492, within(5e-5));
        assertThat(TTest.welch(A, B).degreesOfFreedom()).isCloseTo(2.9412, within(5e-5));
        assertThat(TTest.welch(A, B).p()).isCloseTo(0.2209, within(5e-5));
        assertThat(TTest.paired(A, B).t()).isCloseTo(-3.4641, within(5e-5));
        assertThat(TTest.paired(A, B).p()).isCloseTo(0.0742, within(5e-5));
    }

    @Test
    void refusesSamplesThatDoNotVary() {
        double[] constant = {1, 1, 1};
        assertThatThrownBy(() -> TTest.student(constant, constant))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TTest.welch(constant, constant))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TTest.paired(A, A)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TTest.paired(A, new double[] {1, 2}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TTest.welch(A, new double[] {1}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
