package org.openplip.phantom;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;
import org.openplip.image.RgbImage;

/// Pictures that pathologists post beside micrographs, and that a filter should leave out.
final class NonPathology {
    enum Kind {
        CHART,
        FACE,
        SCREENSHOT,
        GROSS,
        TALK,
        LANDSCAPE
    }

    private static final String[] WORDS = {
        "PATIENT",
        "RESULTS",
        "METHODS",
        "COHORT",
        "TABLE",
        "SURVIVAL",
        "OUTCOME",
        "MARGIN",
        "GRADE",
        "STAGE",
        "SESSION",
        "WELCOME",
        "POSTER",
        "ABSTRACT",
        "FELLOWS",
        "THE",
        "OF",
        "AND",
        "WITH",
        "IN",
        "FOR",
        "BY",
        "REPORT",
        "REVIEW",
        "DATA",
        "NEW",
        "MODEL",
        "CASES",
        "TOTAL",
        "MEAN"
    };

    private NonPathology() {}

    static RgbImage draw(Kind kind, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int width = 224 + random.nextInt(5) * 24;
        int height = 200 + random.nextInt(4) * 24;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        switch (kind) {
            case CHART -> chart(graphics, width, height, random);
            case FACE -> face(graphics, width, height, random);
            case SCREENSHOT -> screenshot(graphics, width, height, random);
            case GROSS -> gross(graphics, width, height, random);
            case TALK -> talk(graphics, width, height, random);
            case LANDSCAPE -> landscape(graphics, width, height, random);
        }
        graphics.dispose();
        RgbImage drawn = RgbImage.of(image);
        if (kind == Kind.FACE || kind == Kind.GROSS || kind == Kind.LANDSCAPE) grain(drawn, random);
        return drawn;
    }

    private static void chart(Graphics2D g, int width, int height, SplittableRandom random) {
        fill(g, Color.WHITE, width, height);
        double left = 34;
        double bottom = height - 26.0;
        double top = 30;
        g.setColor(new Color(225, 225, 225));
        g.setStroke(new BasicStroke(1));
        for (int i = 1; i <= 4; i++) {
            double y = bottom - (bottom - top) * i / 4;
            line(g, left, y, width - 12, y);
        }
        Color[] colours = {hsb(random, 0.7, 0.8), hsb(random, 0.7, 0.7), hsb(random, 0.6, 0.85)};
        int form = random.nextInt(3);
        if (form == 0) {
            int bars = random.nextInt(4, 9);
            double step = (width - 12 - left) / bars;
            for (int i = 0; i < bars; i++) {
                double h = (bottom - top) * random.nextDouble(0.15, 0.97);
                g.setColor(colours[random.nextInt(10) < 7 ? 0 : 1]);
                g.fill(
                        new Rectangle2D.Double(
                                left + step * (i + 0.18), bottom - h, step * 0.64, h));
            }
        } else {
            for (int series = 0; series < 3; series++) {
                g.setColor(colours[series]);
                g.setStroke(new BasicStroke(2.2f));
                Path2D path = new Path2D.Double();
                double value = form == 1 ? 1 : random.nextDouble(0.1, 0.4);
                for (int i = 0; i <= 24; i++) {
                    double x = left + (width - 14 - left) * i / 24;
                    double y = bottom - (bottom - top) * value * 0.95;
                    if (i == 0) path.moveTo(x, y);
                    else path.lineTo(x, y);
                    if (form == 1 && i < 24) {
                        path.lineTo(left + (width - 14 - left) * (i + 1) / 24, y);
                        value *= random.nextDouble(0.88, 1);
                    } else {
                        value = Math.clamp(value + random.nextDouble(-0.08, 0.1), 0.03, 1);
                    }
                }
                g.draw(path);
            }
        }
        g.setColor(new Color(60, 60, 60));
        g.setStroke(new BasicStroke(1.4f));
        line(g, left, top, left, bottom);
        line(g, left, bottom, width - 12, bottom);
        StrokeFont.draw(g, words(random, 2), left + 4, 20, 9);
        for (int i = 0; i <= 4; i++) {
            String tick = String.valueOf(i * 25);
            StrokeFont.draw(
                    g,
                    tick,
                    30 - StrokeFont.width(tick, 6),
                    bottom - (bottom - top) * i / 4 + 3,
                    6);
        }
        StrokeFont.draw(g, words(random, 1), width / 2.0 - 10, height - 8, 7);
    }

