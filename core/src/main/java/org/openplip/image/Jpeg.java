package org.openplip.image;

import static org.openplip.image.ImageDecoder.bad;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import javax.imageio.IIOException;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;
import org.openplip.image.internal.TurboJpeg;
import org.openplip.io.DataException;

/// Decodes JPEG through libjpeg-turbo where it is installed, and the JDK's libjpeg otherwise,
/// handing it only what makes the pixels.
///
/// libjpeg-turbo gets what both decode to the same bit: one or three components, 4:4:4, 4:2:2 or
/// 4:2:0, all of each coefficient there. Whatever it then finds amiss, the JDK decides on, so that
/// the same pictures are refused for the same reasons on every machine.
///
/// The stream is taken apart first: application segments (EXIF, ICC, thumbnails) are left out,
/// shared tables put in, and the colour model written into an Adobe segment, since the JDK
/// otherwise guesses it from the sampling. The walk over the segments also finds what is truncated
/// or not supported.
final class Jpeg {
    /// What the components of a three-component stream are.
    enum Colour {
        /// What JFIF and Adobe segments or component names say; YCbCr otherwise. As libjpeg.
        AS_MARKED,
        RGB,
        YCBCR
    }

    private static final ImageReaderSpi PROVIDER =
            Providers.reader("com.sun.imageio.plugins.jpeg.");
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;

    /// What goes before the tables: SOI, an Adobe segment, a restart interval.
    private static final int PREFIX = 2 + 16 + 6;

    /// The longest restart interval, in MCUs.
    private static final int LONGEST_INTERVAL = 0xffff;

    /// The most pixels that a byte of data can stand for: a bit for an 8 x 8 block of a component
    /// that is subsampled by 4.
    private static final int MAXIMUM_PIXELS_PER_BYTE = 8 * 64 * 4;

    private final byte[] bytes;
    private final String source;
    private byte[] stream;
    private int streamEnd = PREFIX;
    private int width;
    private int height;
    private int components;
    private boolean jfif;
    private int adobeTransform = -1;
    private boolean namedRgb;
    private boolean progressive;
    private int huffmanTables; // a bit for each, by its class and number
    private byte[] sampling = {}; // of each component: its name, horizontal and vertical factor
    private long[] received = {}; // of each component: a bit for each coefficient
    private int units; // MCUs of the longest scan
    private boolean scanned;
    private boolean unusual;

    private Jpeg(byte[] bytes, String source) {
        this.bytes = bytes;
        this.source = source;
        this.stream = new byte[PREFIX + bytes.length + 2];
    }

    /// The picture in `bytes`.
    ///
    /// @param tables an abbreviated stream of tables (TIFF's JPEGTables), or null
    static RgbImage decode(byte[] bytes, byte @Nullable [] tables, Colour colour, String source)
            throws DataException {
        return decode(bytes, tables, colour, source, TurboJpeg.installed());
    }

    static RgbImage decode(
            byte[] bytes,
            byte @Nullable [] tables,
            Colour colour,
            String source,
            Optional<TurboJpeg> turbo)
            throws DataException {
        Jpeg jpeg = new Jpeg(bytes, source);
        if (tables != null) jpeg.addTables(tables);
        jpeg.walk();
        int start = jpeg.prefix(colour);
        if (turbo.isPresent() && !jpeg.unusual()) {
            Optional<byte[]> pixels =
                    turbo.get().decode(jpeg.stream, start, jpeg.streamEnd, jpeg.width, jpeg.height);
            if (pixels.isPresent()) return new RgbImage(jpeg.width, jpeg.height, pixels.get());
        }
        return jpeg.decode(Arrays.copyOfRange(jpeg.stream, start, jpeg.streamEnd));
    }

    private void addTables(byte[] tables) throws DataException {
        Jpeg shared = new Jpeg(tables, source + " (JPEGTables)");
        shared.walkSegments(true);
        stream = new byte[stream.length + shared.streamEnd];
        huffmanTables = shared.huffmanTables;
        unusual = shared.unusual;
        append(shared.stream, PREFIX, shared.streamEnd - PREFIX);
    }

