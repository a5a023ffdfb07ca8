package org.openplip.image;

import static org.openplip.image.ImageDecoder.bad;

import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.openplip.io.DataException;

/// Decodes PNG (ISO/IEC 15948): every colour type, depth and Adam7; checksums of the chunks that
/// make the picture are verified.
final class Png {
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504c5445;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;

    /// Deflate's best ratio: 258 bytes from two bits.
    private static final int MAXIMUM_RATIO = 1032;

    private static final int[][] ADAM7 = {
        {0, 0, 8, 8},
        {4, 0, 8, 8},
        {0, 4, 4, 8},
        {2, 0, 4, 4},
        {0, 2, 2, 4},
        {1, 0, 2, 2},
        {0, 1, 1, 2}
    };

    private final byte[] bytes;
    private final String source;
    private int width;
    private int height;
    private int depth;
    private int colourType;
    private boolean interlaced;
    private byte[] palette = {};
    private int at = 8;
    private int dataLeft;
    private boolean fed;

    private Png(byte[] bytes, String source) {
        this.bytes = bytes;
        this.source = source;
    }

    static RgbImage decode(byte[] bytes, String source) throws DataException {
        return new Png(bytes, source).decode();
    }

    private RgbImage decode() throws DataException {
        if (bytes.length < 8
                || bytes[4] != 13
                || bytes[5] != 10
                || bytes[6] != 26
                || bytes[7] != 10) {
            throw damaged("its signature");
        }
        if (nextChunk() != IHDR || dataLeft != 13) throw damaged("no header");
        header();
        at += 17;
        int type = nextChunk();
        while (type != IDAT) {
            if (type == IEND) throw damaged("no picture data");
            if (type == PLTE) palette = Arrays.copyOfRange(bytes, at, at + dataLeft);
            at += dataLeft + 4;
            type = nextChunk();
        }
        if (colourType == 3 && palette.length < 3) throw damaged("no palette");
        checkEnough();
        Inflater inflater = new Inflater();
        try {
            byte[] pixels = new byte[3 * width * height];
            if (interlaced) {
                for (int[] pass : ADAM7) pass(inflater, pass, pixels);
            } else {
                pass(inflater, new int[] {0, 0, 1, 1}, pixels);
            }
            finish();
            return new RgbImage(width, height, pixels);
        } catch (DataFormatException e) {
            throw new DataException(source, null, "is a damaged PNG: its compressed data", e);
        } finally {
            inflater.end();
        }
    }

    private void header() throws DataException {
        long claimedWidth = Integer.toUnsignedLong(i32(at));
        long claimedHeight = Integer.toUnsignedLong(i32(at + 4));
        ImageDecoder.checkSize(claimedWidth, claimedHeight, source);
        width = (int) claimedWidth;
        height = (int) claimedHeight;
        depth = bytes[at + 8];
        colourType = bytes[at + 9];
        boolean fits =
                switch (colourType) {
                    case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
                    case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
                    case 2, 4, 6 -> depth == 8 || depth == 16;
                    default -> false;
                };
        if (!fits) throw damaged("colour type " + colourType + " with " + depth + " bits");
        if (bytes[at + 10] != 0 || bytes[at + 11] != 0 || (bytes[at + 12] & 0xfe) != 0) {
            throw damaged("an unknown compression, filter or interlace method");
        }
        interlaced = bytes[at + 12] == 1;
    }

    private int channels() {
        return switch (colourType) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
    }

    private void checkEnough() throws DataException {
        long size = ((long) width * channels() * depth + 7) / 8 * height;
        if (size / MAXIMUM_RATIO > bytes.length) throw truncated();
    }

    /// Moves to the next chunk's data, whose length is then in `dataLeft`; its type.
    private int nextChunk() throws DataException {
        if (at + 12L > bytes.length) throw truncated();
        int length = i32(at);
        int type = i32(at + 4);
        if (length < 0) throw damaged("a chunk of impossible length");
        if (at + 12L + length > bytes.length) throw truncated();
        boolean critical = (type & 0x20000000) == 0;
        if (critical) {
            CRC32 crc = new CRC32();
            crc.update(bytes, at + 4, length + 4);
            if ((int) crc.getValue() != i32(at + 8 + length)) throw damaged("a checksum");
        }
        at += 8;
        dataLeft = length;
        return type;
    }

    private void finish() throws DataException {
        while (true) {
            at += dataLeft + 4;
            if (nextChunk() == IEND) return;
        }
    }

