package org.openplip.slide;

import java.util.ArrayList;
import java.util.List;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// The squares that cover a slide side by side, split into those with enough tissue and a count of
/// the others.
///
/// The grid starts at the slide's upper left corner; its last column and row may reach past the
/// slide, where pixels are white and count as no tissue.
///
/// @param tiles those kept, row by row
/// @param rejected how many had less tissue than `minimumTissue`
/// @param columns along the slide's width, kept or not
/// @param rows along the slide's height, kept or not
/// @param tileSize the side of a tile's picture in pixels
/// @param minimumTissue the least tissue fraction that is kept, 0 to 1
public record TileGrid(
        List<Tile> tiles, int rejected, int columns, int rows, int tileSize, double minimumTissue) {
    /// A level may be this much coarser than asked for: scanners' levels are not exact powers of 2.
    private static final double TOLERANCE = 1.01;

    public TileGrid {
        tiles = List.copyOf(tiles);
    }

    /// Tiles whose pictures have `tileSize` pixels of `micronsPerPixel`.
    ///
    /// @throws DataException if the slide does not state its resolution, or cannot be read
    public static TileGrid of(
            Slide slide, double micronsPerPixel, int tileSize, double minimumTissue)
            throws DataException {
        if (!(micronsPerPixel > 0)) {
            throw new IllegalArgumentException(
                    "micronsPerPixel: expected above 0, got " + micronsPerPixel);
        }
        if (slide.micronsPerPixel().isEmpty()) {
            throw new DataException(
                    slide.file(), "states no resolution; choose tiles of level-0 pixels");
        }
        double scale = micronsPerPixel / slide.micronsPerPixel().getAsDouble();
        return cover(slide, scale, tileSize, minimumTissue);
    }

    /// Tiles of `tileSize` level-0 pixels.
    public static TileGrid ofLevel0(Slide slide, int tileSize, double minimumTissue)
            throws DataException {
        return cover(slide, 1, tileSize, minimumTissue);
    }

    private static TileGrid cover(Slide slide, double scale, int tileSize, double minimumTissue)
            throws DataException {
        if (tileSize < 1) {
            throw new IllegalArgumentException("tileSize: expected at least 1, got " + tileSize);
        }
        double pitch = Math.max(1, tileSize * scale);
        int side = (int) Math.round(pitch);
        int columns = (int) Math.ceil(slide.width() / pitch);
        int rows = (int) Math.ceil(slide.height() / pitch);
        Tissue tissue = Tissue.of(slide);
        List<Tile> kept = new ArrayList<>();
        int rejected = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                long x = Math.round(column * pitch);
                long y = Math.round(row * pitch);
                double fraction = tissue.fraction(x, y, side, side);
                if (fraction >= minimumTissue) {
                    kept.add(new Tile(x, y, side, side, fraction));
                } else {
                    rejected++;
                }
            }
        }
        return new TileGrid(kept, rejected, columns, rows, tileSize, minimumTissue);
    }

    /// The picture of `tile`, `tileSize` x `tileSize`: from the coarsest level that is at least as
    /// fine as asked for, then resized (bicubic, antialiased).
    public RgbImage read(Slide slide, Tile tile) throws DataException {
        double wanted = (double) tile.width() / tileSize * TOLERANCE;
        int level = slide.levels().size() - 1;
        while (level > 0 && slide.levels().get(level).downsample() > wanted) level--;
        double downsample = slide.levels().get(level).downsample();
        int width = Math.max(1, (int) Math.round(tile.width() / downsample));
        int height = Math.max(1, (int) Math.round(tile.height() / downsample));
        return Resampler.bicubic(
                slide.read(level, tile.x(), tile.y(), width, height), tileSize, tileSize);
    }
}
