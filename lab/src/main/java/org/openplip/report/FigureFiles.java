package org.openplip.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.jfree.svg.SVGGraphics2D;
import org.openplip.io.AtomicFiles;

/// A figure as SVG and as PNG, both painted by the same code.
public final class FigureFiles {
    /// PNG pixels per CSS pixel: 192 dots an inch.
    private static final int SCALE = 2;

    private FigureFiles() {}

    /// An `svg` element, its text as text, with a title and a `viewBox` so that it scales.
    public static String svg(Figure figure) {
        SVGGraphics2D graphics = new SVGGraphics2D(figure.width(), figure.height());
        graphics.setFontFunction(_ -> Style.FONT_FAMILIES);
        graphics.setDefsKeyPrefix(figure.name() + "-");
        graphics.setGeomDoubleConverter(FigureFiles::twoDigits);
        graphics.setTransformDoubleConverter(FigureFiles::twoDigits);
        figure.paint(graphics);
        String element = graphics.getSVGElement();
        int bodyStart = element.indexOf('>') + 1;
        return """
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
        viewBox="0 0 %d %d" width="%d" height="%d" role="img" text-rendering="geometricPrecision">\
        <title>%s</title>%s
        """
                .formatted(
                        figure.width(),
                        figure.height(),
                        figure.width(),
                        figure.height(),
                        Html.escape(figure.description()),
                        element.substring(bodyStart))
                .strip();
    }

    /// The figure on white at two pixels per CSS pixel.
    public static BufferedImage png(Figure figure) {
        BufferedImage image =
                new BufferedImage(
                        figure.width() * SCALE,
                        figure.height() * SCALE,
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(
                    RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(
                    RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setRenderingHint(
                    RenderingHints.KEY_FRACTIONALMETRICS,
                    RenderingHints.VALUE_FRACTIONALMETRICS_ON);
            graphics.setRenderingHint(
                    RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            graphics.scale(SCALE, SCALE);
            Style.box(graphics, Style.PAPER, 0, 0, figure.width(), figure.height());
            figure.paint(graphics);
        } finally {
            graphics.dispose();
        }
        return image;
    }

    /// Writes `NAME.svg` and `NAME.png` into `folder` and returns the `svg` element.
    public static String write(Path folder, Figure figure) throws IOException {
        String svg = svg(figure);
        AtomicFiles.writeString(folder.resolve(figure.name() + ".svg"), svg + "\n");
        AtomicFiles.write(
                folder.resolve(figure.name() + ".png"),
                out -> {
                    if (!ImageIO.write(png(figure), "png", out)) {
                        throw new IllegalStateException("this JDK has no PNG writer");
                    }
                });
        return svg;
    }

    private static String twoDigits(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
    }
}
