package org.openplip.openpath.filter;

import java.util.List;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;

/// Numbers that tell a stained section from a chart, a screenshot, a face or a photograph of a
/// specimen, from colour and texture alone. Computed on the picture scaled so that its long side
/// has 192 pixels.
final class PictureFeatures {
    static final List<String> NAMES =
            List.of(
                    "saturation",
                    "white",
                    "black",
                    "grey",
                    "magenta",
                    "warm",
                    "green",
                    "blue",
                    "opticalDensity",
                    "opticalDensityDeviation",
                    "redShareOfDensity",
                    "greenShareOfDensity",
                    "edges",
                    "strongEdges",
                    "axisAlignedEdges",
                    "flat",
                    "luminanceEntropy",
                    "colourEntropy",
                    "largestColour",
                    "coarseVariance",
                    "hueSpread");

    private static final int LONG_SIDE = 192;

    private PictureFeatures() {}

    /// float32 `[NAMES.size()]`.
    static float[] of(RgbImage original) {
        RgbImage image = scaled(original);
        int width = image.width();
        int height = image.height();
        int n = width * height;
        byte[] p = image.pixels();
        float[] luminance = new float[n];
        int[] luminanceCounts = new int[64];
        int[] colourCounts = new int[4096];
        double saturation = 0;
        int white = 0;
        int black = 0;
        int grey = 0;
        int magenta = 0;
        int warm = 0;
        int green = 0;
        int blue = 0;
        double density = 0;
        double densitySquared = 0;
        double densityRed = 0;
        double densityGreen = 0;
        double hueX = 0;
        double hueY = 0;
        double hueWeight = 0;
        for (int i = 0; i < n; i++) {
            int r = p[3 * i] & 0xff;
            int g = p[3 * i + 1] & 0xff;
            int b = p[3 * i + 2] & 0xff;
            int max = Math.max(r, Math.max(g, b));
            int min = Math.min(r, Math.min(g, b));
            int chroma = max - min;
            luminance[i] = 0.299f * r + 0.587f * g + 0.114f * b;
            luminanceCounts[(int) luminance[i] / 4]++;
            colourCounts[(r >> 4) << 8 | (g >> 4) << 4 | b >> 4]++;
            saturation += max == 0 ? 0 : (double) chroma / max;
            if (min >= 225 && chroma < 22) white++;
            if (max < 50) black++;
            if (chroma < 14 && max >= 50 && min < 225) grey++;
            if (chroma >= 14) {
                if (g < r && g < b) magenta++;
                if (b <= g && g <= r) warm++;
                if (g > r && g > b) green++;
                if (r <= g && g <= b) blue++;
                // The hue as a direction in the plane of equal luminance.
                double x = r - 0.5 * (g + b);
                double y = 0.8660254 * (g - b);
                hueX += x;
                hueY += y;
                hueWeight += Math.hypot(x, y);
            }
            double odR = -Math.log((r + 1) / 256.0);
            double odG = -Math.log((g + 1) / 256.0);
            double odB = -Math.log((b + 1) / 256.0);
            double od = odR + odG + odB;
            density += od;
            densitySquared += od * od;
            densityRed += odR;
            densityGreen += odG;
        }
        double edges = 0;
        int strong = 0;
        double aligned = 0;
        double gradients = 0;
        int flat = 0;
        for (int y = 1; y < height - 1; y++) {
            for (int x = 1; x < width - 1; x++) {
                int i = y * width + x;
                double dx = luminance[i + 1] - luminance[i - 1];
                double dy = luminance[i + width] - luminance[i - width];
                double size = Math.hypot(dx, dy);
                edges += size;
                if (size > 60) strong++;
                if (size > 16) {
                    gradients += size;
                    if (Math.min(Math.abs(dx), Math.abs(dy)) < 0.15 * size) aligned += size;
                }
                if (size < 2) flat++;
            }
        }
        double inner = Math.max(1, (width - 2.0) * (height - 2.0));
        double meanDensity = density / n;
        double[] numbers = {
            saturation / n,
            (double) white / n,
            (double) black / n,
            (double) grey / n,
            (double) magenta / n,
            (double) warm / n,
            (double) green / n,
            (double) blue / n,
            meanDensity,
            Math.sqrt(Math.max(0, densitySquared / n - meanDensity * meanDensity)),
            (densityRed + 0.01 * n) / (density + 0.03 * n),
            (densityGreen + 0.01 * n) / (density + 0.03 * n),
            edges / inner / 16,
            strong / inner,
            (aligned + 0.25 * 100) / (gradients + 100),
            flat / inner,
            entropy(luminanceCounts, n),
            entropy(colourCounts, n),
            largest(colourCounts) / (double) n,
            coarseVariance(luminance, width, height),
            hueWeight == 0 ? 0 : 1 - Math.hypot(hueX, hueY) / hueWeight,
        };
        float[] features = new float[numbers.length];
        for (int i = 0; i < features.length; i++) features[i] = (float) numbers[i];
        return features;
    }

    private static RgbImage scaled(RgbImage image) {
        int longSide = Math.max(image.width(), image.height());
        if (longSide == LONG_SIDE) return image;
        double scale = (double) LONG_SIDE / longSide;
        return Resampler.bilinear(
                image,
                Math.max(1, (int) Math.round(image.width() * scale)),
                Math.max(1, (int) Math.round(image.height() * scale)));
    }

    /// Bits.
    private static double entropy(int[] counts, int n) {
        double entropy = 0;
        for (int count : counts) {
            if (count > 0) {
                double share = (double) count / n;
                entropy -= share * Math.log(share) / Math.log(2);
            }
        }
        return entropy;
    }

    private static int largest(int[] counts) {
        int largest = 0;
        for (int count : counts) largest = Math.max(largest, count);
        return largest;
    }

    /// The share of the variance of luminance that is left in the means of a 6 x 6 grid, 0 to 1:
    /// high where few large things fill the picture.
    private static double coarseVariance(float[] luminance, int width, int height) {
        int grid = 6;
        double[] sums = new double[grid * grid];
        int[] counts = new int[grid * grid];
        double sum = 0;
        double squares = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                float value = luminance[y * width + x];
                int cell = y * grid / height * grid + x * grid / width;
                sums[cell] += value;
                counts[cell]++;
                sum += value;
                squares += value * value;
            }
        }
        int n = width * height;
        double mean = sum / n;
        double variance = squares / n - mean * mean;
        double between = 0;
        for (int i = 0; i < sums.length; i++) {
            if (counts[i] == 0) continue;
            double difference = sums[i] / counts[i] - mean;
            between += counts[i] * difference * difference / n;
        }
        return between / (variance + 1);
    }
}
