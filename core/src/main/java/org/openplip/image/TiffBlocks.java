package org.openplip.image;

import java.io.IOException;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Decodes the tiles or strips ("blocks") of one TIFF picture into RGB.
///
/// | compression | form |
/// | --- | --- |
/// | 1 none, 5 LZW, 8 and 32946 Deflate, 32773 PackBits | grey, palette, RGB, CMYK; 1, 2, 4, 8, 16 bits; alpha dropped; predictor 2; samples together or in planes |
/// | 7 JPEG | grey, and three samples as RGB or YCbCr as the photometric tag says, with shared tables |
/// | 33003, 33005 Aperio JPEG 2000 | YCbCr and RGB, 8 bits |
///
/// Thread-safe, usable until the file is closed.
public final class TiffBlocks {
    private static final int NONE = 1;
    private static final int LZW = 5;
    private static final int JPEG = 7;
    private static final int DEFLATE = 8;
    private static final int OLD_DEFLATE = 32946;
    private static final int PACK_BITS = 32773;
    private static final int APERIO_YCBCR = 33003;
    private static final int APERIO_RGB = 33005;

    private static final int WHITE_IS_ZERO = 0;
    private static final int BLACK_IS_ZERO = 1;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int CMYK = 5;
    private static final int YCBCR = 6;

    /// Above the best ratio of LZW (4096-byte strings from 12 bits) and of Deflate.
    private static final int MAXIMUM_RATIO = 4096;

    private final TiffDirectory directory;
    private final TiffFile file;
    private final int width;
    private final int height;
    private final int blockWidth;
    private final int blockHeight;
    private final int columns;
    private final int rows;
    private final int compression;
    private final int photometric;
    private final int samples;
    private final int bits;
    private final int predictor;
    private final boolean planes;
    private final boolean premultiplied;
    private final long[] offsets;
    private final long[] lengths;
    private final byte @Nullable [] jpegTables;
    private final long[] colourMap;

    TiffBlocks(TiffDirectory directory) throws DataException {
        this.directory = directory;
        file = directory.file();
        width = directory.width();
        height = directory.height();
        boolean tiled = directory.tiled();
        if (tiled) {
            blockWidth = directory.positive(TiffDirectory.TILE_WIDTH);
            blockHeight = directory.positive(TiffDirectory.TILE_HEIGHT);
        } else {
            long perStrip = directory.integer(TiffDirectory.ROWS_PER_STRIP, height);
            if (perStrip < 1) throw directory.bad("has strips of no rows");
            blockWidth = width;
            blockHeight = (int) Math.min(perStrip, height);
        }
        columns = (width - 1) / blockWidth + 1;
        rows = (height - 1) / blockHeight + 1;
        compression = (int) directory.integer(TiffDirectory.COMPRESSION, NONE);
        samples = (int) directory.integer(TiffDirectory.SAMPLES_PER_PIXEL, 1);
        photometric =
                (int)
                        directory.integer(
                                TiffDirectory.PHOTOMETRIC, samples >= 3 ? RGB : BLACK_IS_ZERO);
        bits = bits();
        predictor = (int) directory.integer(TiffDirectory.PREDICTOR, 1);
        long planar = directory.integer(TiffDirectory.PLANAR_CONFIGURATION, 1);
        planes = planar == 2 && samples > 1;
        premultiplied = directory.integer(TiffDirectory.EXTRA_SAMPLES, 0) == 1 && samples == 4;
        colourMap =
                photometric == PALETTE ? directory.integers(TiffDirectory.COLOUR_MAP) : new long[0];
        jpegTables =
                compression == JPEG && directory.has(TiffDirectory.JPEG_TABLES)
                        ? directory.bytes(TiffDirectory.JPEG_TABLES)
                        : null;
        check();
        ImageDecoder.checkSize(blockWidth, blockHeight, file.source());
        long blocks = (long) columns * rows * (planes ? samples : 1);
        offsets = numbers(tiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS, blocks);
        lengths =
                numbers(
                        tiled ? TiffDirectory.TILE_BYTE_COUNTS : TiffDirectory.STRIP_BYTE_COUNTS,
                        blocks);
    }

