package org.openplip.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Decodes JPEG, PNG, TIFF, GIF and BMP into 8-bit RGB; the kind is told from the first bytes,
/// never from the file's name.
///
/// The rules are those of Pillow's `Image.open(file).convert("RGB")`, with which CLIP and PLIP were
/// trained, except where the table says so:
///
/// | input | result |
/// | --- | --- |
/// | grey (1, 2, 4, 8 bits) | scaled to 0..255 and written into all three channels |
/// | palette | the colour of each entry |
/// | alpha, transparent colour | dropped, not blended; premultiplied TIFF is divided out first |
/// | CMYK, YCCK JPEG | always taken as Adobe's inverted form; `R = K - (255 - C) K / 255` |
/// | CMYK TIFF | `R = (255 - K) - C (255 - K) / 255` |
/// | 16 bits a channel | the high byte. Pillow does so for colour; it clips 16-bit grey at 255, which turns nearly every picture white, so here grey is treated like colour |
/// | EXIF orientation | not applied: neither the published code nor the model's training applied it, and tissue has no upright position. Turn a picture before, if its orientation matters |
/// | ICC profile, gamma | not applied |
/// | several pages or frames | the first |
///
/// Strict where Pillow can be lenient: a picture whose data ends early or is damaged is an error,
/// never filled with grey. Not supported, with a reason that says so: lossless, arithmetic-coded
/// and 12-bit JPEG; CCITT, floating-point and CIELab TIFF; WebP, HEIC, JPEG 2000 files.
///
/// JPEG is decoded by libjpeg-turbo where it is installed and by the JDK otherwise, about four
/// times slower, to the same pixels.
///
/// Thread-safe; nothing is written to disk.
public final class ImageDecoder {
    /// The largest picture that is decoded, in pixels: where Pillow 9 refuses, twice its
    /// `MAX_IMAGE_PIXELS`.
    public static final long MAXIMUM_PIXELS = 178_956_970L;

    private static final class Readers {
        static final ImageReaderSpi BMP = Providers.reader("com.sun.imageio.plugins.bmp.");
        static final ImageReaderSpi GIF = Providers.reader("com.sun.imageio.plugins.gif.");
    }

    private ImageDecoder() {}

    /// The picture in `file`.
    ///
    /// @throws DataException if the file cannot be read or is not a whole picture of a known kind
    public static RgbImage decode(Path file) throws DataException {
        byte[] bytes;
        try {
            if (Files.isDirectory(file))
                throw new DataException(file, "is a folder, not a picture");
            if (Files.size(file) > Integer.MAX_VALUE - 8) {
                throw new DataException(file, "is larger than 2 GiB");
            }
            bytes = Files.readAllBytes(file);
        } catch (DataException e) {
            throw e;
        } catch (NoSuchFileException e) {
            throw new DataException(file.toString(), null, "does not exist", e);
        } catch (AccessDeniedException e) {
            throw new DataException(file.toString(), null, "may not be read", e);
        } catch (IOException e) {
            throw new DataException(file.toString(), null, "cannot be read: " + e.getMessage(), e);
        }
        return decode(bytes, file.toString());
    }

    /// The picture in `bytes`.
    ///
    /// @param source what errors call it, usually its path
    /// @throws DataException if the bytes are not a whole picture of a known kind
    public static RgbImage decode(byte[] bytes, String source) throws DataException {
        if (bytes.length == 0) throw bad(source, "is empty (0 bytes)");
        try {
            if (starts(bytes, 0xff, 0xd8)) {
                return Jpeg.decode(bytes, null, Jpeg.Colour.AS_MARKED, source);
            }
            if (starts(bytes, 0x89, 'P', 'N', 'G')) return Png.decode(bytes, source);
            if (isTiff(bytes)) {
                try (TiffFile tiff = TiffFile.of(bytes, source)) {
                    return tiff.directories().getFirst().decode();
                }
            }
            if (starts(bytes, 'G', 'I', 'F', '8')) return other(Readers.GIF, bytes, source, "GIF");
            if (starts(bytes, 'B', 'M')) return other(Readers.BMP, bytes, source, "BMP");
        } catch (OutOfMemoryError e) {
            throw new DataException(source, null, "is too large for the memory there is", e);
        }
        throw bad(source, unknownKind(bytes));
    }

