package org.openplip.openpath;

import org.openplip.image.RgbImage;
import org.openplip.io.Hashes;

/// What is kept of a picture to find it again.
///
/// @param fileSha256 of the file's bytes
/// @param pixelSha256 the size and the SHA-256 of the decoded pixels, equal for the same picture in
///   a lossless container of another kind
/// @param hash [PerceptualHash]
/// @param detail the 32 x 32 luminance less its 7 x 7 neighbourhood mean, scaled to unit length;
///   all zero where the picture is flat
/// @param luminance mean luminance, 0 to 255
@SuppressWarnings("ArrayRecordComponent") // compared through similarity alone
record Fingerprint(
        String fileSha256, String pixelSha256, long hash, float[] detail, float luminance) {
    private static final int SIDE = 32;
    private static final int RADIUS = 3;

    static Fingerprint of(byte[] file, RgbImage image) {
        float[] luminance = PerceptualHash.luminance(image);
        double mean = 0;
        for (float value : luminance) mean += value;
        return new Fingerprint(
                Hashes.sha256(file),
                image.width() + "x" + image.height() + ":" + Hashes.sha256(image.pixels()),
                PerceptualHash.ofLuminance(luminance),
                detail(luminance),
                (float) (mean / luminance.length));
    }

    /// The correlation of the fine structure of two pictures, -1 to 1. Copies of one picture that
    /// were scaled or recompressed stay near 1; two pictures of blank glass, or two that share only
    /// a shading, are near 0 even where their perceptual hashes agree.
    double similarity(Fingerprint other) {
        double sum = 0;
        for (int i = 0; i < detail.length; i++) sum += detail[i] * other.detail[i];
        return sum;
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
