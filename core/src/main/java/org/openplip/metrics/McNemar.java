package org.openplip.metrics;

import org.apache.commons.statistics.distribution.BinomialDistribution;

/// Whether two models that answered the same cases differ in accuracy (McNemar 1947): whether, of
/// the cases that only one of them has right, each has about half.
///
/// The p-value is the exact binomial one in its mid-p form, at any number of cases: half the
/// probability of the result itself is taken off. The exact test without that is needlessly
/// conservative, and the chi-square forms are either that or above the level in small samples
/// (Fagerland, Lydersen and Laake, BMC Med. Res. Methodol. 13:91, 2013).
///
/// Worked example: of 10 cases that only one has right, 2 are the first's and 8 the second's. With
/// 10 fair coins, at most 2 heads have the probability 56/1024 and exactly 2 have 45/1024, so that
/// p = 2 · 56/1024 - 45/1024 = 0.0654.
public final class McNemar {
    private McNemar() {}

    /// The two-sided p-value; 1 if there is no such case.
    ///
    /// @param onlyFirst cases that only the first model has right
    /// @param onlySecond cases that only the second model has right
    public static double p(int onlyFirst, int onlySecond) {
        if (onlyFirst < 0 || onlySecond < 0) {
            throw new IllegalArgumentException(
                    "onlyFirst, onlySecond: expected counts, got %d and %d"
                            .formatted(onlyFirst, onlySecond));
        }
        if (onlyFirst == onlySecond) return 1;
        BinomialDistribution coins =
                BinomialDistribution.of(Math.addExact(onlyFirst, onlySecond), 0.5);
        int fewer = Math.min(onlyFirst, onlySecond);
        return 2 * coins.cumulativeProbability(fewer) - coins.probability(fewer);
    }

    /// The p-value for two lists of predictions of the same cases.
    public static double p(int[] truth, int[] first, int[] second) {
        if (first.length != truth.length || second.length != truth.length) {
            throw new IllegalArgumentException(
                    "first, second: expected %d classes each, got %d and %d"
                            .formatted(truth.length, first.length, second.length));
        }
        int onlyFirst = 0;
        int onlySecond = 0;
        for (int i = 0; i < truth.length; i++) {
            boolean a = first[i] == truth[i];
            boolean b = second[i] == truth[i];
            if (a && !b) onlyFirst++;
            if (b && !a) onlySecond++;
        }
        return p(onlyFirst, onlySecond);
    }
}
