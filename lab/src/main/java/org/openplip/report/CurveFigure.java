package org.openplip.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.geom.Rectangle2D;
import java.util.List;
import java.util.function.Function;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jspecify.annotations.Nullable;
import org.openplip.report.Results.Point;

/// The training run over its steps: loss, and beneath it what else was logged.
final class CurveFigure implements Figure {
    private static final int WIDTH = 720;
    private static final int LEGEND = 24;

    private record Curve(String name, Color colour, Function<Point, @Nullable Double> value) {}

    private record Panel(String axis, int height, List<Curve> curves) {}

    private final List<Point> points;
    private final List<Panel> panels;

    CurveFigure(List<Point> points) {
        this.points = List.copyOf(points);
        panels =
                List.of(
                                new Panel(
                                        "loss",
                                        220,
                                        List.of(
                                                new Curve("training loss", Style.BLUE, Point::loss),
                                                new Curve(
                                                        "validation loss",
                                                        Style.VERMILION,
                                                        Point::validationLoss))),
                                new Panel(
                                        "recall at 10",
                                        110,
                                        List.of(
                                                new Curve(
                                                        "validation recall at 10",
                                                        Style.GREEN,
                                                        Point::validationRecallAt10))),
                                new Panel(
                                        "logit scale",
                                        110,
                                        List.of(
                                                new Curve(
                                                        "logit scale",
                                                        Style.ORANGE,
                                                        Point::logitScale))))
                        .stream()
                        .map(
                                panel ->
                                        new Panel(
                                                panel.axis,
                                                panel.height,
                                                panel.curves.stream()
                                                        .filter(this::logged)
                                                        .toList()))
                        .filter(panel -> !panel.curves.isEmpty())
                        .toList();
    }

    private boolean logged(Curve curve) {
        return points.stream().anyMatch(point -> curve.value.apply(point) != null);
    }

    @Override
    public String name() {
        return "training";
    }

    @Override
    public String description() {
        return "Training curve over %d logged steps.".formatted(points.size());
    }

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public int height() {
        return LEGEND + 50 + panels.stream().mapToInt(Panel::height).sum();
    }

    @Override
    public void paint(Graphics2D g) {
        double x = 60;
        g.setFont(Style.TEXT);
        for (Panel panel : panels) {
            for (Curve curve : panel.curves) {
                Style.line(g, curve.colour, 2.5, x, 11, x + 20, 11);
                g.setColor(Style.INK);
                Style.left(g, curve.name, x + 26, 15);
                x += 26 + Style.width(g, curve.name) + 24;
            }
        }
        chart().draw(g, new Rectangle2D.Double(0, LEGEND, WIDTH, height() - LEGEND));
    }

    private JFreeChart chart() {
        NumberAxis steps = new NumberAxis("step");
        steps.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
        steps.setAutoRangeIncludesZero(true);
        dress(steps);
        CombinedDomainXYPlot combined = new CombinedDomainXYPlot(steps);
        combined.setGap(14);
        for (Panel panel : panels) combined.add(plot(panel), panel.height);
        JFreeChart chart = new JFreeChart(null, Style.BOLD, combined, false);
        chart.setBackgroundPaint(null);
        chart.setPadding(new RectangleInsets(2, 2, 2, 8));
        return chart;
    }

    private XYPlot plot(Panel panel) {
        XYSeriesCollection data = new XYSeriesCollection();
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
        for (int i = 0; i < panel.curves.size(); i++) {
            Curve curve = panel.curves.get(i);
            XYSeries series = new XYSeries(curve.name, false, true);
            for (Point point : points) {
                Double value = curve.value.apply(point);
                if (value != null && Double.isFinite(value)) {
                    series.add((double) point.step(), value);
                }
            }
            data.addSeries(series);
            renderer.setSeriesPaint(i, curve.colour);
            renderer.setSeriesStroke(
                    i, new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            renderer.setSeriesShapesVisible(i, series.getItemCount() < 30);
            renderer.setSeriesShape(i, new java.awt.geom.Ellipse2D.Double(-2.5, -2.5, 5, 5));
        }
        NumberAxis values = new NumberAxis(panel.axis);
        values.setAutoRangeIncludesZero(!panel.axis.equals("logit scale"));
        dress(values);
        XYPlot plot = new XYPlot(data, null, values, renderer);
        Paint none = null;
        plot.setBackgroundPaint(none);
        plot.setOutlineVisible(false);
        plot.setDomainGridlinesVisible(false);
        plot.setRangeGridlinePaint(Style.RULE);
        plot.setRangeGridlineStroke(new BasicStroke(0.75f));
        plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
        return plot;
    }

    private static void dress(NumberAxis axis) {
        axis.setLabelFont(Style.SMALL);
        axis.setLabelPaint(Style.SOFT);
        axis.setTickLabelFont(Style.SMALL);
        axis.setTickLabelPaint(Style.SOFT);
        axis.setAxisLinePaint(Style.GREY);
        axis.setTickMarkPaint(Style.GREY);
    }
}
