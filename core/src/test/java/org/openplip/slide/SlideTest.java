package org.openplip.slide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.image.Difference;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

class SlideTest {
    static final Path APERIO = Path.of("../data/CMU-1-Small-Region.svs");
    private static final Path RESOURCES = Path.of("src/test/resources/slide");
    private static final long SEED = 20230817;

    @TempDir private Path folder;

    @Test
    void readsWhatAnAperioSlideSaysOfItself() throws IOException {
        try (Slide slide = Slide.open(APERIO)) {
            assertThat(slide.width()).isEqualTo(2220);
            assertThat(slide.height()).isEqualTo(2967);
            assertThat(slide.levels()).containsExactly(new Level(2220, 2967, 1));
            assertThat(slide.micronsPerPixel()).hasValue(0.499);
            assertThat(slide.objectivePower()).hasValue(20);
        }
    }

    @ParameterizedTest
    @CsvSource({"1180, 1240", "1500, 2400", "2124, 2903"})
    void readsAperioPixelsAsOpenSlideDid(int x, int y) throws IOException {
        RgbImage expected =
                ImageDecoder.decode(RESOURCES.resolve("region-%d-%d.png".formatted(x, y)));
        try (Slide slide = Slide.open(APERIO)) {
            RgbImage actual = slide.read(0, x, y, 96, 64);
            assertThat(Difference.of(actual, expected).largest()).isZero();
        }
    }