    private static void face(Graphics2D g, int width, int height, SplittableRandom random) {
        g.setPaint(
                new GradientPaint(
                        0, 0, hsb(random, 0.25, 0.85), width, height, hsb(random, 0.35, 0.5)));
        g.fillRect(0, 0, width, height);
        int people = random.nextInt(1, 4);
        double size = people == 1 ? height * 0.36 : height * 0.24;
        for (int i = 0; i < people; i++) {
            double x = width * (i + 0.5) / people + random.nextDouble(-6, 6);
            double y = height * random.nextDouble(0.4, 0.5);
            float warmth = (float) random.nextDouble(0.05, 0.085);
            float light = (float) random.nextDouble(0.4, 0.95);
            Color skin = Color.getHSBColor(warmth, (float) random.nextDouble(0.3, 0.5), light);
            Color hair = Color.getHSBColor(0.07f, 0.5f, (float) random.nextDouble(0.08, 0.5));
            g.setColor(random.nextBoolean() ? new Color(235, 238, 242) : hsb(random, 0.6, 0.5));
            disc(g, x, y + size * 1.75, size * 1.05, size * 0.95);
            g.setColor(skin.darker());
            disc(g, x, y + size * 0.75, size * 0.24, size * 0.4);
            g.setColor(hair);
            disc(g, x, y - size * 0.18, size * 0.66, size * 0.78);
            g.setColor(skin);
            disc(g, x, y, size * 0.54, size * 0.72);
            g.setColor(hair);
            g.fill(
                    new java.awt.geom.Arc2D.Double(
                            x - size * 0.56,
                            y - size * 0.78,
                            size * 1.12,
                            size * 0.8,
                            0,
                            180,
                            java.awt.geom.Arc2D.CHORD));
            for (int side = -1; side <= 1; side += 2) {
                g.setColor(Color.WHITE);
                disc(g, x + side * size * 0.21, y - size * 0.04, size * 0.1, size * 0.06);
                g.setColor(new Color(50, 35, 25));
                disc(g, x + side * size * 0.21, y - size * 0.04, size * 0.05, size * 0.055);
            }
            g.setColor(skin.darker());
            g.setStroke(new BasicStroke((float) (size * 0.04)));
            line(g, x, y + size * 0.04, x - size * 0.05, y + size * 0.22);
            g.setColor(new Color(170, 70, 70));
            g.setStroke(
                    new BasicStroke(
                            (float) (size * 0.06), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            Path2D smile = new Path2D.Double();
            smile.moveTo(x - size * 0.2, y + size * 0.36);
            smile.quadTo(
                    x, y + size * random.nextDouble(0.42, 0.56), x + size * 0.2, y + size * 0.36);
            g.draw(smile);
        }
    }

    private static void screenshot(Graphics2D g, int width, int height, SplittableRandom random) {
        boolean dark = random.nextInt(4) == 0;
        fill(g, dark ? new Color(24, 28, 36) : new Color(252, 252, 252), width, height);
        Color bar = hsb(random, 0.5, 0.6);
        g.setColor(bar);
        g.fillRect(0, 0, width, 22);
        g.setColor(Color.WHITE);
        StrokeFont.draw(g, words(random, 2), 8, 15, 8);
        g.setColor(dark ? new Color(215, 220, 228) : new Color(35, 35, 40));
        double letter = random.nextDouble(5.5, 8);
        double y = 40;
        while (y < height - 6) {
            String text = "";
            while (StrokeFont.width(text, letter) < width - 24 - random.nextInt(60)) {
                String next = text + Captions.pick(WORDS, random) + " ";
                if (StrokeFont.width(next, letter) > width - 12) break;
                text = next;
            }
            StrokeFont.draw(g, text, 10, y, letter);
            y += letter * (random.nextInt(6) == 0 ? 3.2 : 1.9);
        }
    }

    private static void gross(Graphics2D g, int width, int height, SplittableRandom random) {
        Noise noise = new Noise(random);
        boolean green = random.nextInt(3) == 0;
        Color cloth = green ? new Color(60, 128, 110) : new Color(52, 96, 160);
        for (int y = 0; y < height; y += 2) {
            for (int x = 0; x < width; x += 2) {
                double shade = 0.75 + 0.4 * noise.octaves(x * 0.02, y * 0.02, 3);
                g.setColor(shade(cloth, shade));
                g.fillRect(x, y, 2, 2);
            }
        }
        double cx = width * random.nextDouble(0.42, 0.58);
        double cy = height * random.nextDouble(0.38, 0.48);
        double rx = width * random.nextDouble(0.24, 0.34);
        double ry = height * random.nextDouble(0.22, 0.32);
        Color organ =
                Color.getHSBColor(
                        (float) random.nextDouble(0.0, 0.07),
                        (float) random.nextDouble(0.45, 0.8),
                        (float) random.nextDouble(0.4, 0.75));
        g.setColor(new Color(0, 0, 0, 90));
        g.fill(blob(cx + 5, cy + 7, rx, ry, noise));
        Path2D outline = blob(cx, cy, rx, ry, noise);
        g.setClip(outline);
        for (int y = 0; y < height; y += 2) {
            for (int x = 0; x < width; x += 2) {
                double lit =
                        0.75
                                + 0.5 * noise.octaves(x * 0.03 + 70, y * 0.03, 3)
                                - 0.3 * ((y - cy) / ry) * 0.5;
                g.setColor(shade(organ, lit));
                g.fillRect(x, y, 2, 2);
            }
        }
        int nodules = random.nextInt(1, 5);
        for (int i = 0; i < nodules; i++) {
            g.setColor(shade(new Color(232, 205, 165), random.nextDouble(0.8, 1)));
            g.fill(
                    blob(
                            cx + rx * random.nextDouble(-0.6, 0.6),
                            cy + ry * random.nextDouble(-0.6, 0.6),
                            rx * random.nextDouble(0.12, 0.3),
                            ry * random.nextDouble(0.12, 0.3),
                            noise));
        }
        g.setClip(null);
        double rulerY = height - 34.0;
        g.setColor(new Color(245, 243, 230));
        g.fill(new Rectangle2D.Double(width * 0.08, rulerY, width * 0.84, 22));
        g.setColor(new Color(30, 30, 30));
        g.setStroke(new BasicStroke(1));
        for (int i = 0; i <= 40; i++) {
            double x = width * 0.08 + 4 + (width * 0.84 - 8) * i / 40;
            line(g, x, rulerY, x, rulerY + (i % 5 == 0 ? 10 : 5));
            if (i % 10 == 0) StrokeFont.draw(g, String.valueOf(i / 5), x - 2, rulerY + 19, 6);
        }
    }

    private static void talk(Graphics2D g, int width, int height, SplittableRandom random) {
        Color theme = hsb(random, 0.7, 0.45);
        boolean dark = random.nextBoolean();
        if (dark) {
            g.setPaint(new GradientPaint(0, 0, theme, width, height, theme.darker()));
            g.fillRect(0, 0, width, height);
        } else {
            fill(g, new Color(250, 250, 247), width, height);
            g.setColor(theme);
            g.fillRect(0, 0, width, 40);
        }
        g.setColor(Color.WHITE);
        StrokeFont.draw(g, words(random, 2), 14, 27, 12);
        g.setColor(dark ? new Color(235, 238, 245) : new Color(40, 40, 48));
        int bullets = random.nextInt(3, 6);
        double room = width * (random.nextBoolean() ? 0.55 : 0.9);
        for (int i = 0; i < bullets; i++) {
            double y = 66 + i * (height - 80.0) / bullets;
            disc(g, 18, y - 4, 2.6, 2.6);
            String text = words(random, 3);
            while (StrokeFont.width(text, 8) > room - 28)
                text = text.substring(0, text.length() - 1);
            StrokeFont.draw(g, text, 28, y, 8);
        }
        if (room < width * 0.6) {
            for (int i = 0; i < 5; i++) {
                double h = height * random.nextDouble(0.1, 0.5);
                g.setColor(hsb(random, 0.6, 0.85));
                g.fill(
                        new Rectangle2D.Double(
                                width * 0.62 + i * width * 0.07, height - 24 - h, width * 0.05, h));
            }
        }
    }

    private static void landscape(Graphics2D g, int width, int height, SplittableRandom random) {
        float hour = (float) random.nextDouble();
        float green = (float) random.nextDouble(-0.22, 0.06);
        float lush = (float) random.nextDouble(0.2, 1.3);
        Color zenith = Color.getHSBColor(0.58f, 0.65f, 0.55f + 0.4f * hour);
        Color horizon = hour < 0.4 ? new Color(250, 180, 130) : new Color(215, 232, 245);
        g.setPaint(new GradientPaint(0, 0, zenith, 0, height * 0.65f, horizon));
        g.fillRect(0, 0, width, height);
        g.setColor(new Color(255, 245, 210));
        double sun = random.nextDouble(8, 16);
        disc(
                g,
                width * random.nextDouble(0.1, 0.9),
                height * random.nextDouble(0.12, 0.4),
                sun,
                sun);
        Noise noise = new Noise(random);
        for (int range = 0; range < 4; range++) {
            double base = height * (0.45 + 0.14 * range);
            Path2D ridge = new Path2D.Double();
            ridge.moveTo(0, height);
            for (int x = 0; x <= width; x += 3) {
                double rise =
                        noise.octaves(x * 0.012 * (1 + 0.4 * range) + range * 40, range * 9.0, 4);
                ridge.lineTo(x, base - height * 0.34 * (rise - 0.3) / (1 + 0.5 * range));
            }
            ridge.lineTo(width, height);
            ridge.closePath();
            float far = range / 3f;
            g.setColor(
                    Color.getHSBColor(
                            0.58f + (green - 0.28f) * far,
                            0.2f + 0.35f * far * lush,
                            0.75f - 0.42f * far));
            g.fill(ridge);
        }
        if (random.nextBoolean()) {
            g.setPaint(
                    new GradientPaint(
                            0,
                            height * 0.86f,
                            new Color(120, 165, 195),
                            0,
                            height,
                            new Color(50, 85, 120)));
            g.fill(new Rectangle2D.Double(0, height * 0.88, width, height * 0.12));
        }
    }

    private static Path2D blob(double cx, double cy, double rx, double ry, Noise noise) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < 72; i++) {
            double at = i * Math.PI / 36;
            double r = 0.75 + 0.5 * noise.at(cx + 1.3 * Math.cos(at), cy + 1.3 * Math.sin(at));
            double x = cx + rx * r * Math.cos(at);
            double y = cy + ry * r * Math.sin(at);
            if (i == 0) path.moveTo(x, y);
            else path.lineTo(x, y);
        }
        path.closePath();
        return path;
    }

