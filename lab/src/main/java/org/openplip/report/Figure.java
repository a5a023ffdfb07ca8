package org.openplip.report;

import java.awt.Graphics2D;

/// A drawing of a fixed size, painted alike on screen pixels and into SVG.
public interface Figure {
    /// The file's name without an ending, such as `confusion`.
    String name();

    /// What the figure shows, in a sentence, for those who cannot see it.
    String description();

    /// In CSS pixels.
    int width();

    /// In CSS pixels.
    int height();

    /// Paints the whole figure, background excluded, into `[0, width] x [0, height]`.
    void paint(Graphics2D graphics);
}