    private void walk() throws DataException {
        walkSegments(false);
        if (components == 0 || !scanned) throw bad(source, "is a JPEG without a picture");
        ImageDecoder.checkSize(width, height, source);
        if ((long) width * height > (long) MAXIMUM_PIXELS_PER_BYTE * bytes.length) {
            throw truncated();
        }
    }

    private void walkSegments(boolean tablesOnly) throws DataException {
        if (bytes.length < 4 || u8(0) != 0xff || u8(1) != SOI) throw bad(source, "is not a JPEG");
        int at = 2;
        while (true) {
            while (at < bytes.length && u8(at) != 0xff) at++;
            while (at < bytes.length && u8(at) == 0xff) at++;
            if (at >= bytes.length) {
                if (tablesOnly) return;
                throw truncated();
            }
            int marker = u8(at++);
            if (marker == EOI) return;
            if (marker == 0 || marker == 1 || marker == SOI || (marker >= 0xd0 && marker <= 0xd7)) {
                continue;
            }
            if (at + 2 > bytes.length) throw truncated();
            int length = u8(at) << 8 | u8(at + 1);
            if (length < 2) throw damaged("a segment of length " + length);
            int end = at + length;
            if (end > bytes.length) throw truncated();
            if (segment(marker, at, end) && !(tablesOnly && marker == SOS)) {
                append(bytes, at - 2, length + 2);
            }
            at = end;
            if (marker == SOS) {
                int scanEnd = endOfScan(at);
                append(bytes, at, scanEnd - at);
                at = scanEnd;
                scanned = true;
            }
        }
    }

