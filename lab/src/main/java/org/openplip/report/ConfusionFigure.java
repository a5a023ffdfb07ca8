package org.openplip.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;

/// A confusion matrix: counts, coloured by their share of the true class.
final class ConfusionFigure implements Figure {
    private static final int TOP_TITLE = 22;
    private static final int SIDE_TITLE = 0;
    private static final int COUNT_COLUMN = 52;
    private static final int BAR = 46;
    private static final int GAP = 8;

    private final List<String> labels;
    private final List<String> names;
    private final long[][] counts;
    private final int cell;
    private final int left;
    private final int top;
    private final boolean slanted;

    /// @param counts `[true class][predicted class]`
    ConfusionFigure(List<String> labels, List<String> names, long[][] counts) {
        this.labels = labels;
        this.names = names;
        this.counts = counts;
        cell = Math.clamp(560L / Math.max(1, labels.size()), 16, 52);
        double widestLabel =
                labels.stream().mapToDouble(l -> widthOf(Style.BOLD, l)).max().orElse(0);
        double widestName =
                names.stream().mapToDouble(n -> widthOf(Style.SMALL, n)).max().orElse(0);
        boolean named = !labels.equals(names);
        left = SIDE_TITLE + (int) Math.ceil(widestLabel + (named ? widestName + GAP : 0)) + 2 * GAP;
        slanted = widestLabel > cell - 4;
        top = TOP_TITLE + (slanted ? (int) Math.ceil(widestLabel * 0.71) + 14 : 24);
    }

    private static double widthOf(Font font, String text) {
        Graphics2D scratch = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        try {
            FontMetrics metrics = scratch.getFontMetrics(font);
            return metrics.stringWidth(text);
        } finally {
            scratch.dispose();
        }
    }

    @Override
    public String name() {
        return "confusion";
    }

    @Override
    public String description() {
        return "Confusion matrix of %d classes: rows are true, columns predicted."
                .formatted(labels.size());
    }

    @Override
    public int width() {
        int slack = slanted ? top - TOP_TITLE : 0;
        return left + cell * labels.size() + Math.max(COUNT_COLUMN + BAR + 30, slack);
    }

    @Override
    public int height() {
        return top + cell * labels.size() + 10;
    }

    @Override
    public void paint(Graphics2D g) {
        int size = labels.size();
        g.setFont(Style.SMALL);
        g.setColor(Style.SOFT);
        Style.centre(g, "predicted class", left + cell * size / 2.0, 13);
        Style.right(g, "true class", left - GAP, top - 8);
        Style.right(g, "n", left + cell * size + COUNT_COLUMN - 12, top - 8);
        for (int row = 0; row < size; row++) {
            double middle = top + row * cell + cell / 2.0;
            g.setFont(Style.BOLD);
            g.setColor(Style.INK);
            Style.left(g, labels.get(row), SIDE_TITLE + 2.0, middle + 4);
            if (!labels.equals(names)) {
                g.setFont(Style.SMALL);
                g.setColor(Style.SOFT);
                Style.right(g, names.get(row), left - GAP, middle + 4);
            }
            columnLabel(g, row);
            long n = 0;
            for (long count : counts[row]) n += count;
            for (int column = 0; column < size; column++) cell(g, row, column, n);
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            Style.right(g, Style.count(n), left + cell * size + COUNT_COLUMN - 12, middle + 4);
        }
        g.setColor(Style.RULE);
        g.setStroke(new java.awt.BasicStroke(1));
        g.draw(new Rectangle2D.Double(left, top, cell * size, cell * size));
        colourBar(g, left + cell * size + COUNT_COLUMN + 4.0);
    }

    private void columnLabel(Graphics2D g, int column) {
        double middle = left + column * cell + cell / 2.0;
        g.setFont(Style.BOLD);
        g.setColor(Style.INK);
        if (!slanted) {
            Style.centre(g, labels.get(column), middle, top - 8);
            return;
        }
        AffineTransform before = g.getTransform();
        g.translate(middle + 3, top - 6);
        g.rotate(-Math.PI / 4);
        Style.left(g, labels.get(column), 0, 0);
        g.setTransform(before);
    }

    private void cell(Graphics2D g, int row, int column, long n) {
        double x = left + column * cell;
        double y = top + row * cell;
        double share = n == 0 ? 0 : (double) counts[row][column] / n;
        Style.box(g, Style.shade(share), x, y, cell, cell);
        if (cell < 22) return;
        g.setFont(row == column ? Style.BOLD : Style.TEXT);
        g.setColor(share > 0.45 ? Color.WHITE : counts[row][column] == 0 ? Style.GREY : Style.INK);
        Style.centre(g, Style.count(counts[row][column]), x + cell / 2.0, y + cell / 2.0 + 4);
    }

    private void colourBar(Graphics2D g, double x) {
        int length = Math.min(cell * labels.size(), 200);
        int slices = 50;
        for (int i = 0; i < slices; i++) {
            double share = 1 - (i + 0.5) / slices;
            double y = top + (double) length * i / slices;
            // Half a pixel of overlap hides the seams that renderers leave between boxes.
            double overlap = i == slices - 1 ? 0 : 0.5;
            Style.box(g, Style.shade(share), x, y, 12, (double) length / slices + overlap);
        }
        g.setColor(Style.RULE);
        g.draw(new Rectangle2D.Double(x, top, 12, length));
        g.setFont(Style.SMALL);
        g.setColor(Style.SOFT);
        for (int percent = 0; percent <= 100; percent += 25) {
            double y = top + length * (1 - percent / 100.0);
            Style.left(g, percent + "\u2009%", x + 17, y + 4);
        }
        Style.left(g, "of row", x - 1, top - 8);
    }
}
