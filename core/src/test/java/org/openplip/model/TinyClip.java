package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/// The reference model in the tests' resources, and how results are compared with its values.
final class TinyClip {
    private TinyClip() {}

    static Path folder() {
        try {
            URL config =
                    Objects.requireNonNull(TinyClip.class.getResource("/tiny-clip/config.json"));
            return Path.of(config.toURI()).resolveSibling("");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The largest and the mean difference.
    record Difference(double largest, double mean) {
        static Difference of(float[] actual, float[] expected) {
            assertThat(actual).hasSameSizeAs(expected);
            double largest = 0;
            double sum = 0;
            for (int i = 0; i < actual.length; i++) {
                double difference = Math.abs((double) actual[i] - expected[i]);
                // A NaN counts as infinitely far.
                if (Double.isNaN(difference)) difference = Double.POSITIVE_INFINITY;
                largest = Math.max(largest, difference);
                sum += difference;
            }
            return new Difference(largest, sum / actual.length);
        }

        Difference dividedBy(double scale) {
            return new Difference(largest / scale, mean / scale);
        }

        @Override
        public String toString() {
            return "largest difference %.3g, mean %.3g".formatted(largest, mean);
        }
    }

    static void assertClose(String what, float[] actual, float[] expected, double tolerance) {
        Difference difference = Difference.of(actual, expected);
        assertThat(difference.largest())
                .as(what + ": " + difference)
                .isLessThanOrEqualTo(tolerance);
    }

    static double largest(float[] values) {
        double largest = 0;
        for (float value : values) largest = Math.max(largest, Math.abs(value));
        return largest;
    }
}
