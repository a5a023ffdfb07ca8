package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.openplip.metrics.Bootstrap.Interval;

class BootstrapTest {
    private static double mean(double[] values, int[] rows) {
        return Arrays.stream(rows).mapToDouble(i -> values[i]).average().orElseThrow();
    }

    @Test
    void givesTheIntervalOfANormalMeanWithin5Percent() {
        Random random = new Random(1);
        double[] values = random.doubles(400).toArray();
        Interval interval = Bootstrap.interval(400, 4000, 0.95, 1, rows -> mean(values, rows));
        double mean = Arrays.stream(values).average().orElseThrow();
        double variance =
                Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        // For a mean of many values the percentile interval is mean ± 1.96 standard errors.
        double half = 1.959964 * Math.sqrt(variance / 400);
        assertThat(interval.estimate()).isCloseTo(mean, within(1e-12));
        assertThat(interval.high() - mean).isCloseTo(half, within(0.05 * half));
        assertThat(mean - interval.low()).isCloseTo(half, within(0.05 * half));
    }

    @Test
    void coversTheTruthAsOftenAsItSays() {
        Random random = new Random(2);
        int covered = 0;
        for (int trial = 0; trial < 300; trial++) {
            double[] values = random.doubles(80).toArray();
            Interval interval = Bootstrap.interval(80, 300, 0.9, trial, rows -> mean(values, rows));
            if (interval.low() <= 0.5 && 0.5 <= interval.high()) covered++;
        }
        // Three standard errors of a share of 0.9 in 300 trials are 0.052.
        assertThat(covered / 300.0).isCloseTo(0.9, within(0.052));
    }

    @Test
    void interpolatesQuantilesAsNumPy() {
        double[] next = {0};
        // Estimate 0, then the draws 1, 2, ..., 11: numpy.percentile gives 2 and 10 at 10 and 90 %.
        Interval interval = Bootstrap.interval(1, 11, 0.8, 0, _ -> next[0]++);
        assertThat(interval.low()).isCloseTo(2, within(1e-12));
        assertThat(interval.high()).isCloseTo(10, within(1e-12));
        next[0] = 0;
        // Of 1 to 4 it gives 1.3 and 3.7.
        interval = Bootstrap.interval(1, 4, 0.8, 0, _ -> next[0]++);
        assertThat(interval.low()).isCloseTo(1.3, within(1e-12));
        assertThat(interval.high()).isCloseTo(3.7, within(1e-12));
    }

    @Test
    void givesTheSameForTheSameSeed() {
        double[] values = new Random(3).doubles(50).toArray();
        Interval first = Bootstrap.interval(50, 100, 0.95, 7, rows -> mean(values, rows));
        assertThat(Bootstrap.interval(50, 100, 0.95, 7, rows -> mean(values, rows)))
                .isEqualTo(first);
        assertThat(Bootstrap.interval(50, 100, 0.95, 8, rows -> mean(values, rows)))
                .isNotEqualTo(first);
    }

    @Test
    void refusesNaNAndLevelsThatAreNone() {
        assertThatThrownBy(() -> Bootstrap.interval(3, 3, 0.95, 0, _ -> Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> Bootstrap.interval(3, 3, 95, 0, _ -> 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("level");
    }
}
