package org.openplip.phantom;

import java.util.SplittableRandom;
import org.openplip.image.RgbImage;

/// How much haematoxylin and eosin lies at each pixel, and the shapes that put it there: float32
/// `[size, size]` each, 0 is bare glass, 1 about the dye of a well-stained nucleus or of muscle.
///
/// [#develop] turns it into a picture by the law of Beer and Lambert, with the dyes' optical
/// densities of Ruifrok and Johnston, "Quantification of histochemical staining by color
/// deconvolution", Anal Quant Cytol Histol 23, 2001.
final class StainPlanes {
    /// Optical density per unit of dye in red, green, blue (Ruifrok and Johnston 2001).
    private static final double[] HAEMATOXYLIN = {0.650, 0.704, 0.286};

    private static final double[] EOSIN = {0.072, 0.990, 0.105};

    /// The same dyes as another laboratory's slides have them (reference matrix of Macenko et al.,
    /// ISBI 2009). Pictures lie between the two.
    private static final double[] OTHER_HAEMATOXYLIN = {0.5626, 0.7201, 0.4062};

    private static final double[] OTHER_EOSIN = {0.2159, 0.8012, 0.5581};

    /// Amounts of the two dyes at a point, written into `haematoxylin` and `eosin`.
    @FunctionalInterface
    interface Field {
        void at(int x, int y, Dyes dyes);
    }

    /// The two amounts, for a [Field] to fill.
    static final class Dyes {
        double haematoxylin;
        double eosin;

        void set(double haematoxylin, double eosin) {
            this.haematoxylin = haematoxylin;
            this.eosin = eosin;
        }

        void mix(double haematoxylin, double eosin, double weight) {
            this.haematoxylin += (haematoxylin - this.haematoxylin) * weight;
            this.eosin += (eosin - this.eosin) * weight;
        }
    }

    /// What a nucleus looks like.
    ///
    /// @param depth haematoxylin in its middle
    /// @param rim more of it along the membrane
    /// @param clumps contrast of the chromatin
    /// @param wobble how far the outline leaves an ellipse, as a share of the radius
    record Chromatin(double depth, double rim, double clumps, double wobble) {}

    final int size;
    private final float[] haematoxylin;
    private final float[] eosin;
    private final Noise outline;
    private final Noise grain;

    StainPlanes(int size, SplittableRandom random) {
        this.size = size;
        haematoxylin = new float[size * size];
        eosin = new float[size * size];
        outline = new Noise(random);
        grain = new Noise(random);
    }

    float haematoxylin(int x, int y) {
        return haematoxylin[y * size + x];
    }