    /// Notes what a segment says; true if the decoder is to see it.
    private boolean segment(int marker, int at, int end) throws DataException {
        switch (marker) {
            case 0xc0, 0xc1, 0xc2 -> {
                progressive = marker == 0xc2;
                frame(at, end);
            }
            case 0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf, 0xf7 ->
                    throw bad(source, "is a lossless or hierarchical JPEG, which is not supported");
            case 0xc9, 0xca ->
                    throw bad(source, "is an arithmetic-coded JPEG, which is not supported");
            case 0xdb -> {}
            case 0xc4 -> huffmanTables(at + 2, end);
            case 0xdd -> unusual |= end - at < 4 || (u8(at + 2) | u8(at + 3)) == 0;
            case SOS -> {
                if (components == 0) throw damaged("a scan before the frame");
                scan(at, end);
            }
            case 0xe0 -> {
                jfif |= has(at, end, "JFIF\0");
                return false;
            }
            case 0xee -> {
                if (has(at, end, "Adobe") && end - at >= 14) adobeTransform = u8(at + 13);
                return false;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void frame(int at, int end) throws DataException {
        if (components != 0) throw damaged("two frames");
        if (end - at < 8) throw damaged("a short frame header");
        if (u8(at + 2) != 8) {
            throw bad(source, "is a JPEG of " + u8(at + 2) + " bits, which is not supported");
        }
        height = u8(at + 3) << 8 | u8(at + 4);
        width = u8(at + 5) << 8 | u8(at + 6);
        components = u8(at + 7);
        if (components != 1 && components != 3 && components != 4) {
            throw bad(source, "is a JPEG of " + components + " components, which is not supported");
        }
        if (end - at < 8 + 3 * components) throw damaged("a short frame header");
        received = new long[components];
        sampling = Arrays.copyOfRange(bytes, at + 8, at + 8 + 3 * components);
        namedRgb = components == 3 && u8(at + 8) == 'R' && u8(at + 11) == 'G' && u8(at + 14) == 'B';
    }

    private void huffmanTables(int start, int end) {
        int at = start;
        while (at + 17 <= end) {
            huffmanTables |= 1 << u8(at);
            int codes = 0;
            for (int i = 1; i <= 16; i++) codes += u8(at + i);
            at += 17 + codes;
        }
        unusual |= at != end;
    }

    /// Notes which coefficients a scan completes, and how many MCUs it has.
    private void scan(int at, int end) {
        int count = end - at < 3 ? 0 : u8(at + 2);
        if (end - at != 6 + 2 * count) {
            unusual = true;
            return;
        }
        int low = u8(at + 3 + 2 * count);
        int high = u8(at + 4 + 2 * count);
        int precision = u8(at + 5 + 2 * count);
        unusual |= low > high || high > 63;
        for (int i = 0; i < count && !unusual; i++) {
            int name = u8(at + 3 + 2 * i);
            int tables = u8(at + 4 + 2 * i);
            boolean dc = low == 0 && precision < 16;
            unusual |= dc && (huffmanTables & 1 << (tables >> 4)) == 0;
            unusual |= high > 0 && (huffmanTables & 1 << (16 + (tables & 15))) == 0;
            for (int c = 0; c < components && (precision & 15) == 0; c++) {
                if ((sampling[3 * c] & 0xff) == name) {
                    received[c] |= (-1L << low) & (-1L >>> (63 - high));
                }
            }
        }
        int across = count == 1 ? 8 : 8 * (sampling[1] >> 4);
        int down = count == 1 ? 8 : 8 * (sampling[1] & 15);
        if (across > 0 && down > 0) {
            units = Math.max(units, Math.ceilDiv(width, across) * Math.ceilDiv(height, down));
        }
    }

    /// Whether libjpeg and libjpeg-turbo may differ: in how they interpolate, in how they smooth
    /// what is not complete, in what they make of missing tables, or in noticing codes that stand
    /// for nothing.
    private boolean unusual() {
        if (unusual || components == 4 || (!progressive && units > LONGEST_INTERVAL)) return true;
        for (int c = 0; c < components; c++) {
            int factors = sampling[3 * c + 1];
            boolean first = c == 0 && (factors == 0x21 || factors == 0x22);
            if ((factors != 0x11 && !first) || received[c] != -1) return true;
        }
        return false;
    }

    private int endOfScan(int from) throws DataException {
        for (int at = from; at + 1 < bytes.length; at++) {
            if (bytes[at] != (byte) 0xff) continue;
            int next = u8(at + 1);
            if (next == 0 || next == 0xff || (next >= 0xd0 && next <= 0xd7)) continue;
            return at;
        }
        throw truncated();
    }

    private void append(byte[] from, int at, int count) {
        System.arraycopy(from, at, stream, streamEnd, count);
        streamEnd += count;
    }

    /// Completes the stream that the decoder is to see; where it starts.
    private int prefix(Colour colour) {
        boolean ycc =
                switch (colour) {
                    case RGB -> false;
                    case YCBCR -> true;
                    case AS_MARKED ->
                            jfif || (adobeTransform >= 0 ? adobeTransform != 0 : !namedRgb);
                };
        byte transform = (byte) (components == 3 && ycc ? 1 : 0);
        ByteArrayOutputStream out = new ByteArrayOutputStream(PREFIX);
        out.writeBytes(new byte[] {(byte) 0xff, (byte) SOI});
        if (components != 1) {
            out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e'});
            out.writeBytes(new byte[] {0, 100, 0, 0, 0, 0, transform});
        }
        if (!progressive && units <= LONGEST_INTERVAL) {
            // No restart ever comes, but libjpeg-turbo's Huffman decoder then checks every code.
            out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xdd, 0, 4, (byte) 0xff, (byte) 0xff});
        }
        int start = PREFIX - out.size();
        System.arraycopy(out.toByteArray(), 0, stream, start, out.size());
        append(new byte[] {(byte) 0xff, (byte) EOI}, 0, 2);
        return start;
    }

    private RgbImage decode(byte[] jpeg) throws DataException {
        try (ByteArrayImageInput input = new ByteArrayImageInput(jpeg)) {
            ImageReader reader = PROVIDER.createReaderInstance();
            StringBuilder warnings = new StringBuilder();
            try {
                reader.addIIOReadWarningListener((_, warning) -> note(warning, warnings));
                reader.setInput(input, true, true);
                RgbImage image =
                        components == 4
                                ? fromCmyk(reader.readRaster(0, null), adobeTransform > 0)
                                : fromBuffered(reader.read(0));
                if (!warnings.isEmpty()) throw damaged(warnings.toString());
                return image;
            } finally {
                reader.dispose();
            }
        } catch (DataException e) {
            throw e;
        } catch (IIOException e) {
            throw new DataException(
                    source, null, "is a damaged JPEG: " + ImageDecoder.message(e), e);
        } catch (IOException | RuntimeException e) {
            throw new DataException(source, null, "is a damaged JPEG", e);
        }
    }

    /// Keeps the first warning that means lost pixels; bytes between segments cost none.
    private static void note(String warning, StringBuilder warnings) {
        boolean harmless = warning.contains("extraneous bytes") || warning.contains("Adobe");
        if (!harmless && warnings.isEmpty()) warnings.append(warning);
    }

    private RgbImage fromBuffered(BufferedImage image) throws DataException {
        int type = image.getType();
        if (type != BufferedImage.TYPE_3BYTE_BGR && type != BufferedImage.TYPE_BYTE_GRAY) {
            throw damaged("an unexpected colour model");
        }
        byte[] from = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        byte[] pixels = new byte[3 * width * height];
        if (type == BufferedImage.TYPE_BYTE_GRAY) {
            for (int i = 0, o = 0; o < pixels.length; i++) {
                pixels[o++] = from[i];
                pixels[o++] = from[i];
                pixels[o++] = from[i];
            }
        } else {
            for (int i = 0; i < pixels.length; i += 3) {
                pixels[i] = from[i + 2];
                pixels[i + 1] = from[i + 1];
                pixels[i + 2] = from[i];
            }
        }
        return new RgbImage(width, height, pixels);
    }

    /// Adobe's inverted CMYK, or its YCCK, as RGB.
    private RgbImage fromCmyk(Raster raster, boolean ycck) {
        byte[] pixels = new byte[3 * width * height];
        int[] row = new int[4 * width];
        for (int y = 0, o = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < row.length; x += 4) {
                int c = row[x];
                int m = row[x + 1];
                int ye = row[x + 2];
                int light = row[x + 3];
                if (ycck) {
                    int rgb = ycc(c, m, ye);
                    c = 255 - (rgb >> 16);
                    m = 255 - ((rgb >> 8) & 0xff);
                    ye = 255 - (rgb & 0xff);
                }
                pixels[o++] = ImageDecoder.inked(255 - c, light);
                pixels[o++] = ImageDecoder.inked(255 - m, light);
                pixels[o++] = ImageDecoder.inked(255 - ye, light);
            }
        }
        return new RgbImage(width, height, pixels);
    }

    /// JFIF's YCbCr as `0xRRGGBB`, in libjpeg's 16-bit fixed point.
    static int ycc(int y, int cb, int cr) {
        int half = 1 << 15;
        int r = y + ((91881 * (cr - 128) + half) >> 16);
        int g = y + ((-22554 * (cb - 128) - 46802 * (cr - 128) + half) >> 16);
        int b = y + ((116130 * (cb - 128) + half) >> 16);
        return clamp(r) << 16 | clamp(g) << 8 | clamp(b);
    }

    private static int clamp(int v) {
        return Math.clamp(v, 0, 255);
    }

    private boolean has(int at, int end, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
        if (end - at - 2 < wanted.length) return false;
        for (int i = 0; i < wanted.length; i++) {
            if (bytes[at + 2 + i] != wanted[i]) return false;
        }
        return true;
    }

    private DataException truncated() {
        return bad(source, "is a truncated JPEG");
    }

    private DataException damaged(String what) {
        return bad(source, "is a damaged JPEG: " + what);
    }

    private int u8(int at) {
        return bytes[at] & 0xff;
    }
}
