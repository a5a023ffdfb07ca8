package org.openplip;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Says which of some labels fits a picture best, by the similarity of its embedding with those of
/// the labels' prompts: what [Plip#zeroShot] uses, for streams and for embeddings of one's own.
///
/// Safe to share between threads; holds nothing of the model.
///
/// @param labels in their order, all different
/// @param classes embeddings of the labels, float32 `[labels, width]`
/// @param logitScale what similarities are multiplied by before the softmax
@SuppressWarnings("ArrayRecordComponent") // embeddings, never compared
public record ZeroShotClassifier(List<String> labels, float[][] classes, float logitScale) {
    public ZeroShotClassifier {
        labels = List.copyOf(labels);
        if (labels.isEmpty() || new HashSet<>(labels).size() < labels.size()) {
            throw new IllegalArgumentException(
                    "labels: expected at least one, all different, got " + labels);
        }
        if (classes.length != labels.size()) {
            throw new IllegalArgumentException(
                    "classes: expected %d, one a label, got %d"
                            .formatted(labels.size(), classes.length));
        }
    }

    /// @param image embedding of a picture, `[width]`, of whatever length
    public Prediction predict(float[] image) {
        double[] cosines = new double[classes.length];
        int best = 0;
        for (int i = 0; i < cosines.length; i++) {
            cosines[i] = Embeddings.similarity(image, classes[i]);
            if (cosines[i] > cosines[best]) best = i;
        }
        double sum = 0;
        for (double cosine : cosines) sum += Math.exp(logitScale * (cosine - cosines[best]));
        Map<String, Double> probabilities = new LinkedHashMap<>();
        Map<String, Double> similarities = new LinkedHashMap<>();
        for (int i = 0; i < cosines.length; i++) {
            String label = labels.get(i);
            probabilities.put(label, Math.exp(logitScale * (cosines[i] - cosines[best])) / sum);
            similarities.put(label, cosines[i]);
        }
        return new Prediction(
                labels.get(best),
                1 / sum,
                Collections.unmodifiableMap(probabilities),
                Collections.unmodifiableMap(similarities));
    }
}
