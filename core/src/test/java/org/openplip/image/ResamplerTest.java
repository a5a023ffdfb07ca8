package org.openplip.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The oracle is the definition: a double-precision sum over every input pixel.
class ResamplerTest {
    private static final long SEED = 20230817;

    @Test
    void bicubicStaysWithinOneLevelOfTheDefinition() {
        compare(true);
    }

    @Test
    void bilinearStaysWithinOneLevelOfTheDefinition() {
        compare(false);
    }

    @Test
    void keepsAPictureOfTheSizeAskedFor() {
        RgbImage image = random(new Random(SEED), 7, 5);
        assertThat(Resampler.bicubic(image, 7, 5).pixels()).isEqualTo(image.pixels());
    }

    @Test
    void keepsAnEvenColourEven() {
        byte[] pixels = new byte[3 * 31 * 17];
        Arrays.fill(pixels, (byte) 201);
        for (byte b : Resampler.bicubic(new RgbImage(31, 17, pixels), 13, 40).pixels()) {
            assertThat(b & 0xff).isEqualTo(201);
        }
    }

    private static void compare(boolean bicubic) {
        Random random = new Random(SEED);
        for (int i = 0; i < 60; i++) {
            RgbImage image = random(random, 1 + random.nextInt(60), 1 + random.nextInt(60));
            int width = 1 + random.nextInt(60);
            int height = 1 + random.nextInt(60);
            RgbImage actual =
                    bicubic
                            ? Resampler.bicubic(image, width, height)
                            : Resampler.bilinear(image, width, height);
            Difference difference = Difference.of(actual, defined(image, width, height, bicubic));
            assertThat(difference.largest())
                    .as(
                            "seed %d, case %d: %d x %d to %d x %d: %s",
                            SEED, i, image.width(), image.height(), width, height, difference)
                    .isLessThanOrEqualTo(1);
        }
    }

    private static RgbImage random(Random random, int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        random.nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /// Rows rounded to 8 bits before the columns, as the result is defined by that too.
    private static RgbImage defined(RgbImage image, int width, int height, boolean bicubic) {
        byte[] rows = new byte[3 * width * image.height()];
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < width; x++) {
                double[] w = weights(image.width(), width, x, bicubic);
                for (int c = 0; c < 3; c++) {
                    double sum = 0;
                    for (int i = 0; i < w.length; i++) {
                        sum += w[i] * (image.pixels()[3 * (y * image.width() + i) + c] & 0xff);
                    }
                    rows[3 * (y * width + x) + c] = (byte) Math.clamp(Math.round(sum), 0, 255);
                }
            }
        }
        byte[] pixels = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            double[] w = weights(image.height(), height, y, bicubic);
            for (int i = 0; i < 3 * width; i++) {
                double sum = 0;
                for (int k = 0; k < w.length; k++) sum += w[k] * (rows[3 * width * k + i] & 0xff);
                pixels[3 * width * y + i] = (byte) Math.clamp(Math.round(sum), 0, 255);
            }
        }
        return new RgbImage(width, height, pixels);
    }

    /// Pillow takes a tap when its centre lies within the support, rounded to whole pixels, so the
    /// definition's weight beyond that is nil anyway.
    private static double[] weights(int from, int to, int at, boolean bicubic) {
        double scale = (double) from / to;
        double stretch = Math.max(1, scale);
        double[] w = new double[from];
        double sum = 0;
        for (int i = 0; i < from; i++) {
            double x = Math.abs((i + 0.5 - (at + 0.5) * scale) / stretch);
            if (bicubic) {
                w[i] =
                        x < 1
                                ? 1.5 * x * x * x - 2.5 * x * x + 1
                                : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
            } else {
                w[i] = Math.max(0, 1 - x);
            }
            sum += w[i];
        }
        for (int i = 0; i < from; i++) w[i] /= sum;
        return w;
    }
}
