package org.openplip.metrics;

import org.apache.commons.statistics.distribution.BetaDistribution;

/// What `hits` of `n` independent cases say of the probability of a hit: exact bounds and intervals
/// after Clopper and Pearson (1934), whose coverage is never below the level.
///
/// Worked example: of 10 of 10, the lower bound at level 0.95 is `0.05^(1/10) = 0.7411`, and the
/// interval goes from `0.025^(1/10) = 0.6915` to 1.
public final class Proportion {
    private Proportion() {}

    /// The one-sided lower bound: were the probability any lower, as many hits or more would come
    /// with a probability below `1 - level`. 0 if there is no hit.
    public static double lowerBound(long hits, long n, double level) {
        check(hits, n, level);
        if (hits == 0) return 0;
        return BetaDistribution.of((double) hits, (double) (n - hits + 1))
                .inverseCumulativeProbability(1 - level);
    }

    /// The two-sided interval, half of `1 - level` beyond either end.
    public static Bootstrap.Interval interval(long hits, long n, double level) {
        double oneSided = (1 + level) / 2;
        check(hits, n, level);
        return new Bootstrap.Interval(
                (double) hits / n,
                lowerBound(hits, n, oneSided),
                1 - lowerBound(n - hits, n, oneSided));
    }

    private static void check(long hits, long n, double level) {
        if (n < 1 || hits < 0 || hits > n) {
            throw new IllegalArgumentException(
                    "hits, n: expected 0 to n of at least 1, got %d of %d".formatted(hits, n));
        }
        if (!(level > 0 && level < 1)) {
            throw new IllegalArgumentException("level: expected 0 < level < 1, got " + level);
        }
    }
}