    private int bits() throws DataException {
        if (!directory.has(TiffDirectory.BITS_PER_SAMPLE)) return 1;
        long[] all = directory.integers(TiffDirectory.BITS_PER_SAMPLE);
        if (all.length == 0 || Arrays.stream(all).anyMatch(b -> b != all[0])) {
            throw unsupported("samples of different depth");
        }
        return (int) Math.min(all[0], Integer.MAX_VALUE);
    }

    private void check() throws DataException {
        if (samples < 1 || samples > 64) throw unsupported(samples + " samples a pixel");
        if (directory.integer(TiffDirectory.SAMPLE_FORMAT, 1) != 1) {
            throw unsupported("a sample format other than unsigned whole numbers");
        }
        boolean raw =
                switch (compression) {
                    case NONE, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS -> true;
                    case JPEG, APERIO_YCBCR, APERIO_RGB -> false;
                    default -> throw unsupported("compression " + compression);
                };
        if (!raw) {
            if (bits != 8 || planes || (samples != 1 && samples != 3)) {
                throw unsupported("compression " + compression + " of this form");
            }
            return;
        }
        if (predictor != 1 && predictor != 2) throw unsupported("predictor " + predictor);
        if (predictor == 2 && bits != 8 && bits != 16) {
            throw unsupported("a predictor on " + bits + " bits");
        }
        int needed =
                switch (photometric) {
                    case WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE -> 1;
                    case RGB -> 3;
                    case CMYK -> 4;
                    default -> throw unsupported("photometric interpretation " + photometric);
                };
        if (samples < needed) throw directory.bad("has " + samples + " samples a pixel");
        boolean depth =
                switch (bits) {
                    case 8, 16 -> true;
                    case 1, 2, 4 -> needed == 1 && (samples == 1 || planes);
                    default -> false;
                };
        if (!depth) throw unsupported(bits + " bits a sample");
        if (photometric == PALETTE && (bits > 8 || colourMap.length < 3 << bits)) {
            throw directory.bad("has too short a colour map");
        }
    }