    private void inflate(Inflater inflater, byte[] target)
            throws DataException, DataFormatException {
        int done = 0;
        while (done < target.length) {
            int count = inflater.inflate(target, done, target.length - done);
            done += count;
            if (count > 0) continue;
            if (inflater.finished() || inflater.needsDictionary()) throw truncated();
            if (fed) {
                at += dataLeft + 4;
                if (nextChunk() != IDAT) throw truncated();
            }
            fed = true;
            inflater.setInput(bytes, at, dataLeft);
        }
    }

    private void pass(Inflater inflater, int[] pass, byte[] pixels)
            throws DataException, DataFormatException {
        int columns = (width - pass[0] + pass[2] - 1) / pass[2];
        int rows = (height - pass[1] + pass[3] - 1) / pass[3];
        if (columns < 1 || rows < 1) return;
        int rowBytes = (int) (((long) columns * channels() * depth + 7) / 8);
        int pixelBytes = Math.max(1, channels() * depth / 8);
        byte[] row = new byte[rowBytes + 1];
        byte[] above = new byte[rowBytes + 1];
        for (int y = 0; y < rows; y++) {
            inflate(inflater, row);
            unfilter(row, above, pixelBytes);
            int start = 3 * ((pass[1] + y * pass[3]) * width + pass[0]);
            write(row, columns, pixels, start, 3 * pass[2]);
            byte[] swap = above;
            above = row;
            row = swap;
        }
    }

    /// Undoes the row's filter in place; byte 0 of `row` is the filter's number.
    private void unfilter(byte[] row, byte[] above, int pixelBytes) throws DataException {
        switch (row[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = pixelBytes + 1; i < row.length; i++) {
                    row[i] = (byte) (row[i] + row[i - pixelBytes]);
                }
            }
            case 2 -> {
                for (int i = 1; i < row.length; i++) row[i] = (byte) (row[i] + above[i]);
            }
            case 3 -> {
                for (int i = 1; i <= pixelBytes; i++) {
                    row[i] = (byte) (row[i] + ((above[i] & 0xff) >> 1));
                }
                for (int i = pixelBytes + 1; i < row.length; i++) {
                    int left = row[i - pixelBytes] & 0xff;
                    row[i] = (byte) (row[i] + ((left + (above[i] & 0xff)) >> 1));
                }
            }
            case 4 -> {
                for (int i = 1; i <= pixelBytes; i++) row[i] = (byte) (row[i] + above[i]);
                for (int i = pixelBytes + 1; i < row.length; i++) {
                    int left = row[i - pixelBytes] & 0xff;
                    int corner = above[i - pixelBytes] & 0xff;
                    row[i] = (byte) (row[i] + paeth(left, above[i] & 0xff, corner));
                }
            }
            default -> throw damaged("filter " + row[0]);
        }
    }

    private static int paeth(int left, int above, int corner) {
        int toLeft = Math.abs(above - corner);
        int toAbove = Math.abs(left - corner);
        int toCorner = Math.abs(left + above - 2 * corner);
        int other = toAbove <= toCorner ? above : corner;
        return toLeft <= Math.min(toAbove, toCorner) ? left : other;
    }

    private void write(byte[] row, int columns, byte[] pixels, int start, int step)
            throws DataException {
        if (colourType == 2 && depth == 8 && step == 3) {
            System.arraycopy(row, 1, pixels, start, 3 * columns);
            return;
        }
        int sampleBytes = depth == 16 ? 2 : 1;
        int stride = channels() * sampleBytes;
        int scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
        int o = start;
        for (int x = 0; x < columns; x++, o += step) {
            if (colourType == 2 || colourType == 6) {
                int i = 1 + x * stride;
                pixels[o] = row[i];
                pixels[o + 1] = row[i + sampleBytes];
                pixels[o + 2] = row[i + 2 * sampleBytes];
                continue;
            }
            int value = depth < 8 ? bits(row, x) : row[1 + x * stride] & 0xff;
            if (colourType == 3) {
                if (3 * value + 2 >= palette.length) throw damaged("a colour outside its palette");
                System.arraycopy(palette, 3 * value, pixels, o, 3);
            } else {
                byte grey = (byte) (value * scale);
                pixels[o] = grey;
                pixels[o + 1] = grey;
                pixels[o + 2] = grey;
            }
        }
    }

    private int bits(byte[] row, int x) {
        int bit = x * depth;
        return ((row[1 + (bit >> 3)] & 0xff) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }

    private int i32(int i) {
        return (bytes[i] & 0xff) << 24
                | (bytes[i + 1] & 0xff) << 16
                | (bytes[i + 2] & 0xff) << 8
                | (bytes[i + 3] & 0xff);
    }

    private DataException truncated() {
        return bad(source, "is a truncated PNG");
    }

    private DataException damaged(String what) {
        return bad(source, "is a damaged PNG: " + what);
    }
}
