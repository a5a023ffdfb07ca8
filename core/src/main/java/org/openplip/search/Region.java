package org.openplip.search;

/// A rectangle of a slide, in level-0 pixels.
///
/// @param x of the left edge
/// @param y of the upper edge
public record Region(long x, long y, long width, long height) {
    public Region {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "width and height: expected at least 1, got " + width + " and " + height);
        }
    }
}
