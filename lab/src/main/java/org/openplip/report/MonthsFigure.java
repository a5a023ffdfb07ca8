package org.openplip.report;

import java.awt.Graphics2D;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.openplip.report.DataSetPage.Month;

/// Pairs by the month in which their post was made, training and validation.
final class MonthsFigure implements Figure {
    private static final int LEFT = 52;
    private static final int PLOT_WIDTH = 790;
    private static final int TOP = 34;
    private static final int PLOT_HEIGHT = 170;
    private static final int BOTTOM = 30;

    private final List<Month> months;
    private final YearMonth first;
    private final int span;
    private final long step;
    private final long top;

    MonthsFigure(List<Month> months) {
        this.months = List.copyOf(months);
        first = YearMonth.parse(months.getFirst().month());
        span = 1 + at(months.getLast().month());
        long most = 1;
        for (Month month : months) most = Math.max(most, month.train() + month.validation());
        step = roundStep(most);
        top = (most + step - 1) / step * step;
    }

    private int at(String month) {
        return Math.toIntExact(ChronoUnit.MONTHS.between(first, YearMonth.parse(month)));
    }

    /// The smallest of 1, 2, 5, 10, 20, ... of which at most five reach `most`.
    private static long roundStep(long most) {
        for (long power = 1; ; power *= 10) {
            for (long digit : new long[] {1, 2, 5}) {
                if (5 * digit * power >= most) return digit * power;
            }
        }
    }

    @Override
    public String name() {
        return "months";
    }

    @Override
    public String description() {
        return "Pairs by month, training and validation.";
    }

    @Override
    public int width() {
        return LEFT + PLOT_WIDTH + 18;
    }

    @Override
    public int height() {
        return TOP + PLOT_HEIGHT + BOTTOM;
    }

    private double x(double month) {
        return LEFT + PLOT_WIDTH * month / span;
    }

    private double y(double pairs) {
        return TOP + PLOT_HEIGHT * (1 - pairs / top);
    }

    @Override
    public void paint(Graphics2D g) {
        g.setFont(Style.TEXT);
        Style.box(g, Style.BLUE, LEFT, 6, 12, 12);
        g.setColor(Style.INK);
        Style.left(g, "training", LEFT + 18.0, 16);
        Style.box(g, Style.ORANGE, LEFT + 88.0, 6, 12, 12);
        g.setColor(Style.INK);
        Style.left(g, "validation", LEFT + 106.0, 16);
        g.setFont(Style.SMALL);
        for (long tick = 0; tick <= top; tick += step) {
            Style.line(
                    g,
                    Style.RULE,
                    0.75,
                    LEFT,
                    y((double) tick),
                    LEFT + (double) PLOT_WIDTH,
                    y((double) tick));
            g.setColor(Style.SOFT);
            Style.right(g, Style.count(tick), LEFT - 8.0, y((double) tick) + 4);
        }
        double gap = Math.min(2, 0.2 * PLOT_WIDTH / span);
        double width = (double) PLOT_WIDTH / span - gap;
        for (Month month : months) {
            double at = x(at(month.month())) + gap / 2;
            Style.box(
                    g,
                    Style.BLUE,
                    at,
                    y((double) month.train()),
                    width,
                    y(0) - y((double) month.train()));
            double sum = (double) (month.train() + month.validation());
            Style.box(g, Style.ORANGE, at, y(sum), width, y((double) month.train()) - y(sum));
        }
        Style.line(g, Style.INK, 1, LEFT, y(0), LEFT + (double) PLOT_WIDTH, y(0));
        for (int month = 0; month < span; month++) {
            YearMonth at = first.plusMonths(month);
            if (at.getMonthValue() != 1 && month > 0) continue;
            Style.line(g, Style.INK, 1, x(month), y(0), x(month), y(0) + 5);
            boolean room = month == 0 || at.getMonthValue() == 1;
            int next = 13 - first.getMonthValue();
            if (month == 0 && next < 12 && x(next) - x(0) < 40) room = false;
            g.setColor(Style.SOFT);
            if (room) Style.left(g, Integer.toString(at.getYear()), x(month) + 3, y(0) + 18);
        }
    }
}
