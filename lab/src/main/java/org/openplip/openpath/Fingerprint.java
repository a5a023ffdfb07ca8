package org.openplip.openpath;

import org.openplip.image.RgbImage;
import org.openplip.io.Hashes;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;

/// What is kept of a picture to find it again.
///
/// @param fileSha256 of the file's bytes
/// @param pixelSha256 the size and the SHA-256 of the decoded pixels, equal for the same picture in
///   a lossless container of another kind
/// @param hash [PerceptualHash]
/// @param detail the 32 x 32 luminance less its 7 x 7 neighbourhood mean, scaled to unit length;
///   all zero where the picture is flat
/// @param colour float32 `[3]`: the shares of red, green and blue in the whole picture, which
///   scaling, trimming, brightening and recompressing leave as they are
/// @param supports the number of pixels that `detail` rests on, 1 to 1,024: 1 over the sum of its
///   fourth powers; 0 where the picture is flat
@SuppressWarnings("ArrayRecordComponent") // compared through similarity alone
record Fingerprint(
        String fileSha256,
        String pixelSha256,
        long hash,
        float[] detail,
        float[] colour,
        double supports) {
    private static final int SIDE = 32;
    private static final int RADIUS = 3;

    /// Below this many pixels a correlation says little: on blank glass it is that of two specks or
    /// of two coverslip edges that lie alike. In phantoms, tissue but mucus and debris is above.
    private static final double FEW = 160;

    /// By how much a share of colour may differ in copies of a picture with little structure; the
    /// more, the likelier the structure is. Of the copies in two phantom worlds 340 of 343 pass, of
    /// pairs of other pieces of glass that are as like 4 of some 60.
    private static final double SAME_COLOUR = 0.002;

    private static final double VERY_LIKE = 0.92;
    private static final double MORE_COLOUR = 0.05;

    /// In pixels of the 32 x 32 picture.
    private static final double[] TRIMS = {0, 0.5, 1};

    static Fingerprint of(byte[] file, RgbImage image) {
        float[] luminance = PerceptualHash.luminance(image);
        float[] detail = detail(luminance);
        double fourth = 0;
        for (float value : detail) fourth += Math.pow(value, 4);
        return new Fingerprint(
                Hashes.sha256(file),
                image.width() + "x" + image.height() + ":" + Hashes.sha256(image.pixels()),
                PerceptualHash.ofLuminance(luminance),
                detail,
                colour(image.pixels()),
                fourth == 0 ? 0 : 1 / fourth);
    }

    void encode(Encoder to) {
        to.text(fileSha256).text(pixelSha256).int64(hash).float64(supports);
        for (float value : detail) to.float32(value);
        for (float value : colour) to.float32(value);
    }

    static Fingerprint decode(Decoder from) {
        String file = from.text();
        String pixels = from.text();
        long hash = from.int64();
        double supports = from.float64();
        float[] detail = new float[SIDE * SIDE];
        float[] colour = new float[3];
        for (int i = 0; i < detail.length; i++) detail[i] = from.float32();
        for (int i = 0; i < colour.length; i++) colour[i] = from.float32();
        return new Fingerprint(file, pixels, hash, detail, colour, supports);
    }

    private static float[] colour(byte[] pixels) {
        long[] sums = new long[3];
        for (int i = 0; i < pixels.length; i++) sums[i % 3] += pixels[i] & 0xff;
        double all = Math.max(1, sums[0] + sums[1] + sums[2]);
        return new float[] {
            (float) (sums[0] / all), (float) (sums[1] / all), (float) (sums[2] / all)
        };
    }

    /// Whether the colours agree, or both have so much structure that it speaks for itself.
    ///
    /// @param similarity of the two
    boolean mayBeCopyOf(Fingerprint other, double similarity) {
        if (supports >= FEW && other.supports >= FEW) return true;
        double allowed = SAME_COLOUR + MORE_COLOUR * Math.max(0, similarity - VERY_LIKE);
        for (int c = 0; c < 3; c++) {
            if (Math.abs(colour[c] - other.colour[c]) > allowed) return false;
        }
        return true;
    }

    /// The correlation of the fine structure of two pictures, -1 to 1, after one has been laid on
    /// the other: of all ways to trim up to a 32nd part off each side of either picture, tried in
    /// steps of half that, the likest found by descent. Copies of one picture that were scaled,
    /// trimmed, brightened or recompressed stay above 0.8, but for some of blank glass; two
    /// pictures that share only a shading are near 0 even where their perceptual hashes agree.
    double similarity(Fingerprint other) {
        return Math.max(bestTrim(detail, other.detail), bestTrim(other.detail, detail));
    }

    /// The best correlation of `whole` with what trimming leaves of `trimmed`'s original.
    private static double bestTrim(float[] trimmed, float[] whole) {
        double left = 0.5;
        double right = 0.5;
        double top = 0.5;
        double bottom = 0.5;
        double best = -1;
        for (int round = 0; round < 3; round++) {
            double before = best;
            double bestLeft = left;
            double bestRight = right;
            for (double l : TRIMS) {
                for (double r : TRIMS) {
                    double value = correlation(trimmed, whole, l, r, top, bottom);
                    if (value > best) {
                        best = value;
                        bestLeft = l;
                        bestRight = r;
                    }
                }
            }
            left = bestLeft;
            right = bestRight;
            double bestTop = top;
            double bestBottom = bottom;
            for (double t : TRIMS) {
                for (double b : TRIMS) {
                    double value = correlation(trimmed, whole, left, right, t, b);
                    if (value > best) {
                        best = value;
                        bestTop = t;
                        bestBottom = b;
                    }
                }
            }
            top = bestTop;
            bottom = bestBottom;
            if (best == before) break;
        }
        return best;
    }

    private static double correlation(
            float[] trimmed, float[] whole, double left, double right, double top, double bottom) {
        double across = (SIDE - 1 - left - right) / (SIDE - 1);
        double down = (SIDE - 1 - top - bottom) / (SIDE - 1);
        double product = 0;
        double squares = 0;
        double trimmedSquares = 0;
        for (int y = 0; y < SIDE; y++) {
            double v = top + y * down;
            int y0 = (int) v;
            int y1 = Math.min(y0 + 1, SIDE - 1);
            double fy = v - y0;
            for (int x = 0; x < SIDE; x++) {
                double u = left + x * across;
                int x0 = (int) u;
                int x1 = Math.min(x0 + 1, SIDE - 1);
                double fx = u - x0;
                double value =
                        (1 - fy) * ((1 - fx) * whole[y0 * SIDE + x0] + fx * whole[y0 * SIDE + x1])
                                + fy
                                        * ((1 - fx) * whole[y1 * SIDE + x0]
                                                + fx * whole[y1 * SIDE + x1]);
                double there = trimmed[y * SIDE + x];
                product += there * value;
                squares += value * value;
                trimmedSquares += there * there;
            }
        }
        double norm = squares * trimmedSquares;
        return norm < 1e-12 ? 0 : product / Math.sqrt(norm);
    }

    private static float[] detail(float[] luminance) {
        float[] detail = new float[luminance.length];
        double norm = 0;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                double sum = 0;
                int count = 0;
                for (int v = Math.max(0, y - RADIUS); v <= Math.min(SIDE - 1, y + RADIUS); v++) {
                    for (int u = Math.max(0, x - RADIUS);
                            u <= Math.min(SIDE - 1, x + RADIUS);
                            u++) {
                        sum += luminance[v * SIDE + u];
                        count++;
                    }
                }
                float value = (float) (luminance[y * SIDE + x] - sum / count);
                detail[y * SIDE + x] = value;
                norm += value * value;
            }
        }
        if (norm < 1e-6) return new float[luminance.length];
        float scale = (float) (1 / Math.sqrt(norm));
        for (int i = 0; i < detail.length; i++) detail[i] *= scale;
        return detail;
    }
}
