package org.openplip.metrics;

import org.apache.commons.statistics.distribution.TDistribution;

/// Tests whether two samples have the same mean: Student's, Welch's and the paired t-test, each
/// two-sided.
///
/// Worked example: for 1 2 3 and 2 4 6, `student` gives t = -2 / sqrt(5/3) = -1.5492 with 4 degrees
/// of freedom and p = 0.1963, `welch` the same t with 2.9412 degrees and p = 0.2209, `paired` t =
/// -3.4641 with 2 degrees and p = 0.0742.
public final class TTest {
    /// What a test found.
    ///
    /// @param t the difference of the means (first less second) over its standard error
    /// @param degreesOfFreedom of Student's distribution
    /// @param p the probability of a t as far from 0, or farther, if the means are the same
    public record Result(double t, double degreesOfFreedom, double p) {}

    private TTest() {}

    /// Student's test of independent samples with the same variance.
    ///
    /// @throws IllegalArgumentException if a sample has fewer than two values, or nothing varies
    public static Result student(double[] a, double[] b) {
        check(a, b);
        double degrees = a.length + b.length - 2;
        double pooled = (variance(a) * (a.length - 1) + variance(b) * (b.length - 1)) / degrees;
        double error = Math.sqrt(pooled * (1.0 / a.length + 1.0 / b.length));
        return result(mean(a) - mean(b), error, degrees);
    }

    /// Welch's test of independent samples that may differ in variance.
    ///
    /// @throws IllegalArgumentException if a sample has fewer than two values, or nothing varies
    public static Result welch(double[] a, double[] b) {
        check(a, b);
        double va = variance(a) / a.length;
        double vb = variance(b) / b.length;
        double degrees =
                (va + vb) * (va + vb) / (va * va / (a.length - 1) + vb * vb / (b.length - 1));
        return result(mean(a) - mean(b), Math.sqrt(va + vb), degrees);
    }

    /// The test of paired samples: whether the mean of `a[i] - b[i]` is 0.
    ///
    /// @throws IllegalArgumentException if the lengths differ, are below two, or all differences
    ///   are the same
    public static Result paired(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "b: expected " + a.length + " values, got " + b.length);
        }
        check(a, b);
        double[] difference = new double[a.length];
        for (int i = 0; i < a.length; i++) difference[i] = a[i] - b[i];
        double error = Math.sqrt(variance(difference) / a.length);
        return result(mean(difference), error, a.length - 1);
    }

    private static Result result(double difference, double error, double degrees) {
        // The negation refuses NaN too.
        if (!(error > 0)) {
            throw new IllegalArgumentException("expected samples that vary, got constant ones");
        }
        double t = difference / error;
        double p = 2 * TDistribution.of(degrees).survivalProbability(Math.abs(t));
        return new Result(t, degrees, p);
    }

    private static void check(double[] a, double[] b) {
        if (a.length < 2 || b.length < 2) {
            throw new IllegalArgumentException(
                    "expected two or more values each, got " + a.length + " and " + b.length);
        }
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) sum += value;
        return sum / values.length;
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        double sum = 0;
        for (double value : values) sum += (value - mean) * (value - mean);
        return sum / (values.length - 1);
    }
}
