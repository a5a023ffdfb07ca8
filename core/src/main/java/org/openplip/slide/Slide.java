package org.openplip.slide;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.image.TiffBlocks;
import org.openplip.image.TiffDirectory;
import org.openplip.image.TiffFile;
import org.openplip.io.DataException;

/// A whole-slide image: Aperio SVS, any tiled TIFF or BigTIFF pyramid, or a plain picture as a
/// slide of one level.
///
/// A pyramid's levels are the file's first tiled picture and those tiled ones after it that have
/// its shape and are smaller than the one before; labels, macros and thumbnails are left out. Tiles
/// are decoded on demand and the last ones kept, so that a slide of any size fits; see
/// [org.openplip.image.TiffBlocks] for the compressions. A picture without tiles is decoded whole
/// when it is opened. Not supported: OME sub-directories, several focal planes, DICOM, MRXS, NDPI.
///
/// Thread-safe. Whoever opens it closes it.
public final class Slide implements AutoCloseable {
    /// Decoded blocks that are kept, in bytes: about 340 tiles of 256 x 256.
    private static final long CACHE_BYTES = 64L << 20;

    /// A stated resolution coarser than this is that of a printer (72 dpi are 353 microns).
    private static final double COARSEST_MICRONS_PER_PIXEL = 50;

    private static final Pattern APERIO_MICRONS = Pattern.compile("\\bMPP\\s*=\\s*([0-9.]+)");
    private static final Pattern APERIO_POWER = Pattern.compile("\\bAppMag\\s*=\\s*([0-9.]+)");

    /// A reduced picture of the whole slide.
    ///
    /// @param downsample level-0 pixels along a side of one of its pixels
    public record Overview(RgbImage image, double downsample) {}

    private final Path file;
    private final @Nullable TiffFile tiff;
    private final List<Level> levels;
    private final List<TiffBlocks> pyramid;
    private final @Nullable RgbImage whole;
    private final OptionalDouble micronsPerPixel;
    private final OptionalDouble objectivePower;
    private final BlockCache cache = new BlockCache(CACHE_BYTES);

    private Slide(Path file, RgbImage whole, OptionalDouble micronsPerPixel) {
        this.file = file;
        this.whole = whole;
        this.micronsPerPixel = micronsPerPixel;
        tiff = null;
        levels = List.of(new Level(whole.width(), whole.height(), 1));
        pyramid = List.of();
        objectivePower = OptionalDouble.empty();
    }

    private Slide(Path file, TiffFile tiff) throws DataException {
        this.file = file;
        this.tiff = tiff;
        whole = null;
        List<Level> foundLevels = new ArrayList<>();
        List<TiffBlocks> found = new ArrayList<>();
        Optional<String> description = Optional.empty();
        OptionalDouble stated = OptionalDouble.empty();
        for (TiffDirectory directory : tiff.directories()) {
            if (!directory.tiled()) continue;
            if (found.isEmpty()) {
                description = directory.description();
                stated = stated(directory);
            } else if (!continues(found.getFirst(), found.getLast(), directory)) {
                continue;
            }
            TiffBlocks blocks = directory.blocks();
            found.add(blocks);
            foundLevels.add(
                    new Level(
                            blocks.width(),
                            blocks.height(),
                            downsample(found.getFirst(), blocks.width(), blocks.height())));
        }
        levels = List.copyOf(foundLevels);
        pyramid = List.copyOf(found);
        OptionalDouble aperio = number(APERIO_MICRONS, description);
        micronsPerPixel = aperio.isPresent() ? aperio : stated;
        objectivePower = number(APERIO_POWER, description);
    }

