package org.openplip.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.Embeddings;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.metrics.Retrieval;
import org.openplip.model.Clip;
import org.openplip.model.ClipEncoder;
import org.openplip.model.ClipTrainer;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.tokenizer.ClipTokenizer;

/// Measures a model in training on the validation pairs, with the evaluation's preprocessing.
final class Validator {
    private final PairSource pairs;
    private final ClipTokenizer tokenizer;
    private final ImagePreprocessor preprocessor;
    private final TrainConfig config;

    Validator(
            PairSource pairs,
            ClipTokenizer tokenizer,
            ImagePreprocessor preprocessor,
            TrainConfig config) {
        this.pairs = pairs;
        this.tokenizer = tokenizer;
        this.preprocessor = preprocessor;
        this.config = config;
    }

    /// What the trainer's result reaches now; null if there are no validation pairs. Of a model
    /// that diverged neither value is a number.
    @Nullable Validation validate(ClipTrainer trainer) throws IOException {
        int n = pairs.size();
        if (n == 0) return null;
        Clip clip = trainer.result();
        int context = clip.config().text().context();
        float[][] images = new float[n][];
        float[][] texts = new float[n][];
        try (ClipEncoder encoder = ClipEncoder.of(clip, preprocessor, config.precision())) {
            for (int start = 0; start < n; start += config.part()) {
                int end = Math.min(n, start + config.part());
                List<RgbImage> pictures = new ArrayList<>();
                long[] ids = new long[(end - start) * context];
                for (int i = start; i < end; i++) {
                    pictures.add(preprocessor.apply(pairs.picture(i)));
                    int[] row = tokenizer.row(pairs.caption(i), context);
                    for (int t = 0; t < context; t++) ids[(i - start) * context + t] = row[t];
                }
                copy(encoder.images(pictures), images, start);
                copy(encoder.texts(ids, end - start), texts, start);
            }
        }
        double sum = 0;
        for (int start = 0; start < n; start += config.batch()) {
            int end = Math.min(n, start + config.batch());
            try (Scope _ = Scope.open()) {
                sum +=
                        (end - start)
                                * trainer.loss(rows(images, start, end), rows(texts, start, end));
            }
        }
        // What is not a number cannot be ranked.
        if (!Double.isFinite(sum)) return new Validation(sum, Double.NaN);
        int[] ranks = Retrieval.ranks(Embeddings.unitLength(texts), Embeddings.unitLength(images));
        return new Validation(sum / n, Retrieval.recallAt(ranks, 10));
    }

    private static void copy(float[][] from, float[][] to, int start) {
        System.arraycopy(from, 0, to, start, from.length);
    }

    private static Tensor rows(float[][] matrix, int start, int end) {
        int width = matrix[start].length;
        float[] all = new float[(end - start) * width];
        for (int i = start; i < end; i++) {
            System.arraycopy(matrix[i], 0, all, (i - start) * width, width);
        }
        return Tensor.of(all, end - start, width);
    }
}
