package org.openplip.openpath;

import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;

/// A 64-bit hash that changes little when a picture is scaled, recompressed or made a little
/// brighter: pHash (Zauner 2010, "Implementation and benchmarking of perceptual image hash
/// functions", section 3.2.1). The luminance at 32 x 32 is transformed by a DCT-II; a bit says
/// whether one of the 8 x 8 lowest coefficients, the constant one left out, is above their median.
///
/// Bits of equal hash do not prove equal pictures: on blank glass or mucus the coefficients are
/// noise or all alike. [Fingerprint#similarity] decides.
public final class PerceptualHash {
    private static final int SIDE = 32;
    private static final int LOW = 8;
    private static final double[][] COSINE = new double[LOW + 1][SIDE];

    static {
        for (int k = 0; k <= LOW; k++) {
            for (int x = 0; x < SIDE; x++) {
                COSINE[k][x] = Math.cos(Math.PI * k * (2 * x + 1) / (2.0 * SIDE));
            }
        }
    }

    private PerceptualHash() {}

    /// The hash of a picture of any size.
    public static long of(RgbImage image) {
        return ofLuminance(luminance(image));
    }

    /// Luminance (ITU-R BT.601) float32 `[32, 32]` of the whole picture, its shape not kept.
    static float[] luminance(RgbImage image) {
        RgbImage small = Resampler.bilinear(image, SIDE, SIDE);
        byte[] pixels = small.pixels();
        float[] luminance = new float[SIDE * SIDE];
        for (int i = 0; i < luminance.length; i++) {
            luminance[i] =
                    0.299f * (pixels[3 * i] & 0xff)
                            + 0.587f * (pixels[3 * i + 1] & 0xff)
                            + 0.114f * (pixels[3 * i + 2] & 0xff);
        }
        return luminance;
    }

    static long ofLuminance(float[] luminance) {
        // Frequencies 1 to 8 in both directions, as in the original implementation.
        double[][] rows = new double[SIDE][LOW];
        for (int y = 0; y < SIDE; y++) {
            for (int k = 0; k < LOW; k++) {
                double sum = 0;
                for (int x = 0; x < SIDE; x++) sum += COSINE[k + 1][x] * luminance[y * SIDE + x];
                rows[y][k] = sum;
            }
        }
        double[] coefficients = new double[LOW * LOW];
        for (int j = 0; j < LOW; j++) {
            for (int k = 0; k < LOW; k++) {
                double sum = 0;
                for (int y = 0; y < SIDE; y++) sum += COSINE[j + 1][y] * rows[y][k];
                coefficients[j * LOW + k] = sum;
            }
        }
        double[] sorted = coefficients.clone();
        java.util.Arrays.sort(sorted);
        double median = (sorted[31] + sorted[32]) / 2;
        long hash = 0;
        for (int i = 0; i < 64; i++) {
            if (coefficients[i] > median) hash |= 1L << i;
        }
        return hash;
    }

    /// The number of differing bits, 0 to 64.
    public static int differingBits(long a, long b) {
        return Long.bitCount(a ^ b);
    }

    /// Sixteen hexadecimal digits.
    public static String toHex(long hash) {
        return "%016x".formatted(hash);
    }
}