    /// Opens the slide or picture in `file`.
    ///
    /// @throws DataException if it is neither, or damaged
    public static Slide open(Path file) throws IOException {
        if (!Files.exists(file)) throw new DataException(file, "does not exist");
        if (Files.isDirectory(file)) throw new DataException(file, "is a folder, not a slide");
        if (!isTiff(file))
            return new Slide(file, ImageDecoder.decode(file), OptionalDouble.empty());
        TiffFile tiff = TiffFile.open(file);
        try {
            boolean tiled = tiff.directories().stream().anyMatch(TiffDirectory::tiled);
            if (tiled) return new Slide(file, tiff);
            TiffDirectory picture = tiff.directories().getFirst();
            Slide slide = new Slide(file, picture.decode(), stated(picture));
            tiff.close();
            return slide;
        } catch (IOException | RuntimeException e) {
            tiff.close();
            throw e;
        }
    }

    private static boolean isTiff(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(4);
            if (head.length < 4) return false;
            int version = head[0] == 'I' ? head[2] | head[3] << 8 : head[3] | head[2] << 8;
            return (head[0] == 'I' || head[0] == 'M')
                    && head[0] == head[1]
                    && (version == 42 || version == 43);
        } catch (AccessDeniedException e) {
            throw new DataException(file.toString(), null, "may not be read", e);
        }
    }

    /// Whether `directory` is a smaller picture of the same shape, to a pixel or 1 %.
    private static boolean continues(TiffBlocks first, TiffBlocks last, TiffDirectory directory)
            throws DataException {
        int width = directory.width();
        int height = directory.height();
        if (width >= last.width() || height >= last.height()) return false;
        double across = (double) first.width() / width;
        double expectedHeight = first.height() / across;
        return Math.abs(expectedHeight - height) <= Math.max(1.5, 0.01 * height);
    }

    private static double downsample(TiffBlocks first, int width, int height) {
        return ((double) first.width() / width + (double) first.height() / height) / 2;
    }

    private static OptionalDouble stated(TiffDirectory directory) throws DataException {
        OptionalDouble microns = directory.micronsPerPixel();
        return microns.orElse(Double.MAX_VALUE) <= COARSEST_MICRONS_PER_PIXEL
                ? microns
                : OptionalDouble.empty();
    }

    private static OptionalDouble number(Pattern pattern, Optional<String> text) {
        Matcher matcher = pattern.matcher(text.orElse(""));
        if (!matcher.find()) return OptionalDouble.empty();
        try {
            double value = Double.parseDouble(matcher.group(1));
            return value > 0 ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException _) {
            return OptionalDouble.empty();
        }
    }

    public Path file() {
        return file;
    }

    /// Level 0's width in pixels.
    public int width() {
        return levels.getFirst().width();
    }

    /// Level 0's height in pixels.
    public int height() {
        return levels.getFirst().height();
    }

    /// The resolutions, finest first; at least one.
    public List<Level> levels() {
        return levels;
    }

    /// Microns along a side of a level-0 pixel: Aperio's `MPP`, else the TIFF resolution where it
    /// is finer than 50 microns; empty where neither is stated.
    public OptionalDouble micronsPerPixel() {
        return micronsPerPixel;
    }

    /// The objective's magnification (Aperio's `AppMag`), such as 20; empty where it is not stated.
    public OptionalDouble objectivePower() {
        return objectivePower;
    }

    /// The region of `width` x `height` pixels of `level` whose upper left corner is the level's
    /// pixel that holds the level-0 pixel (`x`, `y`). What lies outside the slide is white.
    ///
    /// @throws DataException if a tile in it is damaged
    public RgbImage read(int level, long x, long y, int width, int height) throws DataException {
        Level wanted = levels.get(level);
        if (width < 1 || height < 1 || 3L * width * height > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "width and height: expected at least 1 and fewer than 2 GiB, got %d x %d"
                            .formatted(width, height));
        }
        return readLevel(
                level,
                (long) Math.floor(x / wanted.downsample()),
                (long) Math.floor(y / wanted.downsample()),
                width,
                height);
    }

    private RgbImage readLevel(int level, long x, long y, int width, int height)
            throws DataException {
        byte[] pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) 255);
        Level size = levels.get(level);
        long right = Math.min(x + width, size.width());
        long bottom = Math.min(y + height, size.height());
        if (right > Math.max(x, 0) && bottom > Math.max(y, 0)) {
            int blockWidth = whole == null ? pyramid.get(level).blockWidth() : whole.width();
            int blockHeight = whole == null ? pyramid.get(level).blockHeight() : whole.height();
            for (int row = (int) (Math.max(y, 0) / blockHeight);
                    (long) row * blockHeight < bottom;
                    row++) {
                for (int column = (int) (Math.max(x, 0) / blockWidth);
                        (long) column * blockWidth < right;
                        column++) {
                    RgbImage block = block(level, column, row);
                    long left = Math.max(x, (long) column * blockWidth);
                    long end = Math.min(right, (long) (column + 1) * blockWidth);
                    long top = Math.max(y, (long) row * blockHeight);
                    long low = Math.min(bottom, (long) (row + 1) * blockHeight);
                    for (long line = top; line < low; line++) {
                        long fromRow = (line - (long) row * blockHeight) * block.width();
                        System.arraycopy(
                                block.pixels(),
                                3 * (int) (fromRow + left - (long) column * blockWidth),
                                pixels,
                                3 * (int) ((line - y) * width + left - x),
                                3 * (int) (end - left));
                    }
                }
            }
        }
        return new RgbImage(width, height, pixels);
    }

    private RgbImage block(int level, int column, int row) throws DataException {
        if (whole != null) return whole;
        BlockCache.Key key = new BlockCache.Key(level, column, row);
        RgbImage block = cache.get(key);
        if (block == null) {
            block = pyramid.get(level).decode(column, row);
            cache.put(key, block);
        }
        return block;
    }

    /// The whole slide with its longer side at most `longestSide` pixels: each pixel the mean of a
    /// square of the coarsest level that is not smaller than that.
    public Overview overview(int longestSide) throws DataException {
        if (longestSide < 1) {
            throw new IllegalArgumentException(
                    "longestSide: expected at least 1, got " + longestSide);
        }
        int level = levels.size() - 1;
        while (level > 0 && longerSide(levels.get(level)) < longestSide) level--;
        Level from = levels.get(level);
        int factor = (longerSide(from) - 1) / longestSide + 1;
        int width = (from.width() - 1) / factor + 1;
        int height = (from.height() - 1) / factor + 1;
        byte[] pixels = new byte[3 * width * height];
        int linesAtOnce = Math.max(1, 256 / factor);
        for (int y = 0; y < height; y += linesAtOnce) {
            int lines = Math.min(linesAtOnce, height - y);
            int top = y * factor;
            int bandHeight = Math.min(lines * factor, from.height() - top);
            RgbImage band = readLevel(level, 0, top, from.width(), bandHeight);
            average(band, factor, pixels, 3 * y * width, width, lines);
        }
        return new Overview(new RgbImage(width, height, pixels), factor * from.downsample());
    }

    private static int longerSide(Level level) {
        return Math.max(level.width(), level.height());
    }

    private static void average(
            RgbImage band, int factor, byte[] target, int offset, int width, int lines) {
        long[] sums = new long[3 * width];
        for (int line = 0; line < lines; line++) {
            Arrays.fill(sums, 0);
            int bottom = Math.min((line + 1) * factor, band.height());
            for (int y = line * factor; y < bottom; y++) {
                int i = 3 * y * band.width();
                for (int x = 0; x < band.width(); x++, i += 3) {
                    int o = 3 * (x / factor);
                    sums[o] += band.pixels()[i] & 0xff;
                    sums[o + 1] += band.pixels()[i + 1] & 0xff;
                    sums[o + 2] += band.pixels()[i + 2] & 0xff;
                }
            }
            for (int x = 0; x < width; x++) {
                int across = Math.min((x + 1) * factor, band.width()) - x * factor;
                long count = (long) across * (bottom - line * factor);
                for (int c = 0; c < 3; c++) {
                    long mean = (sums[3 * x + c] + count / 2) / count;
                    target[offset + 3 * (line * width + x) + c] = (byte) mean;
                }
            }
        }
    }

    @Override
    public void close() {
        if (tiff != null) tiff.close();
    }
}