    /// Changes each pixel; `dyes` comes in with what lies there.
    void each(Field field) {
        Dyes dyes = new Dyes();
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                int i = y * size + x;
                dyes.set(haematoxylin[i], eosin[i]);
                field.at(x, y, dyes);
                haematoxylin[i] = (float) dyes.haematoxylin;
                eosin[i] = (float) dyes.eosin;
            }
        }
    }

    /// A filled ellipse with a soft edge and an outline that wobbles.
    void blob(
            double centreX,
            double centreY,
            double radiusA,
            double radiusB,
            double angle,
            double wobble,
            double h,
            double e,
            double opacity) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double reach = Math.max(radiusA, radiusB) * (1 + wobble) + 1.5;
        double minor = Math.min(radiusA, radiusB);
        for (int y = low(centreY - reach); y <= high(centreY + reach); y++) {
            for (int x = low(centreX - reach); x <= high(centreX + reach); x++) {
                double dx = x - centreX;
                double dy = y - centreY;
                double u = (dx * cos + dy * sin) / radiusA;
                double v = (-dx * sin + dy * cos) / radiusB;
                double r = Math.sqrt(u * u + v * v);
                if (r > 1 + wobble + 2 / minor) continue;
                if (wobble > 0) r *= 1 + wobble * wobbleAt(centreX, centreY, u, v, r);
                double cover = clamp((1 - r) * minor / 1.3 + 0.5) * opacity;
                if (cover <= 0) continue;
                int i = y * size + x;
                haematoxylin[i] += (float) ((h - haematoxylin[i]) * cover);
                eosin[i] += (float) ((e - eosin[i]) * cover);
            }
        }
    }

    /// A nucleus: an ellipse with a darker membrane and clumped chromatin.
    void nucleus(
            double centreX,
            double centreY,
            double radiusA,
            double radiusB,
            double angle,
            Chromatin look) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double reach = Math.max(radiusA, radiusB) * (1 + look.wobble) + 1.5;
        double minor = Math.min(radiusA, radiusB);
        double fine = 1.6 / Math.max(1.4, 0.32 * minor);
        for (int y = low(centreY - reach); y <= high(centreY + reach); y++) {
            for (int x = low(centreX - reach); x <= high(centreX + reach); x++) {
                double dx = x - centreX;
                double dy = y - centreY;
                double u = (dx * cos + dy * sin) / radiusA;
                double v = (-dx * sin + dy * cos) / radiusB;
                double r = Math.sqrt(u * u + v * v);
                if (r > 1 + look.wobble + 2 / minor) continue;
                if (look.wobble > 0) r *= 1 + look.wobble * wobbleAt(centreX, centreY, u, v, r);
                double cover = clamp((1 - r) * minor / 1.2 + 0.5) * 0.94;
                if (cover <= 0) continue;
                double rim = r < 0.6 ? 0 : (r - 0.6) / 0.4;
                double h =
                        look.depth
                                * (1
                                        + look.rim * rim * rim
                                        + look.clumps * (grain.at(x * fine, y * fine) - 0.5) * 2);
                int i = y * size + x;
                haematoxylin[i] += (float) ((h - haematoxylin[i]) * cover);
                eosin[i] += (float) ((0.28 - eosin[i]) * cover);
            }
        }
    }

    private double wobbleAt(double centreX, double centreY, double u, double v, double r) {
        double scale = 1.1 / Math.max(r, 0.2);
        return 2 * outline.at(centreX * 0.71 + u * scale, centreY * 0.71 + v * scale) - 1;
    }

    /// A soft line through points that `length` steps of `step` pixels make from a start, turning
    /// by `bend` each.
    void thread(
            double startX,
            double startY,
            double angle,
            double bend,
            int steps,
            double width,
            double h,
            double e,
            double opacity) {
        double x = startX;
        double y = startY;
        double turn = angle;
        double step = Math.max(0.8, width * 0.6);
        for (int i = 0; i < steps; i++) {
            double taper = Math.sin(Math.PI * (i + 0.5) / steps);
            blob(
                    x,
                    y,
                    width * (0.4 + 0.6 * taper),
                    width * (0.4 + 0.6 * taper),
                    0,
                    0,
                    h,
                    e,
                    opacity);
            x += Math.cos(turn) * step;
            y += Math.sin(turn) * step;
            turn += bend;
        }
    }

    /// The picture under a microscope's lamp: dyes in the given strengths, uneven light, a lens
    /// slightly out of focus, a sensor's noise.
    ///
    /// @param blur standard deviation in pixels
    RgbImage develop(
            double haematoxylinStrength,
            double eosinStrength,
            double laboratory,
            double blur,
            SplittableRandom random) {
        double[] light = new double[3];
        for (int c = 0; c < 3; c++) light[c] = 243 + random.nextDouble(-5, 9);
        double slopeX = random.nextDouble(-0.05, 0.05) / size;
        double slopeY = random.nextDouble(-0.05, 0.05) / size;
        double vignette = random.nextDouble(0, 0.09);
        float[][] planes = new float[3][size * size];
        double half = size / 2.0;
        for (int c = 0; c < 3; c++) {
            float byH =
                    (float)
                            (-haematoxylinStrength
                                    * between(HAEMATOXYLIN, OTHER_HAEMATOXYLIN, c, laboratory));
            float byE = (float) (-eosinStrength * between(EOSIN, OTHER_EOSIN, c, laboratory));
            float[] plane = planes[c];
            for (int y = 0; y < size; y++) {
                double dy = (y - half) / half;
                for (int x = 0; x < size; x++) {
                    double dx = (x - half) / half;
                    int i = y * size + x;
                    double lamp =
                            light[c]
                                    * (1
                                            + slopeX * (x - half)
                                            + slopeY * (y - half)
                                            - vignette * 0.5 * (dx * dx + dy * dy));
                    plane[i] = (float) (lamp * Math.exp(byH * haematoxylin[i] + byE * eosin[i]));
                }
            }
            if (blur > 0.2) blur(plane, blur);
        }
        double sensor = random.nextDouble(0.5, 2.5);
        byte[] pixels = new byte[3 * size * size];
        for (int i = 0; i < size * size; i++) {
            long bits = random.nextLong();
            double common = (bits & 0xffff) / 65535.0 - 0.5;
            for (int c = 0; c < 3; c++) {
                double own = ((bits >>> (16 * (c + 1))) & 0xffff) / 65535.0 - 0.5;
                double value = planes[c][i] + sensor * (2 * common + own);
                pixels[3 * i + c] = (byte) Math.clamp(Math.round(value), 0, 255);
            }
        }
        return new RgbImage(size, size, pixels);
    }

    private static double between(double[] a, double[] b, int channel, double weight) {
        return a[channel] + (b[channel] - a[channel]) * weight;
    }

    /// A Gaussian of five taps, both ways.
    private void blur(float[] plane, double sigma) {
        float near = (float) Math.exp(-0.5 / (sigma * sigma));
        float far = (float) Math.exp(-2 / (sigma * sigma));
        float sum = 1 + 2 * near + 2 * far;
        float middle = 1 / sum;
        near /= sum;
        far /= sum;
        float[] line = new float[size];
        for (int direction = 0; direction < 2; direction++) {
            int along = direction == 0 ? 1 : size;
            int across = direction == 0 ? size : 1;
            for (int k = 0; k < size; k++) {
                int start = k * across;
                for (int i = 0; i < size; i++) line[i] = plane[start + i * along];
                for (int i = 0; i < size; i++) {
                    int a = Math.max(i - 2, 0);
                    int b = Math.max(i - 1, 0);
                    int c = Math.min(i + 1, size - 1);
                    int d = Math.min(i + 2, size - 1);
                    plane[start + i * along] =
                            middle * line[i]
                                    + near * (line[b] + line[c])
                                    + far * (line[a] + line[d]);
                }
            }
        }
    }

    private int low(double value) {
        return Math.max(0, (int) Math.floor(value));
    }

    private int high(double value) {
        return Math.min(size - 1, (int) Math.ceil(value));
    }

    static double clamp(double value) {
        return value < 0 ? 0 : Math.min(value, 1);
    }

    /// 0 below `from`, 1 above `to`, smooth between; `from` may be the larger.
    static double smooth(double from, double to, double value) {
        double t = clamp((value - from) / (to - from));
        return t * t * (3 - 2 * t);
    }
}
