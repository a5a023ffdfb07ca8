package org.openplip.evaluate;

import java.util.List;
import org.openplip.io.DataException;

/// Arithmetic on embeddings.
final class Vectors {
    private Vectors() {}

    /// The embeddings of `texts`, checked.
    static float[][] texts(Contender contender, List<String> texts) throws DataException {
        float[][] rows = contender.encoder().texts(texts);
        if (rows.length != texts.size()) {
            throw new IllegalStateException(
                    "encoder %s: expected %d embeddings, got %d"
                            .formatted(contender.name(), texts.size(), rows.length));
        }
        for (int i = 0; i < rows.length; i++) {
            if (!finite(rows[i])) {
                throw new DataException(
                        contender.checkpoint(),
                        null,
                        "gives numbers that are not finite for the text \"" + texts.get(i) + "\"",
                        null);
            }
        }
        return rows;
    }

    static boolean finite(float[] vector) {
        for (float value : vector) if (!Float.isFinite(value)) return false;
        return true;
    }

    /// `vector` scaled to length 1; a vector of zeros stays as it is.
    static float[] unit(float[] vector) {
        double sum = 0;
        for (float value : vector) sum += (double) value * value;
        if (sum == 0) return vector.clone();
        double scale = 1 / Math.sqrt(sum);
        float[] scaled = new float[vector.length];
        for (int i = 0; i < vector.length; i++) scaled[i] = (float) (vector[i] * scale);
        return scaled;
    }

    static float dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return (float) sum;
    }
}
