package org.openplip.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;

class ImageDecoderTest {
    private static final Path REFERENCE = Path.of("src/test/resources/preprocess");
    private static final long SEED = 20230817;

    /// Of each sample. 300 were tried when this was written.
    private static final int MUTATIONS = 60;

    @TempDir private Path folder;

    static List<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(REFERENCE)) {
            return files.filter(f -> !f.toString().contains("expected"))
                    .filter(f -> !f.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    /// The JDK's own writers are the oracle: what they were given must come back.
    @ParameterizedTest
    @CsvSource({
        "png, false",
        "png, true",
        "tiff:LZW, false",
        "tiff:Deflate, false",
        "tiff:ZLib, false",
        "tiff:PackBits, false",
        "gif, false",
        "bmp, false"
    })
    void givesBackWhatAnotherEncoderWrote(String format, boolean progressive) throws IOException {
        Random random = new Random(SEED);
        for (int type :
                new int[] {
                    BufferedImage.TYPE_3BYTE_BGR,
                    BufferedImage.TYPE_4BYTE_ABGR,
                    BufferedImage.TYPE_BYTE_GRAY,
                    BufferedImage.TYPE_USHORT_GRAY,
                    BufferedImage.TYPE_BYTE_BINARY,
                    BufferedImage.TYPE_BYTE_INDEXED
                }) {
            boolean indexed =
                    type == BufferedImage.TYPE_BYTE_BINARY
                            || type == BufferedImage.TYPE_BYTE_INDEXED;
            if (format.equals("gif") && !indexed) continue;
            if (format.equals("bmp") && type > BufferedImage.TYPE_BYTE_GRAY) continue;
            if (format.equals("bmp") && type == BufferedImage.TYPE_4BYTE_ABGR) continue;
            BufferedImage image = random(type, 37, 29, random);
            byte[] bytes = write(image, format, progressive);
            RgbImage decoded = ImageDecoder.decode(bytes, format);
            assertThat(Difference.of(decoded, plain(image)).largest())
                    .as("%s of type %d, seed %d", format, type, SEED)
                    .isZero();
        }
    }

    @Test
    void expandsPalettesOfTwoAndFourBits() throws IOException {
        Random random = new Random(SEED);
        for (int bits : new int[] {1, 2, 4}) {
            byte[][] colours = new byte[3][1 << bits];
            for (byte[] channel : colours) random.nextBytes(channel);
            IndexColorModel palette =
                    new IndexColorModel(bits, 1 << bits, colours[0], colours[1], colours[2]);
            BufferedImage image = new BufferedImage(13, 7, BufferedImage.TYPE_BYTE_BINARY, palette);
            fill(image.getRaster(), random, (1 << bits) - 1);
            for (String format : new String[] {"png", "tiff:LZW"}) {
                RgbImage decoded = ImageDecoder.decode(write(image, format, false), format);
                assertThat(Difference.of(decoded, plain(image)).largest())
                        .as("%s, %d bits", format, bits)
                        .isZero();
            }
        }
    }

    @Test
    void ignoresExifOrientationAndOtherApplicationData() throws IOException {
        byte[] jpeg = Files.readAllBytes(REFERENCE.resolve("jpeg.jpg"));
        byte[] exif = {
            (byte) 0xff,
            (byte) 0xe1,
            0,
            34,
            'E',
            'x',
            'i',
            'f',
            0,
            0,
            'M',
            'M',
            0,
            42,
            0,
            0,
            0,
            8,
            0,
            1,
            1,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            6,
            0,
            0,
            0,
            0,
            0,
            0
        };
        byte[] nonsense = {(byte) 0xff, (byte) 0xe2, 0, 9, 'I', 'C', 'C', '_', 1, 2, 3};
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.writeBytes(exif);
        out.writeBytes(nonsense);
        out.write(jpeg, 2, jpeg.length - 2);
        assertThat(ImageDecoder.decode(out.toByteArray(), "exif").pixels())
                .isEqualTo(ImageDecoder.decode(jpeg, "plain").pixels());
    }

    @Test
    void takesTheColourModelFromTheAdobeSegment() throws IOException {
        byte[] cmyk = Files.readAllBytes(REFERENCE.resolve("cmyk.jpg"));
        int transform = find(cmyk, "Adobe") + 11;
        assertThat(cmyk[transform]).isZero();
        ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
        reader.setInput(new ByteArrayImageInput(cmyk));
        Raster stored = reader.readRaster(0, null);
        cmyk[transform] = 2;
        RgbImage ycck = ImageDecoder.decode(cmyk, "ycck");
        byte[] expected = new byte[ycck.pixels().length];
        double[] p = new double[4];
        for (int i = 0; i < expected.length / 3; i++) {
            stored.getPixel(i % ycck.width(), i / ycck.width(), p);
            double cb = p[1] - 128;
            double cr = p[2] - 128;
            double[] ink = {
                p[0] + 1.402 * cr, p[0] - 0.344136 * cb - 0.714136 * cr, p[0] + 1.772 * cb
            };
            for (int c = 0; c < 3; c++) {
                double level = p[3] * (255 - Math.clamp(ink[c], 0.0, 255.0)) / 255;
                expected[3 * i + c] = (byte) Math.round(level);
            }
        }
        RgbImage defined = new RgbImage(ycck.width(), ycck.height(), expected);
        assertThat(Difference.of(ycck, defined).largest()).isLessThanOrEqualTo(1);

        byte[] even = ImageEncoder.jpeg(even(16, 16, 200, 100, 50), 100);
        int jfif = find(even, "JFIF") - 4;
        byte[] rgb = new byte[even.length - 18 + 16];
        byte[] adobe = {
            (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
        };
        System.arraycopy(even, 0, rgb, 0, jfif);
        System.arraycopy(adobe, 0, rgb, jfif, 16);
        System.arraycopy(even, jfif + 18, rgb, jfif + 16, even.length - jfif - 18);
        int[] raw = channels(ImageDecoder.decode(rgb, "rgb").rgb(8, 8));
        int[] converted = channels(ImageDecoder.decode(even, "ycbcr").rgb(8, 8));
        assertThat(near(converted, 200, 100, 50)).as(Arrays.toString(converted)).isTrue();
        assertThat(near(raw, 124, 86, 182)).as(Arrays.toString(raw)).isTrue(); // Y, Cb, Cr
    }

    @ParameterizedTest
    @MethodSource("samples")
    void refusesATruncatedPicture(Path sample) throws IOException {
        byte[] whole = Files.readAllBytes(sample);
        for (int i = 1; i <= 20; i++) {
            int length = i == 20 ? whole.length - 1 : whole.length * i / 20;
            if (i < 20) length = Math.max(1, length);
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ImageDecoder.decode(cut, "cut"))
                    .as("%s cut to %d of %d", sample.getFileName(), length, whole.length)
                    .isInstanceOf(DataException.class)
                    .hasMessageMatching("cut: .*(truncated|damaged).*");
        }
    }

    @Test
    void refusesAJpegThatWasCutAndClosedAgain() throws IOException {
        byte[] cut = Arrays.copyOf(Files.readAllBytes(REFERENCE.resolve("jpeg.jpg")), 60_000);
        cut[59_998] = (byte) 0xff;
        cut[59_999] = (byte) 0xd9;
        assertThatThrownBy(() -> ImageDecoder.decode(cut, "cut.jpg"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cut.jpg: is a damaged JPEG");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void turnsDamageIntoADataExceptionAndNothingElse(Path sample) throws IOException {
        Random random = new Random(SEED);
        byte[] whole = Files.readAllBytes(sample);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = whole.clone();
            int span = i % 2 == 0 ? bytes.length : Math.min(bytes.length, 700);
            for (int m = random.nextInt(4); m >= 0; m--) {
                bytes[random.nextInt(span)] = (byte) random.nextInt();
            }
            if (i % 3 == 0) repairChecksums(bytes);
            try {
                assertThat(ImageDecoder.decode(bytes, "fuzz")).isNotNull();
            } catch (DataException e) {
                assertThat(e.getMessage()).startsWith("fuzz: ").doesNotContain("\n");
            } catch (RuntimeException | Error e) {
                throw new AssertionError(sample + ", seed " + SEED + ", mutation " + i, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "tif", "gif"})
    void refusesAPictureThatClaimsTooManyPixels(String kind) throws IOException {
        RgbImage small = even(8, 8, 1, 2, 3);
        byte[] bytes =
                switch (kind) {
                    case "png" -> ImageEncoder.png(small);
                    case "jpg" -> ImageEncoder.jpeg(small, 90);
                    case "tif" -> write(small.toBufferedImage(), "tiff:LZW", false);
                    default -> write(small.toBufferedImage(), kind, false);
                };
        ByteBuffer header = ByteBuffer.wrap(bytes);
        switch (kind) {
            case "png" -> {
                header.putInt(16, 100_000).putInt(20, 100_000);
                repairChecksums(bytes);
            }
            case "jpg" -> header.putInt(find(bytes, "\u00ff\u00c0") + 5, 0xfff0fff0);
            case "tif" -> {
                for (int i = 8; i < bytes.length - 12; i += 1) {
                    if (header.getShort(i) == 256 || header.getShort(i) == 257) {
                        if (header.getShort(i + 2) == 3) header.putShort(i + 8, (short) 0xfff0);
                        if (header.getShort(i + 2) == 4) header.putInt(i + 8, 0xfff0);
                    }
                }
            }
            default -> {
                int frame =
                        new String(bytes, StandardCharsets.ISO_8859_1).indexOf(",\0\0\0\0\b\0\b\0");
                header.putInt(frame + 5, 0xf0fff0ff);
            }
        }
        assertThatThrownBy(() -> ImageDecoder.decode(bytes, "huge"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pixels; at most 178956970 are decoded");
    }

    @Test
    void givesOneReasonForWhatIsNoPicture() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.jpg"));
        Path text = Files.writeString(folder.resolve("text.png"), "hello, this is text");
        Path webp = Files.writeString(folder.resolve("a.webp"), "RIFF1234WEBPVP8 ");
        Path missing = folder.resolve("missing.png");
        assertReason(empty, "is empty (0 bytes)");
        assertReason(text, "is not a JPEG, PNG, TIFF, GIF or BMP picture");
        assertReason(webp, "is WebP, which is not supported; convert it to PNG or JPEG");
        assertReason(folder, "is a folder, not a picture");
        assertReason(missing, "does not exist");
    }

    @Test
    void decodesByContentNotByName() throws IOException {
        Path misnamed = folder.resolve("picture.jpg");
        Files.copy(REFERENCE.resolve("exact.png"), misnamed);
        assertThat(ImageDecoder.decode(misnamed).pixels())
                .isEqualTo(ImageDecoder.decode(REFERENCE.resolve("exact.png")).pixels());
    }

    @Test
    void readsWhatTheEncoderWrites() throws IOException {
        RgbImage image = ImageDecoder.decode(REFERENCE.resolve("exact.png"));
        RgbImage png = ImageDecoder.decode(ImageEncoder.png(image), "png");
        assertThat(png.pixels()).isEqualTo(image.pixels());
        double fine =
                Difference.of(ImageDecoder.decode(ImageEncoder.jpeg(image, 95), "j"), image).mean();
        double coarse =
                Difference.of(ImageDecoder.decode(ImageEncoder.jpeg(image, 20), "j"), image).mean();
        assertThat(fine).isLessThan(6);
        assertThat(coarse).isGreaterThan(fine);
        assertThat(ImageEncoder.jpeg(image, 95).length)
                .isGreaterThan(ImageEncoder.jpeg(image, 20).length);
    }

    private static void assertReason(Path file, String reason) {
        assertThatThrownBy(() -> ImageDecoder.decode(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": " + reason);
    }

    private static BufferedImage random(int type, int width, int height, Random random) {
        BufferedImage image = new BufferedImage(width, height, type);
        int largest =
                switch (type) {
                    case BufferedImage.TYPE_USHORT_GRAY -> 65_535;
                    case BufferedImage.TYPE_BYTE_BINARY -> 1;
                    default -> 255;
                };
        fill(image.getRaster(), random, largest);
        return image;
    }

    private static void fill(WritableRaster raster, Random random, int largest) {
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int x = 0; x < raster.getWidth(); x++) {
                for (int b = 0; b < raster.getNumBands(); b++) {
                    raster.setSample(x, y, b, random.nextInt(largest + 1));
                }
            }
        }
    }

    /// The rules of [ImageDecoder], pixel by pixel.
    private static RgbImage plain(BufferedImage image) {
        int width = image.getWidth();
        byte[] pixels = new byte[3 * width * image.getHeight()];
        WritableRaster raster = image.getRaster();
        for (int i = 0; i < width * image.getHeight(); i++) {
            int x = i % width;
            int y = i / width;
            for (int c = 0; c < 3; c++) {
                int value = raster.getSample(x, y, raster.getNumBands() < 3 ? 0 : c);
                if (image.getColorModel() instanceof IndexColorModel palette) {
                    value = palette.getRGB(value) >> (16 - 8 * c);
                } else if (image.getType() == BufferedImage.TYPE_USHORT_GRAY) {
                    value >>= 8;
                }
                pixels[3 * i + c] = (byte) value;
            }
        }
        return new RgbImage(width, image.getHeight(), pixels);
    }

    private static byte[] write(BufferedImage image, String format, boolean progressive)
            throws IOException {
        String[] name = format.split(":");
        ImageWriter writer = null;
        for (var all = ImageIO.getImageWritersByFormatName(name[0]); all.hasNext(); ) {
            ImageWriter next = all.next();
            if (next.getClass().getName().startsWith("com.sun.imageio")) writer = next;
        }
        if (writer == null) throw new IOException("no writer for " + name[0]);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            if (name.length > 1) {
                parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                parameters.setCompressionType(name[1]);
            }
            if (progressive) parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /// Makes the checksums of a damaged PNG right, so that the damage gets past them.
    private static void repairChecksums(byte[] bytes) {
        ByteBuffer png = ByteBuffer.wrap(bytes);
        int at = 8;
        while (bytes[0] == (byte) 0x89 && at + 12 <= bytes.length) {
            int length = png.getInt(at);
            if (length < 0 || length > bytes.length - at - 12) return;
            CRC32 crc = new CRC32();
            crc.update(bytes, at + 4, length + 4);
            png.putInt(at + 8 + length, (int) crc.getValue());
            at += 12 + length;
        }
    }

    private static int find(byte[] bytes, String text) {
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        if (at < 0) throw new IllegalArgumentException("no " + text);
        return at;
    }

    private static RgbImage even(int width, int height, int r, int g, int b) {
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.length; i += 3) {
            pixels[i] = (byte) r;
            pixels[i + 1] = (byte) g;
            pixels[i + 2] = (byte) b;
        }
        return new RgbImage(width, height, pixels);
    }

    private static int[] channels(int rgb) {
        return new int[] {rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff};
    }

    private static boolean near(int[] rgb, int r, int g, int b) {
        return Math.abs(rgb[0] - r) <= 3 && Math.abs(rgb[1] - g) <= 3 && Math.abs(rgb[2] - b) <= 3;
    }
}
