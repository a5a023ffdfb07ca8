package org.openplip.web;

import java.util.Map;
import org.openplip.image.RgbImage;

/// An encoder by hand: a picture is its mean colour, a phrase the colour that it names.
final class ColourEncoder implements Encoder {
    static final int WIDTH = 4;

    private static final Map<String, Integer> COLOURS =
            Map.of("violet", 0x6040a0, "pink", 0xf080b0, "white", 0xf4f4f4, "green", 0x20a040);

    @Override
    public float[] text(String text) {
        int rgb = COLOURS.getOrDefault(text, 0x808080);
        return unit(rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff);
    }

    @Override
    public float[] image(RgbImage image) {
        double[] sums = new double[3];
        byte[] pixels = image.pixels();
        for (int i = 0; i < pixels.length; i++) sums[i % 3] += pixels[i] & 0xff;
        double n = pixels.length / 3.0;
        return unit(sums[0] / n, sums[1] / n, sums[2] / n);
    }

    private static float[] unit(double red, double green, double blue) {
        double[] v = {red - 128, green - 128, blue - 128, 64};
        double norm = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + v[3] * v[3]);
        float[] embedding = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) embedding[i] = (float) (v[i] / norm);
        return embedding;
    }
}
