package org.openplip.image;

import java.util.Arrays;

/// Resizes as Pillow does, to the bit: antialiased convolution of 8-bit channels in two passes,
/// first along the rows, then along the columns, each rounded to 8 bits.
///
/// The weights of a filter whose support grows with the reduction are computed in double,
/// normalised to a sum of 1 and rounded to integers of 22 fractional bits. This is the arithmetic
/// of Pillow's `ImagingResample` (libImaging/Resample.c, since version 2.7), which CLIP's
/// preprocessing runs on.
public final class Resampler {
    /// 32 bits less 8 for the sample and 2 for weights outside 0..1.
    private static final int PRECISION_BITS = 32 - 8 - 2;

    private static final int HALF = 1 << (PRECISION_BITS - 1);

    private enum Filter {
        BILINEAR(1),
        BICUBIC(2);

        private final double support;

        Filter(double support) {
            this.support = support;
        }

        double weight(double signed) {
            double x = Math.abs(signed);
            return switch (this) {
                case BILINEAR -> Math.max(0, 1 - x);
                case BICUBIC -> {
                    double a = -0.5;
                    if (x < 1) yield ((a + 2) * x - (a + 3)) * x * x + 1;
                    yield x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
                }
            };
        }
    }

    /// What one axis does: output `i` is the sum of `weights[i * taps + k]` times input `first[i] +
    /// k`, for `k < count[i]`.
    @SuppressWarnings("ArrayRecordComponent") // lives for one call
    private record Axis(int[] first, int[] count, int taps, int[] weights) {}

    private Resampler() {}

    /// `image` at `width` x `height` with Keys' cubic, a = -0.5 (Pillow's `BICUBIC`).
    public static RgbImage bicubic(RgbImage image, int width, int height) {
        return resize(image, width, height, Filter.BICUBIC);
    }

    /// `image` at `width` x `height` with the triangle filter (Pillow's `BILINEAR`).
    public static RgbImage bilinear(RgbImage image, int width, int height) {
        return resize(image, width, height, Filter.BILINEAR);
    }

    private static RgbImage resize(RgbImage image, int width, int height, Filter filter) {
        if (width < 1 || height < 1 || 3L * width * height > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "width and height: expected at least 1 and fewer than 2 GiB, got %d x %d"
                            .formatted(width, height));
        }
        boolean across = width != image.width();
        boolean down = height != image.height();
        if (!across && !down) return image;
        Axis rows = axis(image.height(), height, filter);
        int firstRow = down ? rows.first[0] : 0;
        int lastRow = down ? rows.first[height - 1] + rows.count[height - 1] : image.height();
        byte[] between = image.pixels();
        if (across) {
            between = across(image, axis(image.width(), width, filter), width, firstRow, lastRow);
        } else {
            firstRow = 0;
        }
        return new RgbImage(
                width, height, down ? down(between, rows, width, height, firstRow) : between);
    }

    private static Axis axis(int from, int to, Filter filter) {
        double scale = (double) from / to;
        double filterScale = Math.max(scale, 1);
        double support = filter.support * filterScale;
        int taps = (int) Math.ceil(support) * 2 + 1;
        int[] first = new int[to];
        int[] count = new int[to];
        int[] weights = new int[Math.multiplyExact(to, taps)];
        double[] exact = new double[taps];
        double inverse = 1 / filterScale;
        for (int i = 0; i < to; i++) {
            double center = (i + 0.5) * scale;
            int low = Math.max(0, (int) (center - support + 0.5));
            int high = Math.min(from, (int) (center + support + 0.5));
            double sum = 0;
            for (int k = 0; k < high - low; k++) {
                exact[k] = filter.weight((k + low - center + 0.5) * inverse);
                sum += exact[k];
            }
            for (int k = 0; k < high - low; k++) {
                double w = sum == 0 ? exact[k] : exact[k] / sum;
                weights[i * taps + k] = (int) (w * (1 << PRECISION_BITS) + (w < 0 ? -0.5 : 0.5));
            }
            first[i] = low;
            count[i] = high - low;
        }
        return new Axis(first, count, taps, weights);
    }

    private static byte[] across(RgbImage image, Axis axis, int width, int firstRow, int lastRow) {
        byte[] from = image.pixels();
        byte[] to = new byte[3 * width * (lastRow - firstRow)];
        int o = 0;
        for (int y = firstRow; y < lastRow; y++) {
            int rowStart = 3 * y * image.width();
            for (int x = 0; x < width; x++) {
                int r = HALF;
                int g = HALF;
                int b = HALF;
                int i = rowStart + 3 * axis.first[x];
                int k = x * axis.taps;
                for (int end = k + axis.count[x]; k < end; k++, i += 3) {
                    int w = axis.weights[k];
                    r += (from[i] & 0xff) * w;
                    g += (from[i + 1] & 0xff) * w;
                    b += (from[i + 2] & 0xff) * w;
                }
                to[o++] = eightBits(r);
                to[o++] = eightBits(g);
                to[o++] = eightBits(b);
            }
        }
        return to;
    }

    private static byte[] down(byte[] from, Axis axis, int width, int height, int firstRow) {
        int stride = 3 * width;
        byte[] to = new byte[stride * height];
        int[] sums = new int[stride];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, HALF);
            for (int k = 0; k < axis.count[y]; k++) {
                int w = axis.weights[y * axis.taps + k];
                int start = (axis.first[y] + k - firstRow) * stride;
                for (int i = 0; i < stride; i++) sums[i] += (from[start + i] & 0xff) * w;
            }
            for (int i = 0; i < stride; i++) to[y * stride + i] = eightBits(sums[i]);
        }
        return to;
    }

    private static byte eightBits(int fixed) {
        return (byte) Math.clamp(fixed >> PRECISION_BITS, 0, 255);
    }
}
