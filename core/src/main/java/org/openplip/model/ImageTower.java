package org.openplip.model;

import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// A network from pictures alone to embeddings, prepared for encoding.
///
/// Owns its weights; close it to free them, but not while it encodes. Several threads may encode at
/// the same time.
public sealed interface ImageTower extends AutoCloseable
        permits DenseNet, VisionTransformerEncoder {
    /// The length of an embedding.
    int width();

    /// Embeddings `[b, width]`, not of unit length, of normalised pixels float32 `[b, 3, height,
    /// width]`.
    Tensor embeddings(Tensor pixels);

    /// Embeddings `[b][width]`, not of unit length.
    ///
    /// @param pixels normalised, `[b, 3, size, size]` in C order
    default float[][] images(float[] pixels, int size) {
        int picture = 3 * size * size;
        int b = pixels.length / picture;
        if (b == 0 || pixels.length != b * picture) {
            throw new IllegalArgumentException(
                    "pixels: expected a multiple of %d, got %d".formatted(picture, pixels.length));
        }
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            float[] all = embeddings(Tensor.of(pixels, b, 3, size, size)).floats();
            float[][] rows = new float[b][width()];
            for (int i = 0; i < b; i++) {
                System.arraycopy(all, i * width(), rows[i], 0, width());
            }
            return rows;
        }
    }

    /// Frees the weights.
    @Override
    void close();
}
