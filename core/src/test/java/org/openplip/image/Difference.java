package org.openplip.image;

import java.util.Locale;

/// How far two pictures of one size lie apart, in levels of 0..255.
public record Difference(int largest, double mean) {
    public static Difference of(RgbImage a, RgbImage b) {
        if (a.width() != b.width() || a.height() != b.height()) {
            throw new IllegalArgumentException(
                    "expected one size, got %d x %d and %d x %d"
                            .formatted(a.width(), a.height(), b.width(), b.height()));
        }
        int largest = 0;
        long sum = 0;
        for (int i = 0; i < a.pixels().length; i++) {
            int difference = Math.abs((a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff));
            largest = Math.max(largest, difference);
            sum += difference;
        }
        return new Difference(largest, (double) sum / a.pixels().length);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "largest %d, mean %.4f levels", largest, mean);
    }
}
