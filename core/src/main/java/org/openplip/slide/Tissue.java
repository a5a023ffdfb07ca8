package org.openplip.slide;

import java.util.BitSet;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// Where a slide holds tissue: a mask of square cells, at most 1024 along the longer side.
///
/// A cell is tissue if its colour saturation (HSV, of the mean colour) exceeds a threshold and
/// green is not its strongest channel, as it is in marker ink and in no histological stain. The
/// threshold is Otsu's (N. Otsu, "A threshold selection method from gray-level histograms", IEEE
/// Trans. SMC 9(1), 1979) over the cells' saturation, kept between [#LOWEST] and [#HIGHEST]: Otsu's
/// method always finds two classes, on empty glass and on a picture full of tissue too.
///
/// Not attempted: black and blue ink, folds, air bubbles, out-of-focus tissue. Immutable.
public final class Tissue {
    /// Below this saturation (of 255), glass with a tint of the lamp.
    static final int LOWEST = 13;

    /// Above this saturation (of 255), certainly stained.
    static final int HIGHEST = 38;

    private static final int LONGEST_SIDE = 1024;

    private final int columns;
    private final int rows;
    private final double cellSize;
    private final int threshold;
    private final BitSet cells;

    private Tissue(int columns, int rows, double cellSize, int threshold, BitSet cells) {
        this.columns = columns;
        this.rows = rows;
        this.cellSize = cellSize;
        this.threshold = threshold;
        this.cells = cells;
    }

    /// The tissue of `slide`; reads it once through its coarsest fitting level.
    public static Tissue of(Slide slide) throws DataException {
        Slide.Overview overview = slide.overview(LONGEST_SIDE);
        RgbImage image = overview.image();
        int count = image.width() * image.height();
        int[] saturations = new int[count];
        long[] histogram = new long[256];
        for (int i = 0; i < count; i++) {
            saturations[i] = saturation(image.pixels(), 3 * i);
            histogram[saturations[i]]++;
        }
        int threshold = Math.clamp(otsu(histogram), LOWEST, HIGHEST);
        BitSet cells = new BitSet(count);
        for (int i = 0; i < count; i++) {
            cells.set(i, saturations[i] > threshold && !green(image.pixels(), 3 * i));
        }
        return new Tissue(image.width(), image.height(), overview.downsample(), threshold, cells);
    }

    private static int saturation(byte[] pixels, int i) {
        int r = pixels[i] & 0xff;
        int g = pixels[i + 1] & 0xff;
        int b = pixels[i + 2] & 0xff;
        int brightest = Math.max(r, Math.max(g, b));
        int darkest = Math.min(r, Math.min(g, b));
        return brightest == 0 ? 0 : 255 * (brightest - darkest) / brightest;
    }

    private static boolean green(byte[] pixels, int i) {
        int g = pixels[i + 1] & 0xff;
        return g > (pixels[i] & 0xff) && g > (pixels[i + 2] & 0xff);
    }

    /// The highest value of the lower class, where the variance between the classes is greatest;
    /// the lowest such value on a tie.
    static int otsu(long[] histogram) {
        long total = 0;
        double sum = 0;
        for (int v = 0; v < histogram.length; v++) {
            total += histogram[v];
            sum += (double) v * histogram[v];
        }
        int best = 0;
        double greatest = -1;
        long below = 0;
        double sumBelow = 0;
        for (int v = 0; v < histogram.length - 1; v++) {
            below += histogram[v];
            sumBelow += (double) v * histogram[v];
            if (below == 0 || below == total) continue;
            double apart = sumBelow / below - (sum - sumBelow) / (total - below);
            double between = (double) below * (total - below) * apart * apart;
            if (between > greatest) {
                greatest = between;
                best = v;
            }
        }
        return best;
    }

    /// Cells along the slide's width.
    public int columns() {
        return columns;
    }

    /// Cells along the slide's height.
    public int rows() {
        return rows;
    }

    /// Level-0 pixels along a side of a cell.
    public double cellSize() {
        return cellSize;
    }

    /// The saturation, of 255, above which a cell is tissue.
    public int threshold() {
        return threshold;
    }

    /// Whether the cell at `column`, `row` is tissue.
    public boolean at(int column, int row) {
        if (column < 0 || column >= columns || row < 0 || row >= rows) {
            throw new IllegalArgumentException(
                    "cell: expected one of %d x %d, got (%d, %d)"
                            .formatted(columns, rows, column, row));
        }
        return cells.get(row * columns + column);
    }

    /// The part of the slide's cells that is tissue, 0 to 1.
    public double fraction() {
        return (double) cells.cardinality() / ((long) columns * rows);
    }

    /// The part of the rectangle of level-0 pixels that is tissue, 0 to 1, each cell weighted by
    /// its overlap; what lies outside the slide is none.
    public double fraction(long x, long y, int width, int height) {
        double covered = 0;
        double right = x + width;
        double bottom = y + height;
        int lastRow = (int) Math.min(rows - 1, Math.floor(bottom / cellSize));
        int lastColumn = (int) Math.min(columns - 1, Math.floor(right / cellSize));
        for (int row = (int) Math.max(0, Math.floor(y / cellSize)); row <= lastRow; row++) {
            double down = overlap((double) y, bottom, row);
            int first = row * columns + (int) Math.max(0, Math.floor(x / cellSize));
            int end = row * columns + lastColumn;
            for (int i = cells.nextSetBit(first); i >= 0 && i <= end; i = cells.nextSetBit(i + 1)) {
                covered += down * overlap((double) x, right, i - row * columns);
            }
        }
        return Math.min(1, covered / ((double) width * height));
    }

    private double overlap(double from, double to, int cell) {
        double start = Math.max(from, cell * cellSize);
        return Math.max(0, Math.min(to, (cell + 1) * cellSize) - start);
    }
}
