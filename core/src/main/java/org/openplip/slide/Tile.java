package org.openplip.slide;

/// A square of a slide, in level-0 pixels; it may reach past the slide's edge.
///
/// @param tissueFraction the part of its area that is tissue, 0 to 1
public record Tile(long x, long y, int width, int height, double tissueFraction) {}
