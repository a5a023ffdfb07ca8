package org.openplip.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The oracles are Pillow and the definition, a double-precision sum over every input pixel.
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

    /// Digests of what Pillow 9.4.0 made of [#patterned] pictures with `Image.resize`.
    @ParameterizedTest
    @CsvSource({
        "512, 512, 224, 224, 330b806b5232fc8e, d39f6260983d288c",
        "700, 1100, 224, 352, 32b4478d44d12414, fe3584f245ca5311",
        "1300, 30, 97, 224, 6e809bfd9226bcd2, 4944749ceaf44080",
        "3, 600, 2, 1100, 921b6eb77fa3afb2, 4af1b0e0dd5a012a",
        "1, 1, 5, 7, 04a5c54547e61211, 04a5c54547e61211",
        "2, 3, 224, 336, 56a29a82e458fe02, f27f2ce543cdc1a5",
        "640, 480, 640, 100, 4e1b1cb58c5c4522, ae698b27a1ce99ec",
        "640, 480, 100, 480, 3faf13812ad25433, a873984bee5fd098",
        "50, 1500, 150, 20, cb82b879432acc28, 5b7b3fb969d4a9c9",
        "2000, 700, 32, 32, 786d2c51d0a8e998, beab755a70961f32"
    })
    void givesPillowsPixels(
            int width, int height, int newWidth, int newHeight, String bicubic, String bilinear)
            throws NoSuchAlgorithmException {
        RgbImage image = patterned(width, height);
        assertThat(digest(Resampler.bicubic(image, newWidth, newHeight))).isEqualTo(bicubic);
        assertThat(digest(Resampler.bilinear(image, newWidth, newHeight))).isEqualTo(bilinear);
    }

    /// As [#givesPillowsPixels]; sizes whose ratios cannot be written exactly in binary too.
    @ParameterizedTest
    @CsvSource({
        "512, 512, 224, 224, b0f055a55376a5fd",
        "701, 1103, 224, 352, 6aee3bab88443d7f",
        "1300, 30, 97, 224, 9a23e88cc68c5a06",
        "3, 600, 2, 1100, bbe67890857473b6",
        "1, 1, 5, 7, 04a5c54547e61211",
        "1009, 613, 505, 306, 4934649206f08e23",
        "640, 480, 640, 100, c34e84cdfb187bfd",
        "1009, 613, 32, 19, 517acf5301bbfd33"
    })
    void takesTheNearestPixelAsPillowDoes(
            int width, int height, int newWidth, int newHeight, String nearest)
            throws NoSuchAlgorithmException {
        RgbImage image = patterned(width, height);
        assertThat(digest(Resampler.nearest(image, newWidth, newHeight))).isEqualTo(nearest);
    }

    @Test
    void givesForACropWhatCroppingTheWholeGives() {
        Random random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            RgbImage image = random(random, 1 + random.nextInt(90), 1 + random.nextInt(90));
            int width = 1 + random.nextInt(90);
            int height = 1 + random.nextInt(90);
            int x = random.nextInt(width);
            int y = random.nextInt(height);
            int cropWidth = 1 + random.nextInt(width - x);
            int cropHeight = 1 + random.nextInt(height - y);
            RgbImage whole = Resampler.bicubic(image, width, height);
            assertThat(
                            Resampler.bicubic(image, width, height, x, y, cropWidth, cropHeight)
                                    .pixels())
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(whole.crop(x, y, cropWidth, cropHeight).pixels());
        }
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

    /// Bytes of a linear congruential generator, every third stretch of 51 made black and white.
    private static RgbImage patterned(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        int state = width * 65537 + height;
        for (int i = 0; i < pixels.length; i++) {
            state = state * 1664525 + 1013904223;
            int value = state >>> 24;
            if (i / 51 % 3 == 0) value = value < 128 ? 0 : 255;
            pixels[i] = (byte) value;
        }
        return new RgbImage(width, height, pixels);
    }

    private static String digest(RgbImage image) throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(image.pixels());
        return HexFormat.of().formatHex(digest, 0, 8);
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
