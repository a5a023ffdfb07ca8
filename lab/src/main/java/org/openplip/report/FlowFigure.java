package org.openplip.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.openplip.report.Results.Step;

/// The filter from top to bottom: one bar per step, as long as what it let through, its rejections
/// beside it.
final class FlowFigure implements Figure {
    private static final int NAME = 190;
    private static final int BAR = 300;
    private static final int COUNT = 70;
    private static final int REASONS = 260;
    private static final int LINE = 17;
    private static final int GAP = 12;
    private static final int TOP = 30;
    private static final int MOST_REASONS = 6;
    private static final Color REJECTED = new Color(0xf3c9ad);

    private final List<Step> steps;
    private final long most;

    FlowFigure(List<Step> steps) {
        this.steps = List.copyOf(steps);
        most =
                Math.max(
                        1,
                        steps.stream().mapToLong(s -> Math.max(s.in(), s.out())).max().orElse(1));
    }

    @Override
    public String name() {
        return "flow";
    }

    @Override
    public String description() {
        return "The filter's steps, what each let through and what it rejected.";
    }

    @Override
    public int width() {
        return NAME + BAR + COUNT + REASONS;
    }

    @Override
    public int height() {
        return TOP + steps.stream().mapToInt(FlowFigure::heightOf).sum();
    }

    private static int heightOf(Step step) {
        return Math.max(2, reasons(step).size()) * LINE + GAP;
    }

    /// The most frequent reasons, the rest summed up.
    private static List<String> reasons(Step step) {
        List<Map.Entry<String, Long>> entries =
                step.rejected().entrySet().stream()
                        .filter(entry -> entry.getValue() > 0)
                        .sorted(
                                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                                        .thenComparing(Map.Entry.comparingByKey()))
                        .toList();
        List<String> lines = new ArrayList<>();
        long rest = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (i < MOST_REASONS - 1 || entries.size() == MOST_REASONS) {
                lines.add(
                        "\u2212%s  %s"
                                .formatted(
                                        Style.count(entries.get(i).getValue()),
                                        entries.get(i).getKey()));
            } else {
                rest += entries.get(i).getValue();
            }
        }
        if (rest > 0) {
            lines.add(
                    "\u2212%s  for %d other reasons"
                            .formatted(Style.count(rest), entries.size() - (MOST_REASONS - 1)));
        }
        return lines;
    }

    @Override
    public void paint(Graphics2D g) {
        g.setFont(Style.SMALL);
        g.setColor(Style.SOFT);
        Style.left(g, "step", 6, 14);
        Style.left(g, "went on", NAME, 14);
        Style.box(g, REJECTED, NAME + 66.0, 5, 11, 11);
        g.setColor(Style.SOFT);
        Style.left(g, "rejected", NAME + 82.0, 14);
        Style.right(g, "left", NAME + BAR + COUNT - 14.0, 14);
        Style.left(g, "rejected because", NAME + BAR + COUNT, 14);
        double y = TOP;
        for (Step step : steps) {
            Style.line(g, Style.RULE, 0.75, 0, y - GAP / 2.0, width(), y - GAP / 2.0);
            int height = heightOf(step) - GAP;
            double middle = y + height / 2.0;
            g.setFont(Style.BOLD);
            g.setColor(Style.INK);
            Style.left(g, words(step.step()), 6, middle - 2);
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            String unit = step.unit() == null ? "" : " " + step.unit() + "s";
            Style.left(g, Style.count(step.in()) + unit + " in", 6, middle + 12);
            double out = BAR * (double) step.out() / most;
            double in = BAR * (double) step.in() / most;
            Style.box(g, REJECTED, NAME, middle - 10, in, 20);
            Style.box(g, Style.BLUE, NAME, middle - 10, out, 20);
            g.setFont(Style.BOLD);
            g.setColor(Style.INK);
            Style.right(g, Style.count(step.out()), NAME + BAR + COUNT - 14.0, middle + 4);
            g.setFont(Style.SMALL);
            List<String> reasons = reasons(step);
            double first = middle - reasons.size() * LINE / 2.0 + 12;
            for (int i = 0; i < reasons.size(); i++) {
                g.setColor(Style.SOFT);
                Style.left(g, reasons.get(i), NAME + BAR + COUNT, first + i * LINE);
            }
            y += height + GAP;
        }
    }

    private static String words(String step) {
        return step.replace('_', ' ').replace('-', ' ');
    }
}
