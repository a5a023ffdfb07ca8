package org.openplip.model;

/// The number format that an encoder computes in. Embeddings are float32 in any case.
public enum Precision {
    /// Weights and activations in float32.
    FLOAT32,
    /// Weights and activations in bfloat16.
    BF16,
    /// The blocks' matrices in int8, the rest in float32: see [ClipEncoder].
    INT8
}
