package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ProportionTest {
    /// The probability of `hits` or more of `n`, summed term by term.
    private static double atLeast(int hits, int n, double p) {
        double sum = 0;
        for (int k = hits; k <= n; k++) {
            double log = k * Math.log(p) + (n - k) * Math.log1p(-p);
            for (int i = 1; i <= k; i++) log += Math.log((double) (n - k + i) / i);
            sum += Math.exp(log);
        }
        return sum;
    }

    @Test
    void atTheLowerBoundAsManyHitsOrMoreHaveTheProbabilityThatIsLeft() {
        int[][] cases = {{1, 1}, {1, 40}, {7, 10}, {39, 40}, {300, 300}, {495, 500}};
        for (int[] one : cases) {
            double bound = Proportion.lowerBound(one[0], one[1], 0.95);
            assertThat(atLeast(one[0], one[1], bound))
                    .as("%d of %d at %f", one[0], one[1], bound)
                    .isCloseTo(0.05, within(1e-8));
        }
    }

    @Test
    void intervalsAreThoseOfPublishedTables() {
        // 7 of 10: 0.3475 to 0.9333; 0 of 20: 0 to 0.1684 (the rule 1 - 0.025^(1/20)).
        Bootstrap.Interval seven = Proportion.interval(7, 10, 0.95);
        assertThat(seven.estimate()).isEqualTo(0.7);
        assertThat(seven.low()).isCloseTo(0.3475, within(5e-5));
        assertThat(seven.high()).isCloseTo(0.9333, within(5e-5));
        Bootstrap.Interval none = Proportion.interval(0, 20, 0.95);
        assertThat(none.low()).isZero();
        assertThat(none.high()).isCloseTo(0.1684, within(5e-5));
        assertThat(Proportion.interval(20, 20, 0.95).high()).isEqualTo(1);
    }

    @Test
    void countsThatAreNoneAreRefused() {
        assertThatThrownBy(() -> Proportion.lowerBound(2, 1, 0.95)).hasMessageContaining("2 of 1");
        assertThatThrownBy(() -> Proportion.lowerBound(0, 0, 0.95)).hasMessageContaining("0 of 0");
        assertThatThrownBy(() -> Proportion.interval(1, 2, 1)).hasMessageContaining("level");
    }
}
