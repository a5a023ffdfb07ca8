package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    @Test
    void theWorkedExampleHolds() {
        int[] truth = {1, 0, 0};
        double[] probability = {0.9, 0.8, 0.3};
        assertThat(Calibration.brier(truth, probability)).isCloseTo(0.74 / 3, within(1e-12));
        List<Calibration.Bin> bins = Calibration.bins(truth, probability, 2);
        assertThat(bins)
                .extracting(Calibration.Bin::n, Calibration.Bin::happened)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, 0L),
                        org.assertj.core.groups.Tuple.tuple(2L, 1L));
        assertThat(Calibration.expectedError(bins)).isCloseTo(1 / 3.0, within(1e-12));
    }

    @Test
    void theEdgesBelongToTheUpperBinAndOneToTheLast() {
        List<Calibration.Bin> bins =
                Calibration.bins(new int[] {0, 1, 1}, new double[] {0, 0.5, 1}, 2);
        assertThat(bins).extracting(Calibration.Bin::n).containsExactly(1L, 2L);
    }

    @Test
    void probabilitiesThatAreTrueHaveLittleErrorAndExaggeratedOnesMore() {
        SplittableRandom random = new SplittableRandom(5);
        int n = 50_000;
        int[] truth = new int[n];
        double[] right = new double[n];
        double[] exaggerated = new double[n];
        for (int i = 0; i < n; i++) {
            right[i] = random.nextDouble();
            truth[i] = random.nextDouble() < right[i] ? 1 : 0;
            exaggerated[i] = right[i] < 0.5 ? 0 : 1;
        }
        assertThat(Calibration.expectedError(Calibration.bins(truth, right, 10))).isLessThan(0.01);
        // On average an exaggerated one is off by 1/4.
        assertThat(Calibration.expectedError(Calibration.bins(truth, exaggerated, 10)))
                .isCloseTo(0.25, within(0.01));
        assertThat(Calibration.brier(truth, right)).isCloseTo(1 / 6.0, within(0.01));
    }

    @Test
    void answersAreCountedByTheirConfidence() {
        double[][] probability = {{0.7, 0.2, 0.1}, {0.1, 0.1, 0.8}, {0.4, 0.4, 0.2}};
        List<Calibration.Bin> bins = Calibration.answers(new int[] {0, 1, 1}, probability, 2);
        assertThat(bins).extracting(Calibration.Bin::n).containsExactly(1L, 2L);
        assertThat(bins).extracting(Calibration.Bin::happened).containsExactly(0L, 1L);
        // 1/3 of 0.4, and 2/3 of 0.75 - 0.5.
        assertThat(Calibration.expectedError(bins)).isCloseTo(0.3, within(1e-12));
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        assertThatThrownBy(() -> Calibration.brier(new int[] {1}, new double[] {1.1}))
                .hasMessageContaining("1.1");
        assertThatThrownBy(() -> Calibration.bins(new int[] {2}, new double[] {1}, 10))
                .hasMessageContaining("2");
        assertThatThrownBy(() -> Calibration.brier(new int[0], new double[0]))
                .hasMessageContaining("0 for 0");
    }
}
