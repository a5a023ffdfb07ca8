package org.openplip.image;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.openplip.io.DataException;

/// One picture of a [TiffFile]: its tags. Thread-safe, usable until the file is closed.
public final class TiffDirectory {
    static final int WIDTH = 256;
    static final int HEIGHT = 257;
    static final int BITS_PER_SAMPLE = 258;
    static final int COMPRESSION = 259;
    static final int PHOTOMETRIC = 262;
    static final int IMAGE_DESCRIPTION = 270;
    static final int STRIP_OFFSETS = 273;
    static final int SAMPLES_PER_PIXEL = 277;
    static final int ROWS_PER_STRIP = 278;
    static final int STRIP_BYTE_COUNTS = 279;
    static final int X_RESOLUTION = 282;
    static final int Y_RESOLUTION = 283;
    static final int PLANAR_CONFIGURATION = 284;
    static final int RESOLUTION_UNIT = 296;
    static final int PREDICTOR = 317;
    static final int COLOUR_MAP = 320;
    static final int TILE_WIDTH = 322;
    static final int TILE_HEIGHT = 323;
    static final int TILE_OFFSETS = 324;
    static final int TILE_BYTE_COUNTS = 325;
    static final int EXTRA_SAMPLES = 338;
    static final int SAMPLE_FORMAT = 339;
    static final int JPEG_TABLES = 347;

    private final TiffFile file;
    private final int number;
    private final Map<Integer, TiffFile.Entry> entries;

    TiffDirectory(TiffFile file, int number, Map<Integer, TiffFile.Entry> entries) {
        this.file = file;
        this.number = number;
        this.entries = entries;
    }

    /// Its place in the file, from 0.
    public int number() {
        return number;
    }

    /// Whether the picture is cut into tiles rather than strips.
    public boolean tiled() {
        return has(TILE_WIDTH);
    }

    /// The picture's width in pixels.
    public int width() throws DataException {
        return positive(WIDTH);
    }

    /// The picture's height in pixels.
    public int height() throws DataException {
        return positive(HEIGHT);
    }

    /// The text that scanners write their settings into.
    public Optional<String> description() throws DataException {
        if (!has(IMAGE_DESCRIPTION)) return Optional.empty();
        byte[] bytes = bytes(IMAGE_DESCRIPTION);
        return Optional.of(new String(bytes, StandardCharsets.UTF_8).replace("\0", ""));
    }

    /// The mean of the horizontal and vertical resolution in microns a pixel; empty where the file
    /// states none or no unit.
    public OptionalDouble micronsPerPixel() throws DataException {
        double micronsPerUnit =
                switch ((int) integer(RESOLUTION_UNIT, 2)) {
                    case 2 -> 25_400;
                    case 3 -> 10_000;
                    default -> Double.NaN;
                };
        if (!has(X_RESOLUTION) || !has(Y_RESOLUTION)) return OptionalDouble.empty();
        double x = micronsPerUnit / file.number(X_RESOLUTION, entry(X_RESOLUTION));
        double y = micronsPerUnit / file.number(Y_RESOLUTION, entry(Y_RESOLUTION));
        double mean = (x + y) / 2;
        return mean > 0 && Double.isFinite(mean) ? OptionalDouble.of(mean) : OptionalDouble.empty();
    }

    /// The picture's tiles or strips, checked and ready to be decoded.
    ///
    /// @throws DataException if the tags contradict each other or ask for what is not supported
    public TiffBlocks blocks() throws DataException {
        return new TiffBlocks(this);
    }

    /// The whole picture.
    public RgbImage decode() throws DataException {
        int width = width();
        int height = height();
        ImageDecoder.checkSize(width, height, file.source());
        TiffBlocks blocks = blocks();
        byte[] pixels = new byte[3 * width * height];
        for (int row = 0; row < blocks.rows(); row++) {
            for (int column = 0; column < blocks.columns(); column++) {
                RgbImage block = blocks.decode(column, row);
                int x = column * blocks.blockWidth();
                int y = row * blocks.blockHeight();
                int shown = Math.min(block.width(), width - x);
                for (int line = 0; line < Math.min(block.height(), height - y); line++) {
                    System.arraycopy(
                            block.pixels(),
                            3 * line * block.width(),
                            pixels,
                            3 * ((y + line) * width + x),
                            3 * shown);
                }
            }
        }
        return new RgbImage(width, height, pixels);
    }

    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    long integer(int tag, long absent) throws DataException {
        if (!has(tag)) return absent;
        TiffFile.Entry all = entry(tag);
        if (all.count() < 1) throw bad("tag " + tag + " is empty");
        return file.integers(tag, new TiffFile.Entry(all.type(), 1, all.offset()))[0];
    }

    long[] integers(int tag) throws DataException {
        return file.integers(tag, entry(tag));
    }

    byte[] bytes(int tag) throws DataException {
        return file.bytes(tag, entry(tag));
    }

    int positive(int tag) throws DataException {
        long value = integer(tag, 0);
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw bad("tag " + tag + ": expected 1 to 2^31 - 1, found " + value);
        }
        return (int) value;
    }

    private TiffFile.Entry entry(int tag) throws DataException {
        TiffFile.Entry entry = entries.get(tag);
        if (entry == null) throw bad("tag " + tag + " is missing");
        return entry;
    }

    TiffFile file() {
        return file;
    }

    DataException bad(String reason) {
        return file.bad("directory " + number, reason);
    }
}
