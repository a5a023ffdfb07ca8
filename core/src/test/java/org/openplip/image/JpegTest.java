package org.openplip.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.plugins.jpeg.JPEGImageWriteParam;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openplip.image.internal.TurboJpeg;
import org.openplip.io.DataException;

/// libjpeg-turbo against the JDK's libjpeg and against Pillow: the same pixels, the same refusals.
class JpegTest {
    private static final Path REFERENCE = Path.of("src/test/resources/jpeg");
    private static final long SEED = 20230817;
    private static final int MUTATIONS = 2000;

    static List<Path> references() throws IOException {
        try (Stream<Path> files = Files.list(REFERENCE)) {
            return files.filter(f -> f.toString().endsWith(".jpg")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("references")
    void givesThePixelsThatPillowGives(Path file) throws IOException {
        String name = file.toString().replace(".jpg", ".expected.png");
        RgbImage expected = ImageDecoder.decode(Path.of(name));
        byte[] bytes = Files.readAllBytes(file);
        assertThat(Difference.of(byJdk(bytes), expected).largest()).as("the JDK").isZero();
        RgbImage turbo = byTurbo(bytes, turbo());
        assertThat(Difference.of(turbo, expected).largest()).as("libjpeg-turbo").isZero();
        assertThat(turbo().decode(bytes, 0, bytes.length, turbo.width(), turbo.height()))
                .as("not by way of the JDK")
                .hasValueSatisfying(pixels -> assertThat(pixels).isEqualTo(turbo.pixels()));
    }

    @Test
    void givesTheJdksPixelsForEveryForm() throws IOException {
        TurboJpeg turbo = turbo();
        Random random = new Random(SEED);
        for (int i = 0; i < 400; i++) {
            Form form = Form.random(random);
            byte[] bytes = form.write(random);
            RgbImage jdk = byJdk(bytes);
            assertThat(byTurbo(bytes, turbo).pixels())
                    .as("seed %d, picture %d: %s", SEED, i, form)
                    .isEqualTo(jdk.pixels());
            if (form.factors == 0x12) continue; // known to differ, hence not handed over
            assertThat(turbo.decode(bytes, 0, bytes.length, form.width, form.height))
                    .as("by libjpeg-turbo itself, seed %d, picture %d: %s", SEED, i, form)
                    .hasValueSatisfying(pixels -> assertThat(pixels).isEqualTo(jdk.pixels()));
        }
    }

    /// Pixels of damage that nobody notices may differ: coefficients beyond what any picture has
    /// wrap around in one library and saturate in the other.
    @Test
    void refusesWhatTheJdkRefusesHoweverDamagedAndForItsReasons() throws IOException {
        TurboJpeg turbo = turbo();
        Random random = new Random(SEED);
        int pictures = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = Form.random(random).write(random);
            int span = i % 2 == 0 ? bytes.length : Math.min(bytes.length, 700);
            for (int m = random.nextInt(4); m >= 0; m--) {
                bytes[2 + random.nextInt(span - 2)] = (byte) random.nextInt();
            }
            Optional<String> reason = refusal(bytes, Optional.empty());
            assertThat(refusal(bytes, Optional.of(turbo)))
                    .as("seed %d, mutation %d", SEED, i)
                    .isEqualTo(reason);
            if (reason.isEmpty()) pictures++;
        }
        System.out.printf(
                Locale.ROOT, "%d of %d damaged JPEGs are pictures%n", pictures, MUTATIONS);
        assertThat(pictures).isBetween(MUTATIONS / 10, MUTATIONS * 9 / 10);
    }

    /// libjpeg-turbo's fast Huffman decoder, left to itself, takes such a code for a zero.
    @Test
    void refusesCodesThatStandForNothing() throws IOException {
        TurboJpeg turbo = turbo();
        Random random = new Random(SEED);
        byte[] whole = new Form(200, 200, 0x11, 95, false, false, false, 0).write(random);
        int overlooked = 0;
        for (int i = 0; i < 200; i++) {
            byte[] bytes = whole.clone();
            int at = 1000 + random.nextInt(bytes.length / 2);
            for (int k = 0; k < 6; k++) bytes[at + k] = (byte) (k % 2 == 0 ? 0xff : 0);
            Optional<String> reason = refusal(bytes, Optional.empty());
            boolean alone = turbo.decode(bytes, 0, bytes.length, 200, 200).isPresent();
            if (alone && reason.isPresent()) overlooked++;
            assertThat(refusal(bytes, Optional.of(turbo)))
                    .as("seed %d, damage %d at %d", SEED, i, at)
                    .isEqualTo(reason);
        }
        assertThat(overlooked).as("damage that the fast decoder overlooks").isPositive();
    }

    @Test
    void refusesAFileThatEndsInAnEmptyScanHeader() throws IOException {
        byte[] whole = Files.readAllBytes(REFERENCE.resolve("420.jpg"));
        int scan = 0;
        while ((whole[scan] & 0xff) != 0xff || (whole[scan + 1] & 0xff) != 0xda) scan++;
        byte[] bytes = Arrays.copyOf(whole, scan + 4);
        bytes[scan + 2] = 0;
        bytes[scan + 3] = 2;
        assertThat(refusal(bytes, TurboJpeg.installed())).hasValue("is a truncated JPEG");
    }

    private static TurboJpeg turbo() {
        assumeTrue(
                TurboJpeg.installed().isPresent(),
                "libturbojpeg.so.0 is not installed (Debian: libturbojpeg0)");
        return TurboJpeg.installed().orElseThrow();
    }

    private static RgbImage byJdk(byte[] bytes) throws DataException {
        return Jpeg.decode(bytes, null, Jpeg.Colour.AS_MARKED, "test", Optional.empty());
    }

    private static RgbImage byTurbo(byte[] bytes, TurboJpeg turbo) throws DataException {
        return Jpeg.decode(bytes, null, Jpeg.Colour.AS_MARKED, "test", Optional.of(turbo));
    }

    private static Optional<String> refusal(byte[] bytes, Optional<TurboJpeg> turbo) {
        try {
            RgbImage _ = Jpeg.decode(bytes, null, Jpeg.Colour.AS_MARKED, "test", turbo);
            return Optional.empty();
        } catch (DataException e) {
            return Optional.of(e.reason());
        }
    }

    /// How to write a JPEG.
    ///
    /// @param factors of the first component, horizontal and vertical; 0 for grey
    /// @param restarts MCUs between restart markers, or 0
    private record Form(
            int width,
            int height,
            int factors,
            int quality,
            boolean progressive,
            boolean ownTables,
            boolean smooth,
            int restarts) {
        static Form random(Random random) {
            int[] all = {0, 0x11, 0x21, 0x22, 0x22, 0x12};
            return new Form(
                    1 + random.nextInt(70),
                    1 + random.nextInt(70),
                    all[random.nextInt(all.length)],
                    1 + random.nextInt(100),
                    random.nextInt(3) == 0,
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0);
        }

        byte[] write(Random random) throws IOException {
            ImageWriter writer =
                    Providers.writer("com.sun.imageio.plugins.jpeg.").createWriterInstance();
            BufferedImage image = draw(random);
            JPEGImageWriteParam parameters = (JPEGImageWriteParam) writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality / 100f);
            parameters.setOptimizeHuffmanTables(ownTables);
            if (progressive) parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            IIOMetadata metadata =
                    writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), parameters);
            String format = "javax_imageio_jpeg_image_1.0";
            IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(format);
            if (factors != 0) {
                IIOMetadataNode luma =
                        (IIOMetadataNode) root.getElementsByTagName("componentSpec").item(0);
                luma.setAttribute("HsamplingFactor", "" + (factors >> 4));
                luma.setAttribute("VsamplingFactor", "" + (factors & 15));
            }
            if (restarts > 0) {
                IIOMetadataNode interval = new IIOMetadataNode("dri");
                interval.setAttribute("interval", "" + restarts);
                root.getElementsByTagName("markerSequence").item(0).appendChild(interval);
            }
            metadata.setFromTree(format, root);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
                writer.setOutput(out);
                writer.write(null, new IIOImage(image, null, metadata), parameters);
            } finally {
                writer.dispose();
            }
            return bytes.toByteArray();
        }

        private BufferedImage draw(Random random) {
            BufferedImage image =
                    new BufferedImage(
                            width,
                            height,
                            factors == 0
                                    ? BufferedImage.TYPE_BYTE_GRAY
                                    : BufferedImage.TYPE_3BYTE_BGR);
            WritableRaster raster = image.getRaster();
            double[] waves = random.doubles(9, 0, 0.5).toArray();
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int b = 0; b < raster.getNumBands(); b++) {
                        double wave =
                                Math.sin(
                                        waves[3 * b] * x + waves[3 * b + 1] * y + waves[3 * b + 2]);
                        int noise = smooth ? 0 : random.nextInt(101) - 50;
                        int level = (int) (128 + 120 * wave) + noise;
                        raster.setSample(x, y, b, Math.clamp(level, 0, 255));
                    }
                }
            }
            return image;
        }
    }
}
