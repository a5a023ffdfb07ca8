package org.openplip.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What all figures share: the colours of Okabe and Ito, which colour-blind readers can tell apart,
/// one typeface in three sizes, and number formats.
final class Style {
    static final Color PAPER = Color.WHITE;
    static final Color INK = new Color(0x1f2328);
    static final Color SOFT = new Color(0x59636e);
    static final Color RULE = new Color(0xd8dde2);
    static final Color BLUE = new Color(0x0072b2);
    static final Color ORANGE = new Color(0xe69f00);
    static final Color VERMILION = new Color(0xd55e00);
    static final Color GREEN = new Color(0x009e73);
    static final Color GREY = new Color(0x9aa4ae);

    /// One per model, the model under test first.
    private static final Color[] SERIES = {BLUE, ORANGE, GREEN, VERMILION, SOFT};

    /// Families as wide as Helvetica, so that what is measured here fits where a viewer has another
    /// of them.
    private static final List<String> LIKE_HELVETICA =
            List.of("Liberation Sans", "Arial", "Helvetica", "Arimo", "Nimbus Sans");

    private static final Optional<String> FAMILY = installed();

    /// The typeface in SVG: families of the width that was measured.
    static final String FONT_FAMILIES =
            FAMILY.isPresent()
                    ? "Helvetica, Arial, Liberation Sans, Arimo, Nimbus Sans, sans-serif"
                    : "DejaVu Sans, Verdana, sans-serif";

    static final Font TEXT = new Font(FAMILY.orElse(Font.SANS_SERIF), Font.PLAIN, 12);
    static final Font SMALL = TEXT.deriveFont(11f);
    static final Font BOLD = TEXT.deriveFont(Font.BOLD);

    private Style() {}

    private static Optional<String> installed() {
        Set<String> families =
                Set.of(
                        GraphicsEnvironment.getLocalGraphicsEnvironment()
                                .getAvailableFontFamilyNames(Locale.ROOT));
        return LIKE_HELVETICA.stream().filter(families::contains).findFirst();
    }

    static Color series(int index) {
        return SERIES[index % SERIES.length];
    }

    /// White at 0 to dark blue at 1, lightness falling all the way.
    static Color shade(double share) {
        double t = Math.clamp(share, 0, 1);
        // Three anchors in sRGB: paper, the palette's sky blue, deep blue.
        int[][] anchors = {{255, 255, 255}, {107, 174, 214}, {8, 48, 107}};
        int i = t < 0.5 ? 0 : 1;
        double f = (t - 0.5 * i) / 0.5;
        int[] mixed = new int[3];
        for (int c = 0; c < 3; c++) {
            mixed[c] = (int) Math.round(anchors[i][c] * (1 - f) + anchors[i + 1][c] * f);
        }
        return new Color(mixed[0], mixed[1], mixed[2]);
    }

    static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value).replace('-', '\u2212');
    }

    /// With a thin space between groups of three digits, from 10 000 on.
    static String count(long value) {
        String plain = Long.toString(value);
        if (plain.length() < 5) return plain;
        return String.format(Locale.ROOT, "%,d", value).replace(',', '\u2009');
    }

    static void left(Graphics2D g, String text, double x, double baseline) {
        g.drawString(text, (float) x, (float) baseline);
    }

    static void right(Graphics2D g, String text, double x, double baseline) {
        g.drawString(text, (float) (x - width(g, text)), (float) baseline);
    }

    static void centre(Graphics2D g, String text, double x, double baseline) {
        g.drawString(text, (float) (x - width(g, text) / 2), (float) baseline);
    }

    static double width(Graphics2D g, String text) {
        FontMetrics metrics = g.getFontMetrics();
        return metrics.getStringBounds(text, g).getWidth();
    }

    static void line(Graphics2D g, Color colour, double weight, double... ends) {
        g.setColor(colour);
        g.setStroke(new BasicStroke((float) weight));
        g.draw(new Line2D.Double(ends[0], ends[1], ends[2], ends[3]));
    }

    static void box(Graphics2D g, Color colour, double x, double y, double width, double height) {
        g.setColor(colour);
        g.fill(new Rectangle2D.Double(x, y, width, height));
    }
}
