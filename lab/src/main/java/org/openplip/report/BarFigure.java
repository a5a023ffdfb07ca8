package org.openplip.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.ArrayList;
import java.util.List;
import org.openplip.report.Results.Measured;

/// Groups of bars between 0 and 1 with bootstrap intervals, and the level of chance of each group
/// as a dashed line.
final class BarFigure implements Figure {
    /// @param chance the reference level, drawn across the group
    record Group(String label, List<Measured> bars, double chance) {}

    private static final int LEFT = 44;
    private static final int TOP = 46;
    private static final int PLOT_HEIGHT = 250;
    private static final int BAR_WIDTH = 44;
    private static final int BAR_GAP = 10;
    private static final int GROUP_GAP = 44;

    private final String name;
    private final String description;
    private final List<String> series;
    private final List<Group> groups;

    BarFigure(String name, String description, List<String> series, List<Group> groups) {
        this.name = name;
        this.description = description;
        this.series = List.copyOf(series);
        this.groups = List.copyOf(groups);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    private int groupWidth() {
        return series.size() * BAR_WIDTH + (series.size() - 1) * BAR_GAP;
    }

    @Override
    public int width() {
        return Math.max(420, LEFT + groups.size() * (groupWidth() + GROUP_GAP) + 10);
    }

    @Override
    public int height() {
        return TOP + PLOT_HEIGHT + 30;
    }

    private static double y(double value) {
        return TOP + PLOT_HEIGHT * (1 - Math.clamp(value, 0, 1));
    }

    @Override
    public void paint(Graphics2D g) {
        List<String> legend = new ArrayList<>(series);
        double x = LEFT;
        g.setFont(Style.TEXT);
        for (int i = 0; i < legend.size(); i++) {
            Style.box(g, Style.series(i), x, 6, 12, 12);
            g.setColor(Style.INK);
            Style.left(g, legend.get(i), x + 18, 16);
            x += 18 + Style.width(g, legend.get(i)) + 24;
        }
        dashed(g, x, 12, x + 18, 12);
        g.setColor(Style.INK);
        Style.left(g, "chance", x + 24, 16);

        for (int tick = 0; tick <= 10; tick += 2) {
            double value = tick / 10.0;
            Style.line(g, Style.RULE, tick == 0 ? 0 : 0.75, LEFT, y(value), width(), y(value));
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            Style.right(g, Style.decimal(value, 1), LEFT - 8.0, y(value) + 4);
        }
        double pitch = (width() - LEFT) / (double) groups.size();
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.get(i);
            double start = LEFT + i * pitch + (pitch - groupWidth()) / 2;
            for (int j = 0; j < group.bars().size(); j++) {
                bar(g, start + j * (BAR_WIDTH + BAR_GAP), group.bars().get(j), Style.series(j));
            }
            dashed(g, start - 10, y(group.chance()), start + groupWidth() + 10, y(group.chance()));
            g.setFont(Style.BOLD);
            g.setColor(Style.INK);
            Style.centre(g, group.label(), start + groupWidth() / 2.0, TOP + PLOT_HEIGHT + 20);
        }
        Style.line(g, Style.INK, 1, LEFT, y(0), width(), y(0));
    }

    private static void bar(Graphics2D g, double x, Measured measured, Color colour) {
        double middle = x + BAR_WIDTH / 2.0;
        Style.box(g, colour, x, y(measured.value()), BAR_WIDTH, y(0) - y(measured.value()));
        Style.line(g, Style.INK, 1.25, middle, y(measured.low()), middle, y(measured.high()));
        for (double end : new double[] {measured.low(), measured.high()}) {
            Style.line(g, Style.INK, 1.25, middle - 5, y(end), middle + 5, y(end));
        }
        g.setFont(Style.TEXT);
        g.setColor(Style.INK);
        double top = Math.min(y(measured.high()), y(measured.value()));
        Style.centre(g, Style.decimal(measured.value(), 3), middle, top - 6);
    }

    private static void dashed(Graphics2D g, double x1, double y1, double x2, double y2) {
        g.setColor(Style.VERMILION);
        g.setStroke(
                new BasicStroke(
                        1.75f,
                        BasicStroke.CAP_BUTT,
                        BasicStroke.JOIN_MITER,
                        10,
                        new float[] {5, 3},
                        0));
        g.draw(new Line2D.Double(x1, y1, x2, y2));
    }
}
