package org.openplip.model;

import org.openplip.tensor.ElementType;

/// The number format that an encoder computes in. Embeddings are float32 in any case.
public enum Precision {
    /// Weights and activations in float32.
    FLOAT32,
    /// Weights and activations in bfloat16.
    BF16,
    /// The products inside the blocks in 8-bit integers: matrices with a scale for each output,
    /// activations with one for each tensor, taken from its range at each call. What attention
    /// reads is bfloat16, all else float32.
    INT8;

    /// The type of weights and activations, but for the products in int8.
    ElementType activations() {
        return switch (this) {
            case FLOAT32, INT8 -> ElementType.F32;
            case BF16 -> ElementType.BF16;
        };
    }

    /// The type that weights and activations have.
    ///
    /// @param model what is to be prepared, for the message
    /// @throws IllegalArgumentException if this is [#INT8], which only CLIP knows
    ElementType floatingPoint(String model) {
        if (this == INT8) {
            throw new IllegalArgumentException(
                    "precision: expected FLOAT32 or BF16 for %s, got INT8".formatted(model));
        }
        return activations();
    }
}
