package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeLongTest {
    /// The structural components by their definition, a pair at a time, and from them the
    /// covariance of two areas.
    private static double covariance(int[] truth, double[] a, double[] b) {
        double sum = 0;
        for (int side = 0; side <= 1; side++) {
            int one = side;
            int[] own = members(truth, one);
            int[] others = members(truth, 1 - one);
            double[] ofA = Arrays.stream(own).mapToDouble(i -> above(a, i, others, one)).toArray();
            double[] ofB = Arrays.stream(own).mapToDouble(i -> above(b, i, others, one)).toArray();
            double meanA = Arrays.stream(ofA).average().orElseThrow();
            double meanB = Arrays.stream(ofB).average().orElseThrow();
            double s = 0;
            for (int i = 0; i < own.length; i++) s += (ofA[i] - meanA) * (ofB[i] - meanB);
            sum += s / (own.length - 1) / own.length;
        }
        return sum;
    }

    private static int[] members(int[] truth, int c) {
        return java.util.stream.IntStream.range(0, truth.length)
                .filter(i -> truth[i] == c)
                .toArray();
    }

    private static double above(double[] score, int i, int[] others, int side) {
        double sum = 0;
        for (int j : others) {
            double difference = side == 1 ? score[i] - score[j] : score[j] - score[i];
            sum += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        }
        return sum / others.length;
    }

    @Test
    void equalsTheDefinitionOnRandomCasesWithTies() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int n = 40 + random.nextInt(40);
            int[] truth = new int[n];
            double[] a = new double[n];
            double[] b = new double[n];
            for (int i = 0; i < n; i++) {
                truth[i] = random.nextInt(3) == 0 ? 1 : 0;
                a[i] = random.nextInt(10) + 4 * truth[i];
                b[i] = a[i] + random.nextInt(8);
            }
            DeLong.Result result = DeLong.test(truth, a, b);
            double difference = Ranking.auc(truth, a) - Ranking.auc(truth, b);
            double variance =
                    covariance(truth, a, a) + covariance(truth, b, b) - 2 * covariance(truth, a, b);
            assertThat(result.difference()).isCloseTo(difference, within(1e-12));
            assertThat(result.z()).isCloseTo(difference / Math.sqrt(variance), within(1e-8));
            Bootstrap.Interval interval = DeLong.interval(truth, a, 0.95);
            double half = 1.9599639845 * Math.sqrt(covariance(truth, a, a));
            assertThat(interval.estimate()).isCloseTo(Ranking.auc(truth, a), within(1e-12));
            assertThat(interval.low()).isCloseTo(Ranking.auc(truth, a) - half, within(1e-9));
            assertThat(interval.high())
                    .isCloseTo(Math.min(1, Ranking.auc(truth, a) + half), within(1e-9));
        }
    }

    @Test
    void findsADifferenceBetweenScoresThatAreAlikeAsOftenAsItSays() {
        Random random = new Random(3);
        int found = 0;
        for (int trial = 0; trial < 600; trial++) {
            int[] truth = new int[100];
            double[] a = new double[100];
            double[] b = new double[100];
            for (int i = 0; i < 100; i++) {
                truth[i] = i % 2;
                double shared = random.nextGaussian() + truth[i];
                a[i] = shared + random.nextGaussian();
                b[i] = shared + random.nextGaussian();
            }
            if (DeLong.test(truth, a, b).p() <= 0.1) found++;
        }
        // Three standard errors of a share of 0.1 in 600 trials are 0.037.
        assertThat(found / 600.0).isCloseTo(0.1, within(0.037));
    }

    @Test
    void theWorkedExampleHolds() {
        int[] truth = {1, 1, 0, 0};
        double[] score = {0.9, 0.4, 0.4, 0.1};
        assertThat(covariance(truth, score, score)).isEqualTo(0.03125);
        Bootstrap.Interval interval = DeLong.interval(truth, score, 0.5);
        assertThat(interval.low()).isCloseTo(0.875 - 0.674490 * Math.sqrt(0.03125), within(1e-6));
    }

    @Test
    void scoresWithoutErrorHaveDefinedResults() {
        int[] truth = {1, 1, 0, 0};
        double[] right = {4, 3, 2, 1};
        double[] wrong = {1, 2, 3, 4};
        assertThat(DeLong.test(truth, right, right)).isEqualTo(new DeLong.Result(0, 0, 1));
        assertThat(DeLong.test(truth, right, wrong))
                .isEqualTo(new DeLong.Result(1, Double.POSITIVE_INFINITY, 0));
        assertThat(DeLong.interval(truth, right, 0.95)).isEqualTo(new Bootstrap.Interval(1, 1, 1));
    }

    @Test
    void refusesWhatHasNoVariance() {
        assertThatThrownBy(() -> DeLong.interval(new int[] {1, 0, 0}, new double[] {1, 2, 3}, 0.95))
                .hasMessage(
                        "truth: expected two cases of each class, got 2 of class 0 and 1 of class 1");
        assertThatThrownBy(
                        () ->
                                DeLong.test(
                                        new int[] {1, 0},
                                        new double[] {1, Double.NaN},
                                        new double[] {1, 2}))
                .hasMessageContaining("NaN");
    }
}
