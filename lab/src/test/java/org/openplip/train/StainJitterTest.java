package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.openplip.image.RgbImage;

class StainJitterTest {
    private static final double[] ONES = {1, 1, 1};
    private static final double[] NONE = {0, 0, 0};

    /// Every value in every channel.
    private static RgbImage colours() {
        byte[] pixels = new byte[3 * 256 * 16];
        new SplittableRandom(4).nextBytes(pixels);
        for (int v = 0; v < 256; v++) {
            for (int c = 0; c < 3; c++) pixels[3 * v + c] = (byte) v;
        }
        return new RgbImage(256, 16, pixels);
    }

    @Test
    void isTheSamePictureWhereNothingIsDrawn() {
        RgbImage image = colours();
        assertThat(StainJitter.apply(image, ONES, NONE).pixels()).isEqualTo(image.pixels());
        assertThat(StainJitter.drawn(image, 0, new SplittableRandom(1)).pixels())
                .isEqualTo(image.pixels());
    }

    /// The vectors are those that Ruifrok and Johnston printed; their inverse as NumPy 1.24 has it
    /// (`numpy.linalg.inv`). The amounts are found by it in double, pixel by pixel.
    @Test
    void isTheDeconvolutionOfThePaper() {
        double[][] vectors = {{0.65, 0.70, 0.29}, {0.07, 0.99, 0.11}, {0.27, 0.57, 0.78}};
        double[][] inverse = {
            {1.87798274, -1.00767869, -0.55611582},
            {-0.06590806, 1.13473037, -0.1355218},
            {-0.60190736, -0.48041419, 1.57358807}
        };
        double[] factors = {1.04, 0.93, 1.02};
        double[] shifts = {-0.03, 0.045, 0.01};
        RgbImage image = colours();
        byte[] changed = StainJitter.apply(image, factors, shifts).pixels();
        double largest = 0;
        int different = 0;
        for (int i = 0; i < changed.length; i += 3) {
            double[] amounts = new double[3];
            for (int stain = 0; stain < 3; stain++) {
                for (int c = 0; c < 3; c++) {
                    double value = Math.max(image.pixels()[i + c] & 0xff, 0.25);
                    amounts[stain] -= Math.log10(value / 255) * inverse[c][stain];
                }
                amounts[stain] = amounts[stain] * factors[stain] + shifts[stain];
            }
            for (int c = 0; c < 3; c++) {
                double density = 0;
                for (int stain = 0; stain < 3; stain++) {
                    density += amounts[stain] * vectors[stain][c];
                }
                double exact = Math.clamp(255 * Math.pow(10, -density), 0, 255);
                largest = Math.max(largest, Math.abs((changed[i + c] & 0xff) - exact));
                if (changed[i + c] != image.pixels()[i + c]) different++;
            }
        }
        assertThat(largest).isLessThan(0.54);
        assertThat(different).isGreaterThan(changed.length / 2);
    }

    @Test
    void moreEosinMakesGreenDarkestAndLeavesWhiteWhite() {
        RgbImage pink =
                new RgbImage(2, 1, new byte[] {-1, -1, -1, (byte) 230, (byte) 140, (byte) 200});
        byte[] redder = StainJitter.apply(pink, new double[] {1, 1.2, 1}, NONE).pixels();
        assertThat(redder).startsWith(-1, -1, -1);
        int green = (pink.pixels()[4] & 0xff) - (redder[4] & 0xff);
        assertThat(green).isGreaterThan(10);
        assertThat((pink.pixels()[3] & 0xff) - (redder[3] & 0xff)).isBetween(0, green / 4);
    }
}
