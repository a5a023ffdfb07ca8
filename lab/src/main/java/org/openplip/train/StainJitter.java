package org.openplip.train;

import java.util.SplittableRandom;
import org.openplip.image.RgbImage;

/// The colours of a picture as another laboratory might have stained it: the amounts of
/// haematoxylin, eosin and a third stain are told apart, each is multiplied and shifted at random,
/// and the picture is put together again (Tellez et al., IEEE Transactions on Medical Imaging
/// 2018).
///
/// By colour deconvolution (Ruifrok and Johnston, Analytical and Quantitative Cytology and
/// Histology 2001): the optical density `-log10(value / 255)` of red, green and blue is the sum of
/// the stains' vectors, each times its amount. With jitter s, amount a becomes `a * (1 + u) + v`,
/// where u and v are drawn evenly from -s to s for each stain.
///
/// Densities are rounded to [#STEPS] of a unit, so that a value may be off by one where the exact
/// result lies within 0.04 of the middle between two. The same on every machine.
final class StainJitter {
    /// The published vectors of haematoxylin, eosin and DAB: red, green, blue.
    static final double[][] STAINS = {{0.65, 0.70, 0.29}, {0.07, 0.99, 0.11}, {0.27, 0.57, 0.78}};

    private static final double[][] AMOUNTS = inverse(STAINS);

    /// Of an optical density of 1: fine enough that a density leads back to its own value.
    private static final int STEPS = 8192;

    /// The density beyond which every value is 0.
    private static final int DARKEST = 3;

    /// What value 0 counts as; its density would have no end.
    private static final double BLACK = 0.25;

    private static final double[] DENSITY = new double[256];
    private static final byte[] VALUE = new byte[DARKEST * STEPS + 1];

    static {
        for (int v = 0; v < 256; v++) DENSITY[v] = -StrictMath.log10(Math.max(v, BLACK) / 255);
        for (int i = 0; i < VALUE.length; i++) {
            VALUE[i] = (byte) Math.rint(255 * StrictMath.pow(10, -(double) i / STEPS));
        }
    }

    private StainJitter() {}

    /// `image` with the amounts of its stains drawn anew.
    static RgbImage drawn(RgbImage image, double jitter, SplittableRandom random) {
        double[] factors = new double[3];
        double[] shifts = new double[3];
        for (int stain = 0; stain < 3; stain++) {
            factors[stain] = 1 + jitter * (2 * random.nextDouble() - 1);
            shifts[stain] = jitter * (2 * random.nextDouble() - 1);
        }
        return apply(image, factors, shifts);
    }

    /// `image` with each stain's amount times its factor, plus its shift.
    static RgbImage apply(RgbImage image, double[] factors, double[] shifts) {
        // In steps: densities of the result = parts[c][to][value] over the channels c + offset[to]
        float[][][] parts = new float[3][3][256];
        float[] offset = new float[3];
        for (int to = 0; to < 3; to++) {
            double shift = 0;
            for (int stain = 0; stain < 3; stain++) shift += shifts[stain] * STAINS[stain][to];
            offset[to] = (float) (shift * STEPS) + 0.5f;
            for (int c = 0; c < 3; c++) {
                double weight = 0;
                for (int stain = 0; stain < 3; stain++) {
                    weight += AMOUNTS[c][stain] * factors[stain] * STAINS[stain][to];
                }
                for (int v = 0; v < 256; v++) {
                    parts[c][to][v] = (float) (weight * DENSITY[v] * STEPS);
                }
            }
        }
        byte[] from = image.pixels();
        byte[] result = new byte[from.length];
        for (int i = 0; i < from.length; i += 3) {
            int red = from[i] & 0xff;
            int green = from[i + 1] & 0xff;
            int blue = from[i + 2] & 0xff;
            for (int to = 0; to < 3; to++) {
                float density =
                        parts[0][to][red] + parts[1][to][green] + parts[2][to][blue] + offset[to];
                result[i + to] = VALUE[Math.clamp((int) density, 0, VALUE.length - 1)];
            }
        }
        return new RgbImage(image.width(), image.height(), result);
    }

    /// Of a 3 x 3 matrix, by its cofactors.
    private static double[][] inverse(double[][] m) {
        double[][] inverse = new double[3][3];
        double determinant = 0;
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                int a = (j + 1) % 3;
                int b = (j + 2) % 3;
                int c = (i + 1) % 3;
                int d = (i + 2) % 3;
                inverse[i][j] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
            }
        }
        for (int i = 0; i < 3; i++) determinant += m[0][i] * inverse[i][0];
        for (double[] row : inverse) {
            for (int j = 0; j < 3; j++) row[j] /= determinant;
        }
        return inverse;
    }
}
