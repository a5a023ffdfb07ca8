package org.openplip.metrics;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Confidence intervals by resampling cases with replacement (Efron 1979).
public final class Bootstrap {
    /// A number and the interval around it.
    ///
    /// @param estimate the statistic of all cases, each once
    /// @param low the interval's lower end
    /// @param high the interval's upper end
    public record Interval(double estimate, double low, double high) {}

    private Bootstrap() {}

    /// The percentile interval of a statistic of `n` cases.
    ///
    /// The statistic is computed once on the indices 0 to `n - 1`, and then on `draws` arrays of
    /// `n` indices drawn at random with replacement. The interval's ends are quantiles of the
    /// latter, interpolated linearly as NumPy does. The same seed gives the same interval.
    ///
    /// Worked example: the interval at level 0.95 of 1,000 draws goes from the 2.5th to the 97.5th
    /// percentile, that is from between the sorted draws 24 and 25 (counted from 0) to between 974
    /// and 975.
    ///
    ///     Interval f1 = Bootstrap.interval(truth.length, 1000, 0.95, 1,
    ///             rows -> weightedF1(truth, predicted, rows));
    ///
    /// @param statistic called by one thread with an array that is filled anew each time; NaN is
    ///     refused
    public static Interval interval(
            int n, int draws, double level, long seed, ToDoubleFunction<int[]> statistic) {
        if (n < 1 || draws < 1) {
            throw new IllegalArgumentException(
                    "n and draws: expected at least 1, got " + n + " and " + draws);
        }
        if (!(level > 0 && level < 1)) {
            throw new IllegalArgumentException("level: expected 0 < level < 1, got " + level);
        }
        int[] rows = IntStream.range(0, n).toArray();
        double estimate = checked(statistic.applyAsDouble(rows));
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[draws];
        for (int draw = 0; draw < draws; draw++) {
            for (int i = 0; i < n; i++) rows[i] = random.nextInt(n);
            values[draw] = checked(statistic.applyAsDouble(rows));
        }
        Arrays.sort(values);
        return new Interval(
                estimate, quantile(values, (1 - level) / 2), quantile(values, (1 + level) / 2));
    }

    private static double checked(double value) {
        if (Double.isNaN(value)) throw new IllegalArgumentException("statistic: gave NaN");
        return value;
    }

    private static double quantile(double[] sorted, double q) {
        double position = q * (sorted.length - 1);
        int below = (int) position;
        if (below == sorted.length - 1) return sorted[below];
        return sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]);
    }
}
