package org.openplip.slide;

/// One resolution of a slide.
///
/// @param width in this level's pixels
/// @param height in this level's pixels
/// @param downsample level-0 pixels along a side of one of this level's pixels; 1 for level 0
public record Level(int width, int height, double downsample) {}
