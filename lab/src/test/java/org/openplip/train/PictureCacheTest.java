package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.RgbImage;

class PictureCacheTest {
    @TempDir private Path folder;

    private static RgbImage noise(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        new SplittableRandom(width).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    private static RgbImage crop(PictureCache cache, int number, int x, int y, int side)
            throws IOException {
        try (Augmentation.Resized kept = Objects.requireNonNull(cache.find(number))) {
            return kept.crop(x, y, side);
        }
    }

    @Test
    void givesBackEachCropOfWhatItKept() throws IOException {
        PictureCache cache = new PictureCache(folder, 1 << 20);
        RgbImage image = noise(30, 20);
        assertThat(cache.find(1234)).isNull();
        cache.keep(1234, image);
        // Another process has it too.
        for (PictureCache one : new PictureCache[] {cache, new PictureCache(folder, 0)}) {
            for (int[] corner : new int[][] {{0, 0}, {14, 4}, {5, 3}}) {
                assertThat(crop(one, 1234, corner[0], corner[1], 16).pixels())
                        .isEqualTo(image.crop(corner[0], corner[1], 16, 16).pixels());
            }
        }
    }

    @Test
    void staysWithinItsLimit() throws IOException {
        PictureCache cache = new PictureCache(folder, 2 * (8 + 3 * 400));
        for (int i = 0; i < 5; i++) cache.keep(i, noise(20, 20));
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(2);
        }
        assertThat(cache.find(1)).isNotNull();
        assertThat(cache.find(2)).isNull();
    }

    @Test
    void takesNothingFromAFileThatAPowerCutLeftShort() throws IOException {
        PictureCache cache = new PictureCache(folder, 1 << 20);
        cache.keep(7, noise(20, 20));
        Path file = folder.resolve("0000/7.rgb");
        for (int length : new int[] {0, 5, 8, 1000}) {
            Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
            assertThat(cache.find(7)).as("%d bytes", length).isNull();
        }
        cache.keep(7, noise(20, 20));
        assertThat(crop(cache, 7, 0, 0, 20).pixels()).isEqualTo(noise(20, 20).pixels());
    }

    @Test
    void aFullDiskIsNoReasonToEnd() throws IOException {
        Path file = Files.createFile(folder.resolve("no-folder"));
        PictureCache cache = new PictureCache(file, 1 << 20);
        cache.keep(7, noise(20, 20));
        assertThat(cache.kept()).isZero();
    }
}
