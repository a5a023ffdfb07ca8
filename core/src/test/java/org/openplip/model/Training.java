package org.openplip.model;

import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;

/// Settings and batches for tests of training.
final class Training {
    ContrastiveLoss loss = ContrastiveLoss.CROSS_ENTROPY;
    boolean leaveOutSame;
    boolean clampLogitScale = true;
    TowerTraining images = new TowerTraining.Everything();
    TowerTraining texts = new TowerTraining.Everything();
    Precision precision = Precision.FLOAT32;
    boolean recompute;
    AdamWSettings optimiser = AdamWSettings.clip();
    double largestGradientNorm = Double.POSITIVE_INFINITY;
    double averageDecay;

    /// CLIP's settings, changed by `change`.
    static ClipTrainer.Settings of(UnaryOperator<Training> change) {
        return change.apply(new Training()).settings();
    }

    ClipTrainer.Settings settings() {
        return new ClipTrainer.Settings(
                loss,
                leaveOutSame,
                clampLogitScale,
                images,
                texts,
                precision,
                recompute,
                optimiser,
                largestGradientNorm,
                averageDecay,
                17);
    }

    /// `n` random pictures and texts of different lengths, no two in a group.
    static PairBatch.Part pairs(ClipConfig config, int n, long seed) {
        Random random = new Random(seed);
        int size = config.vision().imageSize();
        float[] pixels = new float[n * 3 * size * size];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (float) random.nextGaussian();
        ClipConfig.Text text = config.text();
        long[] ids = new long[n * text.context()];
        long[] groups = new long[n];
        for (int row = 0; row < n; row++) {
            groups[row] = seed * n + row;
            int end = 2 + random.nextInt(text.context() - 2);
            for (int i = 0; i < text.context(); i++) {
                ids[row * text.context() + i] =
                        i == 0
                                ? text.startId()
                                : i < end ? random.nextInt(text.vocabulary() - 2) : text.endId();
            }
        }
        return new PairBatch.Part(pixels, ids, groups);
    }

    /// The same pairs in `parts` parts of one size.
    static PairBatch split(PairBatch.Part whole, int parts) {
        PairBatch.Part[] all = new PairBatch.Part[parts];
        for (int i = 0; i < parts; i++) {
            all[i] =
                    new PairBatch.Part(
                            slice(whole.pixels(), i, parts),
                            slice(whole.ids(), i, parts),
                            slice(whole.groups(), i, parts));
        }
        return PairBatch.of(all);
    }

    private static float[] slice(float[] values, int i, int parts) {
        int each = values.length / parts;
        return Arrays.copyOfRange(values, i * each, (i + 1) * each);
    }

    private static long[] slice(long[] values, int i, int parts) {
        int each = values.length / parts;
        return Arrays.copyOfRange(values, i * each, (i + 1) * each);
    }
}
