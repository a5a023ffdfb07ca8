package org.openplip.slide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.Difference;
import org.openplip.image.ImageEncoder;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

class TissueTest {
    private static final int GLASS = 0xf2f1f3;
    private static final int STAINED = 0xc05a9b;
    private static final int INK = 0x2a8f70;

    @TempDir private Path folder;

    @Test
    void splitsAHistogramWhereTheVarianceBetweenIsGreatest() {
        long[] histogram = new long[256];
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            double value =
                    i % 3 == 0 ? 180 + 20 * random.nextGaussian() : 60 + 15 * random.nextGaussian();
            histogram[Math.clamp(Math.round(value), 0, 255)]++;
        }
        int best = -1;
        double least = Double.MAX_VALUE;
        for (int t = 0; t < 255; t++) {
            double within = spread(histogram, 0, t + 1) + spread(histogram, t + 1, 256);
            if (within < least - 1e-6) {
                least = within;
                best = t;
            }
        }
        assertThat(Tissue.otsu(histogram)).isEqualTo(best);
    }

    /// The sum of squared deviations from the mean: least within where it is greatest between.
    private static double spread(long[] histogram, int from, int to) {
        double n = 0;
        double sum = 0;
        double squares = 0;
        for (int v = from; v < to; v++) {
            n += histogram[v];
            sum += (double) v * histogram[v];
            squares += (double) v * v * histogram[v];
        }
        return n == 0 ? 0 : squares - sum * sum / n;
    }

    @Test
    void findsStainAndLeavesOutGlassAndGreenInk() throws IOException {
        try (Slide slide = drawn(300, 200)) {
            Tissue tissue = Tissue.of(slide);
            assertThat(tissue.cellSize()).isEqualTo(1);
            assertThat(tissue.at(50, 100)).isTrue();
            assertThat(tissue.at(150, 100)).isFalse();
            assertThat(tissue.at(250, 100)).isFalse();
            assertThat(tissue.fraction()).isCloseTo(1 / 3.0, within(1e-9));
            assertThat(tissue.fraction(90, 0, 20, 10)).isCloseTo(0.5, within(1e-9));
            assertThat(tissue.fraction(-10, 0, 20, 10)).isCloseTo(0.5, within(1e-9));
            assertThat(tissue.fraction(0, 0, 100, 200)).isCloseTo(1, within(1e-9));
            assertThat(tissue.fraction(400, 0, 10, 10)).isZero();
        }
    }

    @Test
    void findsNoneOnEmptyGlassAndAllInAFullPicture() throws IOException {
        Random random = new Random(2);
        try (Slide glass = noisy(GLASS, random);
                Slide full = noisy(STAINED, random)) {
            assertThat(Tissue.of(glass).fraction()).isLessThan(0.01);
            assertThat(Tissue.of(full).fraction()).isGreaterThan(0.99);
        }
    }

    @Test
    void keepsTilesWithEnoughTissueAndCountsTheOthers() throws IOException {
        try (Slide slide = drawn(300, 200)) {
            TileGrid grid = TileGrid.ofLevel0(slide, 64, 0.5);
            assertThat(grid.columns()).isEqualTo(5);
            assertThat(grid.rows()).isEqualTo(4);
            assertThat(grid.tiles()).extracting(Tile::x).containsOnly(0L, 64L);
            assertThat(grid.tiles()).hasSize(6); // the last row holds 8 of 64 lines
            assertThat(grid.rejected()).isEqualTo(14);
            Tile second = grid.tiles().get(1);
            assertThat(second.tissueFraction()).isCloseTo(36 / 64.0, within(1e-9));
            RgbImage expected = slide.read(0, 64, 0, 64, 64);
            assertThat(grid.read(slide, second).pixels()).isEqualTo(expected.pixels());
            assertThatThrownBy(() -> TileGrid.of(slide, 0.5, 64, 0.5))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("no resolution");
        }
    }

    @Test
    void readsTilesAtAResolutionInMicrons() throws IOException {
        try (Slide slide = Slide.open(SlideTest.APERIO)) {
            TileGrid grid = TileGrid.of(slide, 0.998, 112, 0.5);
            assertThat(grid.columns()).isEqualTo(10);
            assertThat(grid.rows()).isEqualTo(14);
            assertThat(grid.tiles()).hasSize(140 - grid.rejected());
            Tile tile = grid.tiles().get(grid.tiles().size() / 2);
            assertThat(tile.width()).isEqualTo(224);
            RgbImage level0 = slide.read(0, tile.x(), tile.y(), 224, 224);
            Difference difference =
                    Difference.of(grid.read(slide, tile), Resampler.bicubic(level0, 112, 112));
            assertThat(difference.largest()).isZero();
        }
    }

    @Test
    void readsATileFromTheCoarsestLevelThatIsFineEnough() throws IOException {
        try (Slide slide = Slide.open(Path.of("src/test/resources/slide/pyramid.tif"))) {
            TileGrid grid = new TileGrid(List.of(), 0, 0, 0, 16, 0);
            RgbImage half = grid.read(slide, new Tile(32, 16, 32, 32, 1));
            assertThat(half.pixels()).isEqualTo(slide.read(1, 32, 16, 16, 16).pixels());
        }
    }

    @Test
    void findsAboutAThirdOfTheRealSlideToBeTissue() throws IOException {
        try (Slide slide = Slide.open(SlideTest.APERIO)) {
            Tissue tissue = Tissue.of(slide);
            assertThat(tissue.fraction()).isBetween(0.25, 0.45);
            assertThat(tissue.fraction(1110, 1900, 100, 100)).isGreaterThan(0.95); // epithelium
            assertThat(tissue.fraction(100, 1500, 400, 400)).isLessThan(0.02); // glass
        }
    }

    private Slide drawn(int width, int height) throws IOException {
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            int x = i % width;
            set(pixels, i, x < width / 3 ? STAINED : x < 2 * width / 3 ? GLASS : INK);
        }
        return slide(new RgbImage(width, height, pixels));
    }

    private Slide noisy(int rgb, Random random) throws IOException {
        byte[] pixels = new byte[3 * 200 * 200];
        for (int i = 0; i < 200 * 200; i++) {
            int noise = random.nextInt(5) | random.nextInt(5) << 8 | random.nextInt(5) << 16;
            set(pixels, i, rgb + noise);
        }
        return slide(new RgbImage(200, 200, pixels));
    }

    private static void set(byte[] pixels, int i, int rgb) {
        pixels[3 * i] = (byte) (rgb >> 16);
        pixels[3 * i + 1] = (byte) (rgb >> 8);
        pixels[3 * i + 2] = (byte) rgb;
    }

    private Slide slide(RgbImage image) throws IOException {
        Path file = Files.createTempFile(folder, "drawn", ".png");
        Files.write(file, ImageEncoder.png(image));
        return Slide.open(file);
    }
}