    private long[] numbers(int tag, long expected) throws DataException {
        long[] values = directory.integers(tag);
        if (values.length < expected) {
            throw directory.bad(
                    "tag %d: expected %d values, found %d".formatted(tag, expected, values.length));
        }
        return values;
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /// A block's width in pixels; the last column's reach past the picture.
    public int blockWidth() {
        return blockWidth;
    }

    /// A block's height in pixels; tiles of the last row reach past the picture, strips end with
    /// it.
    public int blockHeight() {
        return blockHeight;
    }

    public int columns() {
        return columns;
    }

    public int rows() {
        return rows;
    }

    /// The block at `column`, `row`; white where the file holds none (length 0, as scanners leave
    /// out empty glass).
    public RgbImage decode(int column, int row) throws DataException {
        if (column < 0 || column >= columns || row < 0 || row >= rows) {
            throw new IllegalArgumentException(
                    "block: expected one of %d x %d, got (%d, %d)"
                            .formatted(columns, rows, column, row));
        }
        int index = row * columns + column;
        int lines =
                directory.tiled() ? blockHeight : Math.min(blockHeight, height - row * blockHeight);
        String name = "directory %d, block (%d, %d)".formatted(directory.number(), column, row);
        if (lengths[index] == 0) {
            byte[] white = new byte[3 * blockWidth * lines];
            Arrays.fill(white, (byte) 255);
            return new RgbImage(blockWidth, lines, white);
        }
        return switch (compression) {
            case JPEG -> sized(jpeg(index, name), lines, name);
            case APERIO_YCBCR, APERIO_RGB -> sized(jpeg2000(index, name), lines, name);
            default -> samples(index, lines, name);
        };
    }

    private RgbImage sized(RgbImage image, int lines, String name) throws DataException {
        if (image.width() < blockWidth || image.height() < lines) {
            throw file.bad(
                    name,
                    "expected %d x %d pixels, found %d x %d"
                            .formatted(blockWidth, lines, image.width(), image.height()));
        }
        return image.width() == blockWidth && image.height() == lines
                ? image
                : image.crop(0, 0, blockWidth, lines);
    }

    private RgbImage jpeg(int index, String name) throws DataException {
        Jpeg.Colour colour = photometric == YCBCR ? Jpeg.Colour.YCBCR : Jpeg.Colour.RGB;
        return Jpeg.decode(bytes(index, name), jpegTables, colour, file.source() + ": " + name);
    }

    private RgbImage jpeg2000(int index, String name) throws DataException {
        try {
            return Jpeg2000.decode(bytes(index, name), compression == APERIO_YCBCR);
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new DataException(file.source(), name, "is damaged JPEG 2000", e);
        }
    }

    private byte[] bytes(int index, String name) throws DataException {
        return file.slice(name, offsets[index], lengths[index]);
    }

    private RgbImage samples(int index, int lines, String name) throws DataException {
        int perRow = planes ? 1 : samples;
        long rowBytes = ((long) blockWidth * perRow * bits + 7) / 8;
        byte[][] data = new byte[planes ? samples : 1][];
        for (int p = 0; p < data.length; p++) {
            data[p] = unpacked(index + p * columns * rows, rowBytes * lines, name);
            if (predictor == 2) undoPredictor(data[p], (int) rowBytes, perRow);
        }
        byte[] pixels = new byte[3 * blockWidth * lines];
        for (int y = 0, o = 0; y < lines; y++) {
            int start = y * (int) rowBytes;
            for (int x = 0; x < blockWidth; x++, o += 3) {
                switch (photometric) {
                    case WHITE_IS_ZERO, BLACK_IS_ZERO -> {
                        int value = sample(data, start, x, 0);
                        if (bits < 8) value *= 255 / ((1 << bits) - 1);
                        if (photometric == WHITE_IS_ZERO) value = 255 - value;
                        Arrays.fill(pixels, o, o + 3, (byte) value);
                    }
                    case PALETTE -> {
                        int entry = sample(data, start, x, 0);
                        for (int c = 0; c < 3; c++) {
                            pixels[o + c] = (byte) (colourMap[entry + (c << bits)] >> 8);
                        }
                    }
                    case CMYK -> {
                        int light = 255 - sample(data, start, x, 3);
                        for (int c = 0; c < 3; c++) {
                            pixels[o + c] = ImageDecoder.inked(sample(data, start, x, c), light);
                        }
                    }
                    default -> {
                        int alpha = premultiplied ? sample(data, start, x, 3) : 255;
                        for (int c = 0; c < 3; c++) {
                            int value = sample(data, start, x, c);
                            if (alpha > 0 && alpha < 255) {
                                value = Math.min(255, value * 255 / alpha);
                            }
                            pixels[o + c] = (byte) value;
                        }
                    }
                }
            }
        }
        return new RgbImage(blockWidth, lines, pixels);
    }

    /// Sample `s` of pixel `x` in the row that starts at byte `start`; the high byte of 16 bits.
    private int sample(byte[][] data, int start, int x, int s) {
        byte[] from = planes ? data[s] : data[0];
        int i = planes ? x : x * samples + s;
        return switch (bits) {
            case 8 -> from[start + i] & 0xff;
            case 16 -> from[start + 2 * i + (file.littleEndian() ? 1 : 0)] & 0xff;
            default -> {
                int bit = i * bits;
                int shift = 8 - bits - (bit & 7);
                yield ((from[start + (bit >> 3)] & 0xff) >> shift) & ((1 << bits) - 1);
            }
        };
    }

    private byte[] unpacked(int index, long size, String name) throws DataException {
        byte[] packed = bytes(index, name);
        if (size > (long) MAXIMUM_RATIO * packed.length) throw file.bad(name, "is truncated");
        if (size > Integer.MAX_VALUE - 8) throw file.bad(name, "is larger than 2 GiB");
        byte[] out = new byte[(int) size];
        int done =
                switch (compression) {
                    case LZW -> lzw(packed, out, name);
                    case PACK_BITS -> packBits(packed, out);
                    case DEFLATE, OLD_DEFLATE -> inflate(packed, out, name);
                    default -> {
                        int length = Math.min(packed.length, out.length);
                        System.arraycopy(packed, 0, out, 0, length);
                        yield length;
                    }
                };
        if (done < out.length) {
            throw file.bad(name, "is truncated: %d of %d bytes".formatted(done, out.length));
        }
        return out;
    }

    private int inflate(byte[] packed, byte[] out, String name) throws DataException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(packed);
            int done = 0;
            while (done < out.length) {
                int count = inflater.inflate(out, done, out.length - done);
                if (count == 0) break;
                done += count;
            }
            return done;
        } catch (DataFormatException e) {
            throw new DataException(file.source(), name, "is damaged Deflate data", e);
        } finally {
            inflater.end();
        }
    }

    private static int packBits(byte[] packed, byte[] out) {
        int done = 0;
        int at = 0;
        while (done < out.length && at < packed.length) {
            int n = packed[at++];
            if (n >= 0) {
                int length = Math.min(Math.min(n + 1, packed.length - at), out.length - done);
                System.arraycopy(packed, at, out, done, length);
                at += n + 1;
                done += length;
            } else if (n != -128 && at < packed.length) {
                int length = Math.min(1 - n, out.length - done);
                Arrays.fill(out, done, done + length, packed[at++]);
                done += length;
            }
        }
        return done;
    }

    /// TIFF 6.0, section 13: codes of 9 to 12 bits, most significant first, widened one code early.
    /// Each table entry is a stretch of `out`: a string was always written when its code is made.
    private int lzw(byte[] packed, byte[] out, String name) throws DataException {
        final int clear = 256;
        final int end = 257;
        int[] start = new int[4096];
        int[] length = new int[4096];
        int next = 258;
        int codeBits = 9;
        int previousStart = -1;
        int previousLength = 0;
        int done = 0;
        long bit = 0;
        long available = 8L * packed.length;
        while (done < out.length && bit + codeBits <= available) {
            int code = code(packed, bit, codeBits);
            bit += codeBits;
            if (code == end) break;
            if (code == clear) {
                next = 258;
                codeBits = 9;
                previousStart = -1;
                continue;
            }
            int from = done;
            if (code < clear) {
                out[done++] = (byte) code;
            } else {
                boolean known = code < next;
                if (previousStart < 0 || (!known && code != next)) {
                    throw file.bad(name, "is damaged LZW data");
                }
                int copyFrom = known ? start[code] : previousStart;
                int copyLength = known ? length[code] : previousLength + 1;
                copyLength = Math.min(copyLength, out.length - done);
                for (int i = 0; i < copyLength; i++) out[done++] = out[copyFrom + i];
            }
            if (previousStart >= 0 && next < 4096) {
                start[next] = previousStart;
                length[next] = previousLength + 1;
                next++;
                if (next + 1 >= 1 << codeBits && codeBits < 12) codeBits++;
            }
            previousStart = from;
            previousLength = done - from;
        }
        return done;
    }

    private static int code(byte[] packed, long bit, int codeBits) {
        int at = (int) (bit >> 3);
        int window = 0;
        for (int i = 0; i < 3; i++) {
            window = (window << 8) | (at + i < packed.length ? packed[at + i] & 0xff : 0);
        }
        return (window >> (24 - (int) (bit & 7) - codeBits)) & ((1 << codeBits) - 1);
    }

    private void undoPredictor(byte[] data, int rowBytes, int perRow) {
        int high = file.littleEndian() ? 1 : 0;
        for (int row = 0; row < data.length; row += rowBytes) {
            if (bits == 8) {
                for (int i = row + perRow; i < row + rowBytes; i++) {
                    data[i] = (byte) (data[i] + data[i - perRow]);
                }
                continue;
            }
            for (int i = row + 2 * perRow; i < row + rowBytes; i += 2) {
                int left = i - 2 * perRow;
                int sum = (data[i + 1 - high] & 0xff) + (data[left + 1 - high] & 0xff);
                data[i + 1 - high] = (byte) sum;
                data[i + high] = (byte) (data[i + high] + data[left + high] + (sum >> 8));
            }
        }
    }

    private DataException unsupported(String what) {
        return directory.bad("has " + what + ", which is not supported");
    }
}
