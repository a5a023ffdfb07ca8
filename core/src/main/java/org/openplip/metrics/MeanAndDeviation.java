package org.openplip.metrics;

import java.util.Arrays;

/// The mean of repeated measurements, such as one a seed, and how far they scatter.
///
/// Worked example: of 1, 2 and 6 the mean is 3 and the deviation sqrt(14 / 2) = 2.6458.
///
/// @param deviation the sample standard deviation, the sum of squares divided by `n - 1`; 0 for one
///   value
/// @param n the number of values
public record MeanAndDeviation(double mean, double deviation, int n) {
    /// @throws IllegalArgumentException if there is no value, or one is NaN
    public static MeanAndDeviation of(double... values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        if (Double.isNaN(mean)) {
            throw new IllegalArgumentException(
                    "values: expected at least one and no NaN, got " + Arrays.toString(values));
        }
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double deviation = values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1));
        return new MeanAndDeviation(mean, deviation, values.length);
    }
}
