package org.openplip.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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

    /// Taps that are added in one loop.
    private static final int GROUP = 5;

    /// Columns that are loaded in one loop.
    private static final int LOADED = 4;

    /// Samples of a channel to work on at once: with three channels of `int` 1.5 MB, about what a
    /// core's second cache holds.
    private static final int BAND_SAMPLES = 1 << 17;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

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
    /// k`, for `k < count[i]`. `taps` is a multiple of [#GROUP]; weights beyond `count[i]` are nil.
    @SuppressWarnings("ArrayRecordComponent") // lives for one call
    private record Axis(int[] first, int[] count, int taps, int[] weights) {}

    private Resampler() {}

    /// `image` at `width` x `height` with Keys' cubic, a = -0.5 (Pillow's `BICUBIC`).
    public static RgbImage bicubic(RgbImage image, int width, int height) {
        return resize(image, width, height, 0, 0, width, height, Filter.BICUBIC);
    }

    /// The part of `bicubic(image, width, height)` that [RgbImage#crop] would cut out, without the
    /// cost of the rest.
    static RgbImage bicubic(
            RgbImage image, int width, int height, int x, int y, int cropWidth, int cropHeight) {
        return resize(image, width, height, x, y, cropWidth, cropHeight, Filter.BICUBIC);
    }

    /// `image` at `width` x `height` with the triangle filter (Pillow's `BILINEAR`).
    public static RgbImage bilinear(RgbImage image, int width, int height) {
        return resize(image, width, height, 0, 0, width, height, Filter.BILINEAR);
    }

    /// The part of `bilinear(image, width, height)` that [RgbImage#crop] would cut out.
    static RgbImage bilinear(
            RgbImage image, int width, int height, int x, int y, int cropWidth, int cropHeight) {
        return resize(image, width, height, x, y, cropWidth, cropHeight, Filter.BILINEAR);
    }

    /// `image` at `width` x `height`, each pixel one of those there were (Pillow's `NEAREST`): for
    /// masks.
    public static RgbImage nearest(RgbImage image, int width, int height) {
        if (width == image.width() && height == image.height()) return image;
        int[] across = nearest(image.width(), width);
        int[] down = nearest(image.height(), height);
        byte[] pixels = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        for (int y = 0, to = 0; y < height; y++) {
            int row = down[y] * image.width();
            for (int x = 0; x < width; x++, to += 3) {
                System.arraycopy(image.pixels(), 3 * (row + across[x]), pixels, to, 3);
            }
        }
        return new RgbImage(width, height, pixels);
    }

    /// Where each of `to` pixels is taken from. Places are added up, not multiplied, as in Pillow's
    /// `ImagingScaleAffine` (libImaging/Geometry.c), so that they round alike.
    private static int[] nearest(int from, int to) {
        double scale = (double) from / to;
        int[] places = new int[to];
        double place = 0.5 * scale;
        for (int i = 0; i < to; i++, place += scale) places[i] = (int) place;
        return places;
    }

    private static RgbImage resize(
            RgbImage image,
            int width,
            int height,
            int x,
            int y,
            int cropWidth,
            int cropHeight,
            Filter filter) {
        if (width < 1 || height < 1 || 3L * width * height > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "width and height: expected at least 1 and fewer than 2 GiB, got %d x %d"
                            .formatted(width, height));
        }
        if (width == image.width() && height == image.height()) {
            return image.crop(x, y, cropWidth, cropHeight);
        }
        Axis across = axis(image.width(), width, x, cropWidth, filter);
        Axis down = axis(image.height(), height, y, cropHeight, filter);
        int top = down.first[0];
        int bottom = down.first[cropHeight - 1] + down.count[cropHeight - 1];
        RgbImage turned = alongRows(image, top, bottom, across);
        for (int i = 0; i < cropHeight; i++) down.first[i] -= top;
        return alongRows(turned, 0, cropWidth, down);
    }

    private static Axis axis(int from, int to, int start, int length, Filter filter) {
        double scale = (double) from / to;
        double filterScale = Math.max(scale, 1);
        double support = filter.support * filterScale;
        int taps = Math.ceilDiv((int) Math.ceil(support) * 2 + 1, GROUP) * GROUP;
        int[] first = new int[length];
        int[] count = new int[length];
        int[] weights = new int[Math.multiplyExact(length, taps)];
        double[] exact = new double[taps];
        double inverse = 1 / filterScale;
        for (int i = 0; i < length; i++) {
            double center = (start + i + 0.5) * scale;
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

    /// Rows `top` to `bottom` of `image`, each resampled along the axis, and the whole turned over
    /// its diagonal: `uint8 [axis length, bottom - top, 3]`. Twice this is upright again.
    ///
    /// Works on columns of a band of rows, each column an array of `int`: loops over such arrays at
    /// one index are what the JIT makes vector instructions of.
    private static RgbImage alongRows(RgbImage given, int top, int bottom, Axis axis) {
        RgbImage image = given.width() < LOADED ? padded(given) : given;
        int length = axis.first.length;
        int lines = bottom - top;
        int ring = axis.taps + LOADED - 1;
        int band = Math.min(lines, Math.clamp(BAND_SAMPLES / ring, 64, 512));
        int[][] columns = new int[3 * ring][band]; // the last ones, by channel
        int[][] pixels = new int[LOADED][band];
        int[][] sums = new int[3][band];
        int[] halves = new int[band];
        Arrays.fill(halves, HALF);
        byte[] to = new byte[3 * length * lines];
        for (int row = 0; row < lines; row += band) {
            int rows = Math.min(band, lines - row);
            int loaded = 0;
            for (int x = 0; x < length; x++) {
                int first = axis.first[x];
                while (loaded < first + axis.count[x]) {
                    int from = Math.min(Math.max(loaded, first), image.width() - LOADED);
                    load(image, from, top + row, rows, pixels);
                    for (int i = 0; i < LOADED; i++) {
                        int at = 3 * ((from + i) % ring);
                        split(pixels[i], rows, columns[at], columns[at + 1], columns[at + 2]);
                    }
                    loaded = from + LOADED;
                }
                for (int c = 0; c < 3; c++) {
                    for (int k = 0; k < axis.count[x]; k += GROUP) {
                        add(
                                columns[3 * ((first + k) % ring) + c],
                                columns[3 * ((first + k + 1) % ring) + c],
                                columns[3 * ((first + k + 2) % ring) + c],
                                columns[3 * ((first + k + 3) % ring) + c],
                                columns[3 * ((first + k + 4) % ring) + c],
                                axis.weights,
                                x * axis.taps + k,
                                rows,
                                k == 0 ? halves : sums[c],
                                sums[c]);
                    }
                }
                join(sums[0], sums[1], sums[2], rows, pixels[0]);
                store(pixels[0], rows, to, 3 * (x * lines + row));
            }
        }
        return new RgbImage(lines, length, to);
    }

    /// `image` with black to its right, at least [#LOADED] pixels wide.
    private static RgbImage padded(RgbImage image) {
        byte[] to = new byte[3 * LOADED * image.height()];
        int stride = 3 * image.width();
        for (int y = 0; y < image.height(); y++) {
            System.arraycopy(image.pixels(), y * stride, to, 3 * LOADED * y, stride);
        }
        return new RgbImage(LOADED, image.height(), to);
    }

    /// Writes the [#LOADED] columns from `x` on, from row `y` down, as `0xBBGGRR` in the lower
    /// three bytes.
    private static void load(RgbImage image, int x, int y, int rows, int[][] columns) {
        byte[] from = image.pixels();
        int stride = 3 * image.width();
        int at = 3 * (y * image.width() + x);
        int[] p0 = columns[0];
        int[] p1 = columns[1];
        int[] p2 = columns[2];
        int[] p3 = columns[3];
        for (int i = 0; i < rows; i++, at += stride) {
            p0[i] = (int) INT.get(from, at);
            p1[i] = (int) INT.get(from, at + 3);
            p2[i] = (int) INT.get(from, at + 6);
            p3[i] = (int) INT.get(from, at + 8) >> 8; // nothing beyond the picture
        }
    }

    /// Writes pixels along a row from `start` on; each one's fourth byte is overwritten by the
    /// next.
    private static void store(int[] pixels, int count, byte[] to, int start) {
        int last = count - 1;
        int at = start;
        for (int i = 0; i < last; i++, at += 3) INT.set(to, at, pixels[i]);
        to[at] = (byte) pixels[last];
        to[at + 1] = (byte) (pixels[last] >> 8);
        to[at + 2] = (byte) (pixels[last] >> 16);
    }

    private static void split(int[] pixels, int count, int[] red, int[] green, int[] blue) {
        for (int i = 0; i < count; i++) {
            red[i] = pixels[i] & 0xff;
            green[i] = (pixels[i] >> 8) & 0xff;
            blue[i] = (pixels[i] >> 16) & 0xff;
        }
    }

    private static void join(int[] red, int[] green, int[] blue, int count, int[] pixels) {
        for (int i = 0; i < count; i++) {
            pixels[i] = eightBits(red[i]) | eightBits(green[i]) << 8 | eightBits(blue[i]) << 16;
        }
    }

    private static int eightBits(int fixed) {
        return Math.max(0, Math.min(255, fixed >> PRECISION_BITS));
    }

    /// `to = from` and [#GROUP] columns times the weights from `w` on.
    private static void add(
            int[] a,
            int[] b,
            int[] c,
            int[] d,
            int[] e,
            int[] weights,
            int w,
            int count,
            int[] from,
            int[] to) {
        int wa = weights[w];
        int wb = weights[w + 1];
        int wc = weights[w + 2];
        int wd = weights[w + 3];
        int we = weights[w + 4];
        for (int i = 0; i < count; i++) {
            to[i] = from[i] + a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd + e[i] * we;
        }
    }
}
