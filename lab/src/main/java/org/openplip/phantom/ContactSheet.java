package org.openplip.phantom;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.phantom.Attributes.Density;
import org.openplip.phantom.Attributes.Feature;
import org.openplip.phantom.Attributes.Hue;
import org.openplip.phantom.Attributes.Power;
import org.openplip.phantom.Attributes.Stain;

/// One picture of many drawings, for people to judge: a row for each class, its features side by
/// side, under the title `Phantoms: procedural drawings, not tissue`.
public final class ContactSheet {
    private static final int CELL = 168;
    private static final int GAP = 6;
    private static final int MARGIN = 28;
    private static final int LABELS = 250;
    private static final int HEAD = 92;
    private static final Color INK = new Color(44, 40, 62);

    private ContactSheet() {}

    /// @param columns drawings of each class; at least 1
    public static RgbImage draw(long seed, int columns) {
        if (columns < 1) {
            throw new IllegalArgumentException("columns: expected at least 1, got " + columns);
        }
        TissueClass[] classes = TissueClass.values();
        List<Power> powers = List.of(Power.values());
        int width = Math.max(MARGIN + LABELS + columns * (CELL + GAP) + MARGIN, 760);
        int height = HEAD + classes.length * (CELL + GAP) + MARGIN;
        BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setColor(new Color(250, 249, 246));
        graphics.fillRect(0, 0, width, height);
        graphics.setColor(INK);
        StrokeFont.draw(graphics, "Phantoms: procedural drawings, not tissue", MARGIN, 46, 16);
        graphics.setColor(new Color(120, 115, 135));
        StrokeFont.draw(
                graphics, "OpenPLIP, seed " + seed + ", 10x 20x 40x in turn", MARGIN, 72, 9);
        SplittableRandom random = new SplittableRandom(seed);
        int top = HEAD;
        for (TissueClass tissue : classes) {
            graphics.setColor(INK);
            StrokeFont.draw(graphics, tissue.name(), MARGIN, top + 84.0, 17);
            graphics.setColor(new Color(120, 115, 135));
            double line = top + 108.0;
            for (String words : lines(tissue.term())) {
                StrokeFont.draw(graphics, words, MARGIN, line, 9);
                line += 17;
            }
            List<Feature> features = Feature.of(tissue);
            for (int column = 0; column < columns; column++) {
                Attributes attributes =
                        new Attributes(
                                Captions.pick(Stain.values(), random),
                                Captions.pick(Hue.values(), random),
                                powers.get(column % powers.size()),
                                Captions.pick(Density.values(), random),
                                features.get(column / 3 % features.size()));
                RgbImage drawing = PhantomTissue.draw(tissue, attributes, random.nextLong());
                graphics.drawImage(
                        Resampler.bicubic(drawing, CELL, CELL).toBufferedImage(),
                        MARGIN + LABELS + column * (CELL + GAP),
                        top,
                        null);
            }
            top += CELL + GAP;
        }
        graphics.dispose();
        return RgbImage.of(sheet);
    }

    /// Writes the sheet as a PNG that also says in its metadata that it is drawn.
    ///
    /// @throws IOException if `file` cannot be written
    public static void write(Path file, long seed, int columns) throws IOException {
        byte[] bytes = PictureFiles.png(draw(seed, columns));
        AtomicFiles.write(file, out -> out.write(bytes));
    }

    /// Broken so that each line fits beside the pictures.
    private static List<String> lines(String words) {
        int room = (LABELS - 20) / 9;
        if (words.length() <= room) return List.of(words);
        int at = words.lastIndexOf(' ', room);
        return List.of(words.substring(0, at), words.substring(at + 1));
    }
}
