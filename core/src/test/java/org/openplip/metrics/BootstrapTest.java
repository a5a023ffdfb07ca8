package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.openplip.metrics.Bootstrap.Interval;

class BootstrapTest {
    /// Each case an outcome of its own.
    private static Outcomes different(int n) {
        return Outcomes.of(IntStream.range(0, n).toArray());
    }

    private static Bootstrap.Statistics mean(double[] values) {
        return counts -> {
            double sum = 0;
            int n = 0;
            for (int i = 0; i < counts.length; i++) {
                sum += counts[i] * values[i];
                n += counts[i];
            }
            return new double[] {sum / n};
        };
    }

    @Test
    void givesTheIntervalOfANormalMeanWithin5Percent() {
        double[] values = new Random(1).doubles(400).toArray();
        Interval interval =
                Bootstrap.of(different(400), new Resampling.Cases(4000, 1), mean(values))
                        .interval(0, 0.95);
        double mean = Arrays.stream(values).average().orElseThrow();
        double half = 1.959964 * standardError(values);
        // For a mean of many values the percentile interval is mean ± 1.96 standard errors.
        assertThat(interval.estimate()).isCloseTo(mean, within(1e-12));
        assertThat(interval.high() - mean).isCloseTo(half, within(0.05 * half));
        assertThat(mean - interval.low()).isCloseTo(half, within(0.05 * half));
    }