    private static boolean isTiff(byte[] bytes) {
        return starts(bytes, 'I', 'I', 42, 0)
                || starts(bytes, 'M', 'M', 0, 42)
                || starts(bytes, 'I', 'I', 43, 0)
                || starts(bytes, 'M', 'M', 0, 43);
    }

    private static String unknownKind(byte[] bytes) {
        String head = new String(bytes, 0, Math.min(16, bytes.length), StandardCharsets.ISO_8859_1);
        String kind =
                head.startsWith("RIFF") && head.startsWith("WEBP", 8)
                        ? "WebP"
                        : head.startsWith("ftyphei", 4) || head.startsWith("ftypmif", 4)
                                ? "HEIC"
                                : head.startsWith("ftypavif", 4)
                                        ? "AVIF"
                                        : head.startsWith("jP  ", 4) ? "JPEG 2000" : null;
        return kind == null
                ? "is not a JPEG, PNG, TIFF, GIF or BMP picture"
                : "is " + kind + ", which is not supported; convert it to PNG or JPEG";
    }

    private static RgbImage other(ImageReaderSpi provider, byte[] bytes, String source, String kind)
            throws DataException {
        try (ByteArrayImageInput input = new ByteArrayImageInput(bytes)) {
            ImageReader reader = provider.createReaderInstance();
            try {
                reader.setInput(input, false, true);
                checkSize(reader.getWidth(0), reader.getHeight(0), source);
                return rgb(reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new DataException(source, null, "is a damaged or truncated " + kind, e);
        }
    }

    /// Samples as they are stored: `getRGB` would take grey for linear light.
    private static RgbImage rgb(BufferedImage image) {
        if (image.getRaster().getNumBands() != 1) return RgbImage.of(image);
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[3 * width * height];
        int[] row = new int[width];
        for (int y = 0, i = 0; y < height; y++) {
            image.getRaster().getSamples(0, y, width, 1, 0, row);
            for (int sample : row) {
                int colour = sample * 0x010101;
                if (image.getColorModel() instanceof IndexColorModel palette) {
                    colour = palette.getRGB(Math.min(sample, palette.getMapSize() - 1));
                }
                pixels[i++] = (byte) (colour >> 16);
                pixels[i++] = (byte) (colour >> 8);
                pixels[i++] = (byte) colour;
            }
        }
        return new RgbImage(width, height, pixels);
    }

    static void checkSize(long width, long height, String source) throws DataException {
        if (width < 1 || height < 1) {
            throw bad(source, "claims a size of " + width + " x " + height + " pixels");
        }
        if (width > MAXIMUM_PIXELS || height > MAXIMUM_PIXELS / width) {
            throw bad(
                    source,
                    "claims %d x %d pixels; at most %d are decoded"
                            .formatted(width, height, MAXIMUM_PIXELS));
        }
    }

    static DataException bad(String source, String reason) {
        return new DataException(source, null, reason, null);
    }

    private static boolean starts(byte[] bytes, int... magic) {
        if (bytes.length < magic.length) return false;
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) return false;
        }
        return true;
    }

    /// The pixel value of Pillow's CMYK to RGB conversion: `light` is 255 - K, `ink` one of C, M,
    /// Y.
    static byte inked(int ink, int light) {
        int product = ink * light + 128;
        return (byte) (light - (((product >> 8) + product) >> 8));
    }

    static @Nullable String message(Throwable e) {
        String message = e.getMessage();
        return message == null ? null : message.lines().findFirst().orElse(null);
    }
}
