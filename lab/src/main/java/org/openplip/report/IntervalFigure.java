package org.openplip.report;

import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.report.Results.Measured;

/// One row per class, one point with its interval per model, between 0 and 1.
final class IntervalFigure implements Figure {
    /// @param points one per series; null where there is nothing to measure
    record Row(String label, String note, List<@Nullable Measured> points) {}

    private static final int LEFT = 56;
    private static final int RIGHT = 64;
    private static final int TOP = 36;
    private static final int ROW = 30;
    private static final int PLOT_WIDTH = 420;

    private final String name;
    private final String description;
    private final List<String> series;
    private final List<Row> rows;
    private final int left;

    IntervalFigure(String name, String description, List<String> series, List<Row> rows) {
        this.name = name;
        this.description = description;
        this.series = List.copyOf(series);
        this.rows = List.copyOf(rows);
        int longest = rows.stream().mapToInt(row -> row.label().length()).max().orElse(0);
        left = Math.max(LEFT, 12 + 8 * Math.min(longest, 28));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public int width() {
        return left + PLOT_WIDTH + RIGHT;
    }

    @Override
    public int height() {
        return TOP + ROW * rows.size() + 30;
    }

    private double x(double value) {
        return left + PLOT_WIDTH * Math.clamp(value, 0, 1);
    }

    @Override
    public void paint(Graphics2D g) {
        double legend = left;
        g.setFont(Style.TEXT);
        for (int i = 0; i < series.size(); i++) {
            point(g, legend + 5, 12, i);
            g.setColor(Style.INK);
            Style.left(g, series.get(i), legend + 16, 16);
            legend += 16 + Style.width(g, series.get(i)) + 24;
        }
        double bottom = TOP + ROW * rows.size();
        for (int tick = 0; tick <= 10; tick += 2) {
            double at = x(tick / 10.0);
            Style.line(g, Style.RULE, 0.75, at, TOP, at, bottom);
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            Style.centre(g, Style.decimal(tick / 10.0, 1), at, bottom + 18);
        }
        for (int r = 0; r < rows.size(); r++) {
            Row row = rows.get(r);
            double middle = TOP + r * ROW + ROW / 2.0;
            if (r % 2 == 1) continue;
            g.setColor(new java.awt.Color(0, 0, 0, 8));
            g.fill(new java.awt.geom.Rectangle2D.Double(0, middle - ROW / 2.0, width(), ROW));
            assert row.points().size() == series.size();
        }
        for (int r = 0; r < rows.size(); r++) {
            Row row = rows.get(r);
            double middle = TOP + r * ROW + ROW / 2.0;
            g.setFont(Style.BOLD);
            g.setColor(Style.INK);
            Style.left(g, row.label(), 6, middle + 4);
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            Style.right(g, row.note(), width() - 6.0, middle + 4);
            for (int i = row.points().size() - 1; i >= 0; i--) {
                Measured measured = row.points().get(i);
                if (measured == null) continue;
                double offset = (i - (series.size() - 1) / 2.0) * 9;
                Style.line(
                        g,
                        Style.series(i),
                        2,
                        x(measured.low()),
                        middle + offset,
                        x(measured.high()),
                        middle + offset);
                point(g, x(measured.value()), middle + offset, i);
            }
        }
    }

    private static void point(Graphics2D g, double x, double y, int series) {
        g.setColor(Style.series(series));
        if (series == 0) {
            g.fill(new Ellipse2D.Double(x - 4.5, y - 4.5, 9, 9));
        } else {
            g.setColor(Style.PAPER);
            g.fill(new Ellipse2D.Double(x - 4, y - 4, 8, 8));
            g.setColor(Style.series(series));
            g.setStroke(new java.awt.BasicStroke(2));
            g.draw(new Ellipse2D.Double(x - 4, y - 4, 8, 8));
        }
    }
}
