package org.openplip.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.Embeddings;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.metrics.Classification;
import org.openplip.metrics.Retrieval;
import org.openplip.model.Clip;
import org.openplip.model.ClipEncoder;
import org.openplip.model.ClipTrainer;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.tokenizer.ClipTokenizer;

/// Measures a model in training on the validation pairs, and as a zero-shot classifier on labelled
/// pictures, with the evaluation's preprocessing.
final class Validator {
    private final PairSource pairs;
    private final @Nullable LabelledPictures labelled;
    private final ClipTokenizer tokenizer;
    private final ImagePreprocessor preprocessor;
    private final TrainConfig config;

    Validator(
            PairSource pairs,
            @Nullable LabelledPictures labelled,
            ClipTokenizer tokenizer,
            ImagePreprocessor preprocessor,
            TrainConfig config) {
        this.pairs = pairs;
        this.labelled = labelled;
        this.tokenizer = tokenizer;
        this.preprocessor = preprocessor;
        this.config = config;
    }

    /// What the trainer's result reaches now; null if there are no validation pairs. Of a model
    /// that diverged no value is a number.
    @Nullable Validation validate(ClipTrainer trainer) throws IOException {
        int n = pairs.size();
        if (n == 0) return null;
        Clip clip = trainer.result();
        float[][] images = new float[n][];
        float[][] texts = new float[n][];
        Double zeroShotF1 = null;
        try (ClipEncoder encoder = ClipEncoder.of(clip, preprocessor, config.precision())) {
            for (int start = 0; start < n; start += config.part()) {
                int end = Math.min(n, start + config.part());
                List<RgbImage> pictures = new ArrayList<>();
                List<String> captions = new ArrayList<>();
                for (int i = start; i < end; i++) {
                    pictures.add(preprocessor.apply(pairs.picture(i)));
                    captions.add(pairs.caption(i));
                }
                copy(encoder.images(pictures), images, start);
                copy(texts(encoder, clip, captions), texts, start);
            }
            if (labelled != null) zeroShotF1 = zeroShotF1(encoder, clip, labelled);
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
        if (!Double.isFinite(sum)) return new Validation(sum, Double.NaN, null);
        int[] ranks = Retrieval.ranks(Embeddings.unitLength(texts), Embeddings.unitLength(images));
        return new Validation(sum / n, Retrieval.recallAt(ranks, 10), zeroShotF1);
    }

    /// A picture belongs to the class whose prompts' embedding has the highest cosine with its own,
    /// of equals the first.
    private double zeroShotF1(ClipEncoder encoder, Clip clip, LabelledPictures labelled)
            throws IOException {
        List<LabelledPictures.Picture> pictures = labelled.pictures();
        float[][] classes =
                labelled.prompts()
                        .classes(
                                texts(
                                        encoder,
                                        clip,
                                        labelled.prompts().sentences(labelled.classes())));
        int[] truth = new int[pictures.size()];
        int[] predicted = new int[pictures.size()];
        for (int start = 0; start < truth.length; start += config.part()) {
            int end = Math.min(truth.length, start + config.part());
            List<RgbImage> part = new ArrayList<>();
            for (LabelledPictures.Picture picture : pictures.subList(start, end)) {
                part.add(preprocessor.apply(ImageDecoder.decode(picture.file())));
            }
            float[][] cosines = Embeddings.similarity(encoder.images(part), classes);
            for (int i = start; i < end; i++) {
                truth[i] = pictures.get(i).truth();
                predicted[i] = highest(cosines[i - start]);
            }
        }
        return Classification.of(truth, predicted, classes.length).weightedF1();
    }

    private static int highest(float[] row) {
        int best = 0;
        for (int c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
        return best;
    }

    private float[][] texts(ClipEncoder encoder, Clip clip, List<String> texts) {
        int context = clip.config().text().context();
        long[] ids = new long[texts.size() * context];
        for (int i = 0; i < texts.size(); i++) {
            int[] row = tokenizer.row(texts.get(i), context);
            for (int t = 0; t < context; t++) ids[i * context + t] = row[t];
        }
        return encoder.texts(ids, texts.size());
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
