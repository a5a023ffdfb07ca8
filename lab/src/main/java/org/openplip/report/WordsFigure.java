package org.openplip.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.util.List;
import java.util.Map;
import org.openplip.report.DataSetPage.Source;

/// The density of words per caption of each source, with its median: a Gaussian kernel of
/// Silverman's width, at least one word, reflected at 0.
final class WordsFigure implements Figure {
    private static final int LEFT = 30;
    private static final int PLOT_WIDTH = 800;
    private static final int TOP = 20;
    private static final int PLOT_HEIGHT = 240;
    private static final int BOTTOM = 44;
    private static final int POINTS = 400;

    private final List<Source> sources;
    private final double[][] densities;
    private final int last;
    private double highest;

    WordsFigure(List<Source> sources) {
        this.sources = List.copyOf(sources);
        int most = 10;
        for (Source source : sources) most = Math.max(most, (int) source.quantile(0.995) + 3);
        last = (most + 4) / 5 * 5;
        densities = new double[sources.size()][];
        for (int i = 0; i < densities.length; i++) {
            densities[i] = density(sources.get(i), last);
            for (double value : densities[i]) highest = Math.max(highest, value);
        }
    }

    private static double[] density(Source source, int last) {
        long[] counts = new long[1 + (int) source.quantile(1)];
        double sum = 0;
        double squares = 0;
        for (Map.Entry<Integer, Long> entry : source.words().entrySet()) {
            int words = entry.getKey();
            long captions = entry.getValue();
            counts[words] = captions;
            sum += (double) captions * words;
            squares += (double) captions * words * words;
        }
        long n = source.captions();
        double deviation = Math.sqrt(Math.max(0, squares / n - sum / n * sum / n));
        double width = Math.max(1, 1.06 * deviation * Math.pow((double) n, -0.2));
        double[] density = new double[POINTS + 1];
        for (int i = 0; i <= POINTS; i++) {
            double x = (double) last * i / POINTS;
            for (int words = 0; words < counts.length; words++) {
                if (counts[words] == 0) continue;
                density[i] +=
                        (double) counts[words]
                                * (kernel((x - words) / width) + kernel((x + words) / width))
                                / (n * width);
            }
        }
        return density;
    }

    private static double kernel(double z) {
        return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }

    @Override
    public String name() {
        return "words";
    }

    @Override
    public String description() {
        return "Density of words per caption for each source, with medians.";
    }

    @Override
    public int width() {
        return LEFT + PLOT_WIDTH + 30;
    }

    @Override
    public int height() {
        return TOP + PLOT_HEIGHT + BOTTOM;
    }

    private double x(double words) {
        return LEFT + PLOT_WIDTH * words / last;
    }

    private double y(double density) {
        return TOP + PLOT_HEIGHT * (1 - density / (highest * 1.06));
    }

    @Override
    public void paint(Graphics2D g) {
        double floor = TOP + PLOT_HEIGHT;
        int step = last > 60 ? 10 : 5;
        for (int words = 0; words <= last; words += step) {
            Style.line(g, Style.RULE, 0.75, x(words), TOP, x(words), floor);
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            Style.centre(g, Integer.toString(words), x(words), floor + 17);
        }
        g.setFont(Style.TEXT);
        g.setColor(Style.SOFT);
        Style.centre(g, "words per caption", LEFT + PLOT_WIDTH / 2.0, floor + 37);
        for (int i = 0; i < densities.length; i++) {
            Color colour = Style.series(i);
            Path2D.Double curve = new Path2D.Double();
            curve.moveTo(x(0), floor);
            for (int p = 0; p <= POINTS; p++) {
                curve.lineTo(x((double) last * p / POINTS), y(densities[i][p]));
            }
            curve.lineTo(x(last), floor);
            curve.closePath();
            g.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 56));
            g.fill(curve);
            g.setColor(colour);
            g.setStroke(new BasicStroke(2));
            g.draw(curve);
        }
        for (int i = 0; i < sources.size(); i++) {
            double median = sources.get(i).quantile(0.5);
            g.setColor(Style.series(i));
            g.setStroke(
                    new BasicStroke(
                            1.5f,
                            BasicStroke.CAP_BUTT,
                            BasicStroke.JOIN_MITER,
                            10,
                            new float[] {5, 3},
                            0));
            g.draw(new java.awt.geom.Line2D.Double(x(median), TOP, x(median), floor));
        }
        double right = LEFT + PLOT_WIDTH - 6.0;
        for (int i = 0; i < sources.size(); i++) {
            Source source = sources.get(i);
            String label =
                    "%s: median %s, n\u2009=\u2009%s"
                            .formatted(
                                    DataSetPage.plural(source.name()),
                                    Style.decimal(source.quantile(0.5), 0),
                                    Style.count(source.captions()));
            g.setFont(Style.BOLD);
            double start = right - Style.width(g, label);
            double baseline = TOP + 18 + 20.0 * i;
            Style.box(g, Style.PAPER, start - 24, baseline - 14, right - start + 30, 20);
            Style.box(g, Style.series(i), start - 18, baseline - 10, 12, 12);
            g.setColor(Style.INK);
            Style.left(g, label, start, baseline);
        }
        Style.line(g, Style.INK, 1, LEFT, floor, LEFT + (double) PLOT_WIDTH, floor);
    }
}