    private static void grain(RgbImage image, SplittableRandom random) {
        byte[] pixels = image.pixels();
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) Math.clamp((pixels[i] & 0xff) + random.nextInt(-5, 6), 0, 255);
        }
    }

    private static String words(SplittableRandom random, int count) {
        String text = Captions.pick(WORDS, random);
        for (int i = 1; i < count; i++) text += " " + Captions.pick(WORDS, random);
        return text;
    }

    private static Color hsb(SplittableRandom random, double saturation, double brightness) {
        return Color.getHSBColor(
                (float) random.nextDouble(), (float) saturation, (float) brightness);
    }

    private static Color shade(Color colour, double factor) {
        return new Color(
                (int) Math.clamp(colour.getRed() * factor, 0, 255),
                (int) Math.clamp(colour.getGreen() * factor, 0, 255),
                (int) Math.clamp(colour.getBlue() * factor, 0, 255));
    }

    private static void fill(Graphics2D g, Color colour, int width, int height) {
        g.setColor(colour);
        g.fillRect(0, 0, width, height);
    }

    private static void line(Graphics2D g, double x1, double y1, double x2, double y2) {
        g.draw(new java.awt.geom.Line2D.Double(x1, y1, x2, y2));
    }

    private static void disc(Graphics2D g, double x, double y, double rx, double ry) {
        g.fill(new Ellipse2D.Double(x - rx, y - ry, 2 * rx, 2 * ry));
    }
}
