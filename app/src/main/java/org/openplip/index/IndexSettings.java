package org.openplip.index;

/// How slides are cut: the table `[index]` of a recipe.
///
/// @param tileSize side of a tile's picture in pixels
/// @param micronsPerPixel of a tile's picture
/// @param minimumTissue least share of a tile that must be tissue, 0 to 1
public record IndexSettings(int tileSize, double micronsPerPixel, double minimumTissue) {}
