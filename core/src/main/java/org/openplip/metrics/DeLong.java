package org.openplip.metrics;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// What is known of areas under receiver operating characteristics that were measured on the same
/// cases: an interval for one, a test of two (DeLong, DeLong and Clarke-Pearson, Biometrics 44,
/// 1988), in `n log n` by midranks (Sun and Xu, IEEE Signal Process. Lett. 21, 2014).
///
/// A case of class 1 has as its share the part of the cases of class 0 that it is above, one of
/// class 0 the part of the cases of class 1 that it is below; the area is the mean of either, and
/// its variance that of the two means. Names: `shares` are the paper's structural components V10
/// and V01.
///
/// Worked example: with the scores 0.9 and 0.4 for class 1 and 0.4 and 0.1 for class 0 the shares
/// are 1 and 0.75 in class 1, 0.75 and 1 in class 0, the area is 0.875 and its variance `0.03125 /
/// 2 + 0.03125 / 2 = 0.03125`.
public final class DeLong {
    /// What a test of two areas found.
    ///
    /// @param difference the first area less the second
    /// @param z the difference over its standard error; infinite where that is 0, as with two
    ///   models of which one has every pair right and the other every pair wrong
    /// @param p the probability of a z as far from 0, or farther, if the areas are the same
    public record Result(double difference, double z, double p) {}

    private DeLong() {}

    /// The area and its interval by the normal distribution, cut to 0 and 1.
    ///
    /// @param truth 0 or 1 for each case, each at least twice
    /// @param score any numbers but NaN
    public static Bootstrap.Interval interval(int[] truth, double[] score, double level) {
        if (!(level > 0 && level < 1)) {
            throw new IllegalArgumentException("level: expected 0 < level < 1, got " + level);
        }
        double[][] shares = shares(truth, score);
        double area = mean(shares[1]);
        double half =
                NormalDistribution.of(0, 1).inverseSurvivalProbability((1 - level) / 2)
                        * Math.sqrt(covariance(shares, shares));
        return new Bootstrap.Interval(area, Math.max(0, area - half), Math.min(1, area + half));
    }

    /// The two-sided test of whether two scores of the same cases have the same area.
    ///
    /// @param truth 0 or 1 for each case, each at least twice
    public static Result test(int[] truth, double[] first, double[] second) {
        double[][] a = shares(truth, first);
        double[][] b = shares(truth, second);
        double difference = mean(a[1]) - mean(b[1]);
        double variance = covariance(a, a) + covariance(b, b) - 2 * covariance(a, b);
        // Rounding leaves something of a variance that is 0.
        double error = variance < 1e-15 ? 0 : Math.sqrt(variance);
        double z = Math.abs(difference) < 1e-12 ? 0 : difference / error;
        return new Result(
                difference, z, 2 * NormalDistribution.of(0, 1).survivalProbability(Math.abs(z)));
    }

    /// The variance of an area, or the covariance of two, from shares `[class][case of it]`.
    private static double covariance(double[][] a, double[][] b) {
        double sum = 0;
        for (int c = 0; c <= 1; c++) {
            double meanA = mean(a[c]);
            double meanB = mean(b[c]);
            double products = 0;
            for (int i = 0; i < a[c].length; i++) products += (a[c][i] - meanA) * (b[c][i] - meanB);
            sum += products / (a[c].length - 1) / a[c].length;
        }
        return sum;
    }

    private static double[][] shares(int[] truth, double[] score) {
        long positives = Ranking.positives(truth, score);
        if (positives < 2 || truth.length - positives < 2) {
            throw new IllegalArgumentException(
                    "truth: expected two cases of each class, got %d of class 0 and %d of class 1"
                            .formatted(truth.length - positives, positives));
        }
        double[][] ofClass = new double[2][];
        int[] sizes = {(int) (truth.length - positives), (int) positives};
        for (int c = 0; c <= 1; c++) {
            ofClass[c] = new double[sizes[c]];
            int filled = 0;
            for (int i = 0; i < truth.length; i++) {
                if (truth[i] == c) ofClass[c][filled++] = score[i];
            }
        }
        double[] among = midranks(score);
        double[][] shares = new double[2][];
        for (int c = 0; c <= 1; c++) {
            double[] within = midranks(ofClass[c]);
            shares[c] = new double[sizes[c]];
            int filled = 0;
            for (int i = 0; i < truth.length; i++) {
                if (truth[i] != c) continue;
                double below = (among[i] - within[filled]) / sizes[1 - c];
                shares[c][filled++] = c == 1 ? below : 1 - below;
            }
        }
        return shares;
    }

    /// The place of each value when all are sorted, from 1; equal values have the mean of theirs.
    private static double[] midranks(double[] values) {
        double[] ranks = new double[values.length];
        int[] order = Ranking.ascending(values);
        for (int start = 0, end; start < order.length; start = end) {
            for (end = start + 1; end < order.length; end++) {
                if (values[order[end]] != values[order[start]]) break;
            }
            for (int i = start; i < end; i++) ranks[order[i]] = (start + end + 1) / 2.0;
        }
        return ranks;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }
}
