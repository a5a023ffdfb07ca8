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

    static float dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return (float) sum;
    }
}
