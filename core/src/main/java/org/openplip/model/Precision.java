package org.openplip.model;

import org.openplip.tensor.ElementType;

/// The number format that an encoder computes in. Embeddings are float32 in any case.
public enum Precision {
    /// Weights and activations in float32.
    FLOAT32,
    /// Weights and activations in bfloat16.
    BF16,
    /// The matrices stored in int8 with one scale per output channel, symmetric, and widened to
    /// float32 when they are used; all else in float32. It saves memory (a quarter of float32's for
    /// the matrices), not time.
    INT8;

    /// The type that weights and activations have.
    ///
    /// @param model what is to be prepared, for the message
    /// @throws IllegalArgumentException if this is [#INT8], which only CLIP knows
    ElementType floatingPoint(String model) {
        return switch (this) {
            case FLOAT32 -> ElementType.F32;
            case BF16 -> ElementType.BF16;
            case INT8 ->
                    throw new IllegalArgumentException(
                            "precision: expected FLOAT32 or BF16 for %s, got INT8"
                                    .formatted(model));
        };
    }
}