    @Test
    void readsAnyRegionAsTheInstalledOpenSlideDoes() throws Throwable {
        Optional<OpenSlide> installed = OpenSlide.open(APERIO.toRealPath());
        assumeTrue(installed.isPresent(), "libopenslide.so.0 is not installed");
        Random random = new Random(SEED);
        try (OpenSlide openSlide = installed.get();
                Slide slide = Slide.open(APERIO)) {
            for (int i = 0; i < 20; i++) {
                int width = 1 + random.nextInt(700);
                int height = 1 + random.nextInt(700);
                int x = random.nextInt(slide.width() - width);
                int y = random.nextInt(slide.height() - height);
                Difference difference =
                        Difference.of(
                                slide.read(0, x, y, width, height),
                                openSlide.read(0, x, y, width, height));
                assertThat(difference.largest())
                        .as("seed %d, %d x %d at (%d, %d)", SEED, width, height, x, y)
                        .isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lzw-predictor.tif",
                "deflate-predictor.tif",
                "big-planes-lzw.tif",
                "big-endian-packbits.tif",
                "strips.tif",
                "small.png"
            })
    void readsWhatLibtiffWrote(String file) throws IOException {
        RgbImage expected = ImageDecoder.decode(RESOURCES.resolve("small.png"));
        try (Slide slide = Slide.open(RESOURCES.resolve(file))) {
            RgbImage actual = slide.read(0, 0, 0, slide.width(), slide.height());
            assertThat(Difference.of(actual, expected).largest()).isZero();
        }
        RgbImage decoded = ImageDecoder.decode(RESOURCES.resolve(file));
        assertThat(Difference.of(decoded, expected).largest()).isZero();
    }

    @Test
    void readsYcbcrJpegTilesWithSharedTablesAsLibtiffDoes() throws IOException {
        RgbImage expected = ImageDecoder.decode(RESOURCES.resolve("jpeg.expected.tif"));
        RgbImage actual = ImageDecoder.decode(RESOURCES.resolve("jpeg.tif"));
        assertThat(Difference.of(actual, expected).largest()).isZero();
    }

    @Test
    void findsTheLevelsOfABigTiffPyramid() throws IOException {
        RgbImage full = ImageDecoder.decode(RESOURCES.resolve("small.png"));
        try (Slide slide = Slide.open(RESOURCES.resolve("pyramid.tif"))) {
            assertThat(slide.levels()).containsExactly(new Level(70, 54, 1), new Level(35, 27, 2));
            RgbImage half = slide.read(1, 20, 10, 20, 15);
            for (int y = 0; y < 15; y++) {
                for (int x = 0; x < 20; x++) {
                    assertThat(half.rgb(x, y)).isEqualTo(full.rgb(20 + 2 * x, 10 + 2 * y));
                }
            }
        }
    }

    @Test
    void isWhiteOutsideTheSlide() throws IOException {
        RgbImage full = ImageDecoder.decode(RESOURCES.resolve("small.png"));
        try (Slide slide = Slide.open(RESOURCES.resolve("lzw-predictor.tif"))) {
            RgbImage around = slide.read(0, -5, -7, 85, 70);
            for (int y = 0; y < 70; y++) {
                for (int x = 0; x < 85; x++) {
                    boolean inside = x >= 5 && x < 75 && y >= 7 && y < 61;
                    int expected = inside ? full.rgb(x - 5, y - 7) : 0xffffff;
                    assertThat(around.rgb(x, y)).isEqualTo(expected);
                }
            }
            byte[] far = slide.read(0, 1L << 40, -(1L << 40), 3, 2).pixels();
            assertThat(far).containsOnly(255);
        }
    }

    @Test
    void readsAperioJpeg2000Tiles() throws IOException {
        RgbImage tile = ImageDecoder.decode(RESOURCES.resolve("small.png")).crop(0, 0, 48, 48);
        Path rgb = folder.resolve("rgb.tif");
        Files.write(rgb, tiff(48, 48, 48, 33005, 2, jpeg2000(tile)));
        try (Slide slide = Slide.open(rgb)) {
            RgbImage actual = slide.read(0, 0, 0, 48, 48);
            assertThat(Difference.of(actual, tile).largest()).isZero();
        }
        Path ycbcr = folder.resolve("ycbcr.tif");
        Files.write(ycbcr, tiff(48, 48, 48, 33003, 2, jpeg2000(toYcbcr(tile))));
        try (Slide slide = Slide.open(ycbcr)) {
            Difference difference = Difference.of(slide.read(0, 0, 0, 48, 48), tile);
            assertThat(difference.largest()).as(difference.toString()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void takesATileOfNoBytesForWhite() throws IOException {
        Path file = folder.resolve("empty.tif");
        Files.write(file, tiff(16, 16, 16, 1, 2, new byte[0]));
        try (Slide slide = Slide.open(file)) {
            assertThat(slide.read(0, 0, 0, 16, 16).pixels()).containsOnly(255);
        }
    }

    @Test
    void readsTheResolutionOfATiffAndIgnoresAPrinters() throws IOException {
        Path file = folder.resolve("resolution.tif");
        byte[] tiff = tiff(16, 16, 16, 1, 2, new byte[768]);
        Files.write(file, withResolution(tiff, 40_000)); // a centimetre
        try (Slide slide = Slide.open(file)) {
            assertThat(slide.micronsPerPixel().orElseThrow()).isCloseTo(0.25, within(1e-12));
        }
        Files.write(file, withResolution(tiff, 28));
        try (Slide slide = Slide.open(file)) {
            assertThat(slide.micronsPerPixel()).isEmpty();
        }
    }

    @Test
    void readsTheSamePixelsFromManyThreads() throws Exception {
        try (Slide slide = Slide.open(APERIO);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            byte[] expected = slide.read(0, 900, 900, 500, 500).pixels();
            Callable<byte[]> read = () -> slide.read(0, 900, 900, 500, 500).pixels();
            for (Future<byte[]> future : threads.invokeAll(List.of(read, read, read, read))) {
                assertThat(Arrays.equals(future.get(), expected)).isTrue();
            }
        }
    }

    @Test
    void keepsTheCacheWithinItsBytes() {
        BlockCache cache = new BlockCache(1000);
        for (int i = 0; i < 20; i++) {
            cache.put(new BlockCache.Key(0, i, 0), new RgbImage(10, 10, new byte[300]));
            assertThat(cache.get(new BlockCache.Key(0, 0, 0)))
                    .as("the block in use stays")
                    .isNotNull();
        }
        assertThat(cache.bytes()).isEqualTo(900);
        assertThat(cache.get(new BlockCache.Key(0, 1, 0))).isNull();
    }

    @Test
    void turnsDamageIntoADataExceptionAndNothingElse() throws IOException {
        Random random = new Random(SEED);
        int damaged = 0;
        for (String name : List.of("pyramid.tif", "jpeg.tif", "big-planes-lzw.tif")) {
            byte[] whole = Files.readAllBytes(RESOURCES.resolve(name));
            for (int i = 0; i < 100; i++) {
                byte[] bytes = whole.clone();
                int mutations = 1 + random.nextInt(4);
                int span = random.nextBoolean() ? bytes.length : 16;
                int from = random.nextInt(2) * (bytes.length - span);
                for (int m = 0; m < mutations; m++) {
                    bytes[from + random.nextInt(span)] = (byte) random.nextInt();
                }
                if (random.nextInt(4) == 0) {
                    bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                }
                Path file = Files.write(folder.resolve("fuzz.tif"), bytes);
                try (Slide slide = Slide.open(file)) {
                    for (int level = 0; level < slide.levels().size(); level++) {
                        slide.read(level, 0, 0, 70, 54);
                    }
                } catch (DataException e) {
                    assertThat(e.getMessage()).contains("fuzz.tif").doesNotContain("\n");
                    damaged++;
                }
            }
        }
        assertThat(damaged).as("seed %d", SEED).isGreaterThan(100);
    }

    @Test
    void refusesWhatIsNoSlideWithOneReason() throws IOException {
        Path text = Files.writeString(folder.resolve("slide.svs"), "not a slide");
        assertThatThrownBy(() -> Slide.open(text))
                .isInstanceOf(DataException.class)
                .hasMessage(text + ": is not a JPEG, PNG, TIFF, GIF or BMP picture");
        assertThatThrownBy(() -> Slide.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage(folder + ": is a folder, not a slide");
        Path missing = folder.resolve("missing.svs");
        assertThatThrownBy(() -> Slide.open(missing))
                .isInstanceOf(DataException.class)
                .hasMessage(missing + ": does not exist");
        Path loop = folder.resolve("loop.tif");
        byte[] bytes = tiff(16, 16, 16, 1, 2, new byte[768]);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8 + 2 + 12 * 12, 8);
        Files.write(loop, bytes);
        assertThatThrownBy(() -> Slide.open(loop))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("loop");
    }

    @Test
    void shrinksToAnOverviewOfMeans() throws IOException {
        byte[] pixels = new byte[3 * 5 * 3];
        for (int i = 0; i < 15; i++) Arrays.fill(pixels, 3 * i, 3 * i + 3, (byte) (10 * i));
        Path file = folder.resolve("ramp.png");
        Files.write(file, ImageEncoder.png(new RgbImage(5, 3, pixels)));
        try (Slide slide = Slide.open(file)) {
            Slide.Overview overview = slide.overview(3);
            assertThat(overview.downsample()).isEqualTo(2);
            assertThat(overview.image().width()).isEqualTo(3);
            assertThat(overview.image().height()).isEqualTo(2);
            int[] expected = {30, 50, 65, 105, 125, 140};
            for (int i = 0; i < 6; i++) {
                assertThat(overview.image().pixels()[3 * i] & 0xff).isEqualTo(expected[i]);
            }
        }
    }

    /// A little-endian TIFF of one tile, with centimetres as its unit and the resolution left at 0.
    private static byte[] tiff(
            int width, int height, int tile, int compression, int photometric, byte[] data) {
        int[][] entries = {
            {256, 4, 1, width}, {257, 4, 1, height}, {258, 3, 1, 8}, {259, 3, 1, compression},
            {262, 3, 1, photometric}, {277, 3, 1, 3}, {282, 5, 1, 158}, {283, 5, 1, 158},
            {296, 3, 1, 3}, {322, 4, 1, tile}, {323, 4, 1, tile}, {324, 4, 1, 166},
            {325, 4, 1, data.length}
        };
        // The count of values of tag 258 is 1: readers take it for all samples.
        int directory = 8;
        ByteBuffer out =
                ByteBuffer.allocate(8 + 2 + 12 * entries.length + 4 + 8 + data.length + 16);
        out.order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(directory);
        out.putShort((short) entries.length);
        int resolution = 8 + 2 + 12 * entries.length + 4;
        for (int[] e : entries) {
            int value = e[0] == 282 || e[0] == 283 ? resolution : e[3];
            if (e[0] == 324) value = resolution + 8;
            out.putShort((short) e[0]).putShort((short) e[1]).putInt(e[2]).putInt(value);
        }
        out.putInt(0).putInt(0).putInt(1).put(data);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] withResolution(byte[] tiff, int pixelsPerUnit) {
        byte[] changed = tiff.clone();
        ByteBuffer.wrap(changed)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(8 + 2 + 12 * 13 + 4, pixelsPerUnit);
        return changed;
    }

    /// The lossless codestream in the JP2 file that jai-imageio writes.
    private static byte[] jpeg2000(RgbImage image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg2000").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            // Its writer turns TYPE_INT_RGB into even grey without an error.
            BufferedImage bgr =
                    new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
            bgr.createGraphics().drawImage(image.toBufferedImage(), 0, 0, null);
            writer.write(bgr);
        } finally {
            writer.dispose();
        }
        byte[] jp2 = bytes.toByteArray();
        for (int i = 0; i < jp2.length - 8; i++) {
            if (new String(jp2, i, 4, StandardCharsets.ISO_8859_1).equals("jp2c")) {
                return Arrays.copyOfRange(jp2, i + 4, jp2.length);
            }
        }
        throw new IOException("no codestream in the JP2 file");
    }

    private static RgbImage toYcbcr(RgbImage image) {
        byte[] out = new byte[image.pixels().length];
        for (int i = 0; i < out.length; i += 3) {
            int r = image.pixels()[i] & 0xff;
            int g = image.pixels()[i + 1] & 0xff;
            int b = image.pixels()[i + 2] & 0xff;
            double y = 0.299 * r + 0.587 * g + 0.114 * b;
            out[i] = (byte) Math.round(y);
            out[i + 1] = (byte) Math.clamp(Math.round((b - y) / 1.772 + 128), 0, 255);
            out[i + 2] = (byte) Math.clamp(Math.round((r - y) / 1.402 + 128), 0, 255);
        }
        return new RgbImage(image.width(), image.height(), out);
    }
}