    private static double standardError(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares) / values.length;
    }

    @Test
    void coversTheTruthAsOftenAsItSays() {
        Random random = new Random(2);
        int covered = 0;
        for (int trial = 0; trial < 300; trial++) {
            double[] values = random.doubles(80).toArray();
            Interval interval =
                    Bootstrap.of(different(80), new Resampling.Cases(300, trial), mean(values))
                            .interval(0, 0.9);
            if (interval.low() <= 0.5 && 0.5 <= interval.high()) covered++;
        }
        // Three standard errors of a share of 0.9 in 300 trials are 0.052.
        assertThat(covered / 300.0).isCloseTo(0.9, within(0.052));
    }

    /// 2,000 cases of three classes, two thirds of them right: 9 outcomes, drawn as counts, and
    /// once more with a column that makes every case another, so that cases are drawn.
    @Test
    void countsAndCasesAreDrawnFromTheSameDistribution() {
        int n = 2000;
        Random random = new Random(3);
        int[] truth = random.ints(n, 0, 3).toArray();
        int[] predicted =
                Arrays.stream(truth)
                        .map(t -> random.nextInt(3) < 2 ? t : random.nextInt(3))
                        .toArray();
        Outcomes few = Outcomes.of(truth, predicted);
        Outcomes all = Outcomes.of(truth, predicted, IntStream.range(0, n).toArray());
        assertThat(few.size()).isEqualTo(9);
        assertThat(all.size()).isEqualTo(n);
        Resampling resampling = new Resampling.Cases(4000, 4);
        double[] counted = f1(few, resampling).values(0);
        double[] drawn = f1(all, resampling).values(0);
        assertThat(distance(counted, drawn)).isLessThan(kolmogorov(0.999, 4000));
        // The test can fail: 70 % without replacement is another distribution.
        double[] parts = f1(few, new Resampling.Parts(0.7, 4000, 4)).values(0);
        assertThat(distance(counted, parts)).isGreaterThan(kolmogorov(0.999, 4000));
    }

    private static Bootstrap f1(Outcomes outcomes, Resampling resampling) {
        return Bootstrap.of(
                outcomes,
                resampling,
                counts -> new double[] {outcomes.classification(counts, 0, 1, 3).weightedF1()});
    }

    /// Kolmogorov and Smirnov's: the largest difference of two distribution functions.
    private static double distance(double[] a, double[] b) {
        double[] x = Arrays.stream(a).sorted().toArray();
        double[] y = Arrays.stream(b).sorted().toArray();
        double most = 0;
        for (double at : x) {
            most = Math.max(most, Math.abs(share(x, at) - share(y, at)));
        }
        return most;
    }

    private static double share(double[] sorted, double at) {
        return (double) Arrays.stream(sorted).filter(v -> v <= at).count() / sorted.length;
    }

    /// The distance of two samples of `n` that is exceeded with the probability `1 - level`.
    private static double kolmogorov(double level, int n) {
        return Math.sqrt(-Math.log((1 - level) / 2) / n);
    }

    @Test
    void groupsOfEqualCasesMakeTheIntervalAsWideAsThatOfTheGroupsAlone() {
        double[] perGroup = new Random(5).doubles(200).toArray();
        int[] group = IntStream.range(0, 2000).map(i -> i % 200).toArray();
        double[] values = Arrays.stream(group).mapToDouble(g -> perGroup[g]).toArray();
        Interval byGroup =
                Bootstrap.of(different(2000), new Resampling.Groups(group, 4000, 6), mean(values))
                        .interval(0, 0.95);
        Interval byCase =
                Bootstrap.of(different(2000), new Resampling.Cases(4000, 6), mean(values))
                        .interval(0, 0.95);
        double width = 2 * 1.959964 * standardError(perGroup);
        assertThat(byGroup.high() - byGroup.low()).isCloseTo(width, within(0.05 * width));
        assertThat(byCase.high() - byCase.low())
                .isCloseTo(width / Math.sqrt(10), within(0.05 * width));
    }

    @Test
    void groupsOfDifferentSizesAreDrawnWhole() {
        int[] group = {7, 7, 7, -1, 7, 3, 3};
        Bootstrap draws =
                Bootstrap.of(
                        different(7),
                        new Resampling.Groups(group, 500, 1),
                        counts ->
                                new double[] {
                                    counts[0], counts[1], counts[4], counts[3], counts[5], counts[6]
                                });
        assertThat(draws.values(1)).isEqualTo(draws.values(0));
        assertThat(draws.values(2)).isEqualTo(draws.values(0));
        assertThat(draws.values(5)).isEqualTo(draws.values(4));
        for (int i = 0; i < 500; i++) {
            // Three groups are drawn each time.
            assertThat(draws.values(0)[i] + draws.values(3)[i] + draws.values(4)[i]).isEqualTo(3);
        }
    }

    @Test
    void aPartHoldsEachCaseAtMostOnce() {
        Bootstrap draws =
                Bootstrap.of(
                        different(10),
                        Resampling.Parts.paper(1),
                        counts ->
                                new double[] {
                                    Arrays.stream(counts).sum(),
                                    Arrays.stream(counts).max().orElseThrow(),
                                    counts[9]
                                });
        assertThat(draws.values(0)).hasSize(100).containsOnly(7);
        assertThat(draws.values(1)).containsOnly(1);
        assertThat(Arrays.stream(draws.values(2)).sum()).isBetween(55.0, 85.0);
        assertThat(draws.interval(0, 0.95)).isEqualTo(new Interval(10, 7, 7));
    }

    @Test
    void differencesAreTakenOnTheSameDraws() {
        double[] values = new Random(8).doubles(100).toArray();
        Bootstrap draws =
                Bootstrap.of(
                        different(100),
                        new Resampling.Cases(200, 9),
                        counts -> {
                            double mean = mean(values).of(counts)[0];
                            return new double[] {mean, mean + 0.25};
                        });
        Interval difference = draws.difference(1, 0, 0.95);
        assertThat(difference.low()).isCloseTo(0.25, within(1e-12));
        assertThat(difference.high()).isCloseTo(0.25, within(1e-12));
        assertThat(difference.estimate()).isCloseTo(0.25, within(1e-12));
    }

    @Test
    void interpolatesQuantilesAsNumPy() {
        // The draws of one case are all alike, so the values are made by counting calls: numpy
        // .percentile of 1 to 11 gives 2 and 10 at 10 and 90 %, of 1 to 4 it gives 1.3 and 3.7.
        for (double[] expected : new double[][] {{11, 2, 10}, {4, 1.3, 3.7}}) {
            java.util.concurrent.atomic.AtomicInteger next =
                    new java.util.concurrent.atomic.AtomicInteger();
            Interval interval =
                    Bootstrap.of(
                                    different(1),
                                    new Resampling.Cases((int) expected[0], 0),
                                    _ -> new double[] {next.getAndIncrement()})
                            .interval(0, 0.8);
            assertThat(interval.low()).isCloseTo(expected[1], within(1e-12));
            assertThat(interval.high()).isCloseTo(expected[2], within(1e-12));
        }
    }

    @Test
    void givesTheSameForTheSameSeed() {
        double[] values = new Random(3).doubles(50).toArray();
        double[] first =
                Bootstrap.of(different(50), new Resampling.Cases(100, 7), mean(values)).values(0);
        assertThat(
                        Bootstrap.of(different(50), new Resampling.Cases(100, 7), mean(values))
                                .values(0))
                .isEqualTo(first);
        assertThat(
                        Bootstrap.of(different(50), new Resampling.Cases(100, 8), mean(values))
                                .values(0))
                .isNotEqualTo(first);
    }

    @Test
    void drawsWithoutAValueAreLeftOutAndCounted() {
        // The area under the curve needs both classes; of one positive among four cases, a draw
        // has none with the probability (3/4)^4 = 0.316.
        int[] truth = {1, 0, 0, 0};
        int[] places = Ranking.places(new double[] {0.5, 0.1, 0.5, 0.9});
        Outcomes outcomes = Outcomes.of(truth, places);
        Bootstrap draws =
                Bootstrap.of(
                        outcomes,
                        new Resampling.Cases(1000, 1),
                        counts -> new double[] {Ranking.auc(outcomes, counts, 0, 1)});
        assertThat(draws.undefined(0)).isBetween(260, 380);
        Interval interval = draws.interval(0, 0.95);
        assertThat(interval.estimate()).isEqualTo(0.5);
        assertThat(interval.low()).isZero();
        assertThat(interval.high()).isEqualTo(1);
    }

    @Test
    void oneCaseHasAnIntervalOfNoWidth() {
        Outcomes one = Outcomes.of(new int[] {2}, new int[] {2});
        assertThat(f1(one, new Resampling.Cases(10, 1)).interval(0, 0.95))
                .isEqualTo(new Interval(1, 1, 1));
        assertThat(f1(one, Resampling.Parts.paper(1)).interval(0, 0.95))
                .isEqualTo(new Interval(1, 1, 1));
    }

    @Test
    void refusesWhatGivesNoInterval() {
        Resampling few = new Resampling.Cases(3, 0);
        assertThatThrownBy(() -> Bootstrap.of(different(3), few, _ -> new double[] {0, Double.NaN}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("statistic 1: NaN for all cases");
        Bootstrap draws = Bootstrap.of(different(3), few, _ -> new double[] {0});
        assertThatThrownBy(() -> draws.interval(0, 95)).hasMessageContaining("level");
        assertThatThrownBy(() -> new Resampling.Cases(0, 1)).hasMessageContaining("draws");
        assertThatThrownBy(() -> new Resampling.Parts(1.1, 1, 1)).hasMessageContaining("share");
        assertThatThrownBy(
                        () ->
                                Bootstrap.of(
                                        different(3),
                                        new Resampling.Groups(new int[2], 1, 1),
                                        _ -> new double[] {0}))
                .hasMessage("group: expected one for each of 3 cases, got 2");
    }
}
