package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.junit.jupiter.api.Test;

class BinomialSamplerTest {
    /// Both ways, both sides of one half, and where they meet.
    @Test
    void drawsEachNumberAsOftenAsItsProbabilitySays() {
        int draws = 100_000;
        BinomialSampler sampler = new BinomialSampler(100_000);
        SplittableRandom random = new SplittableRandom(1);
        double[][] cases = {
            {5, 0.3},
            {40, 0.9},
            {99, 0.101},
            {101, 0.1},
            {100, 0.5},
            {1000, 0.03},
            {100_000, 0.7},
            {100_000, 0.0001},
            {100_000, 0.9999},
            {31, 0.5}
        };
        for (double[] one : cases) {
            int n = (int) one[0];
            BinomialDistribution expected = BinomialDistribution.of(n, one[1]);
            int[] seen = new int[n + 1];
            for (int i = 0; i < draws; i++) seen[sampler.binomial(random, n, one[1])]++;
            double chiSquared = 0;
            int cells = 0;
            double pooledExpected = 0;
            int pooledSeen = 0;
            for (int k = 0; k <= n; k++) {
                pooledExpected += draws * expected.probability(k);
                pooledSeen += seen[k];
                if (pooledExpected < 10 && k < n) continue;
                double off = pooledSeen - pooledExpected;
                if (pooledExpected > 0) {
                    chiSquared += off * off / Math.max(pooledExpected, 1);
                    cells++;
                }
                pooledExpected = 0;
                pooledSeen = 0;
            }
            double p = ChiSquaredDistribution.of(cells - 1).survivalProbability(chiSquared);
            assertThat(p).as("n %d, p %s", n, one[1]).isGreaterThan(0.001);
        }
    }

    @Test
    void aMultinomialDrawHasAllCasesAndTheirCovariance() {
        int[] counts = {0, 700, 200, 0, 100};
        BinomialSampler sampler = new BinomialSampler(1000);
        SplittableRandom random = new SplittableRandom(2);
        int draws = 20_000;
        double[] sums = new double[5];
        double products = 0;
        for (int i = 0; i < draws; i++) {
            int[] drawn = new int[5];
            sampler.multinomial(random, counts, drawn);
            assertThat(Arrays.stream(drawn).sum()).isEqualTo(1000);
            for (int o = 0; o < 5; o++) sums[o] += drawn[o];
            products += (drawn[1] - 700.0) * (drawn[2] - 200.0);
        }
        assertThat(sums[0] + sums[3]).isZero();
        // Five standard errors: 5 sqrt(n p q / draws).
        assertThat(sums[1] / draws).isCloseTo(700, within(0.52));
        assertThat(sums[4] / draws).isCloseTo(100, within(0.34));
        // -n p1 p2, with five standard errors of about sqrt(210 · 160 / draws).
        assertThat(products / draws).isCloseTo(-140, within(6.5));
    }
}
