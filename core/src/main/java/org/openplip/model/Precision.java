package org.openplip.model;

/// The number format that an encoder computes in. Embeddings are float32 in any case.
public enum Precision {
    /// Weights and activations in float32.
    FLOAT32,
    /// Weights and activations in bfloat16.
    BF16,
    /// The matrices stored in int8 with one scale per output channel, symmetric, and widened to
    /// float32 when they are used; all else in float32. It saves memory (a quarter of float32's for
    /// the matrices), not time.
    INT8
}
