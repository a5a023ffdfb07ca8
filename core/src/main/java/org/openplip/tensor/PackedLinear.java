package org.openplip.tensor;

import org.jspecify.annotations.Nullable;

/// An affine map of the last axis for inference on a CPU: the matrix in the blocked layout that
/// oneDNN's kernels read fastest, what follows the product fused into it.
///
/// Float32 or bfloat16, as its matrix; inputs and outputs are of the same type. Safe to share
/// between threads. Belongs to the scope that it was made for.
public final class PackedLinear {
    private static final class Operators {
        static final Operator PACK = Operator.of("mkldnn::_reorder_linear_weight", "");
        static final Operator LINEAR = Operator.of("mkldnn::_linear_pointwise", "");
        static final Operator LINEAR_ADD = Operator.of("mkldnn::_linear_pointwise", "binary");
    }

    private final Tensor matrix;
    private final @Nullable Tensor bias;

    private PackedLinear(Tensor matrix, @Nullable Tensor bias) {
        this.matrix = matrix;
        this.bias = bias;
    }

    /// The map `x · weightᵀ + bias` with copies of `weight` `[out, in]` and `bias` `[out]`, kept by
    /// `owner`.
    ///
    /// @throws UnsupportedOperationException if this processor has no kernels for the element type
    public static PackedLinear of(Tensor weight, @Nullable Tensor bias, Scope owner) {
        try {
            Tensor matrix = Operators.PACK.call(weight.contiguous(), null);
            return new PackedLinear(
                    owner.keep(matrix), bias == null ? null : owner.keep(bias.copy()));
        } catch (RuntimeException e) {
            throw new UnsupportedOperationException(
                    "this processor has no packed product of " + weight.type(), e);
        }
    }

    /// `[.., in]` to `[.., out]`.
    public Tensor apply(Tensor x) {
        return fused(x, "none", "");
    }

    /// The map, then `x · sigmoid(x)`.
    public Tensor silu(Tensor x) {
        return fused(x, "swish", "");
    }

    /// The map, then the exact GELU.
    public Tensor gelu(Tensor x) {
        return fused(x, "gelu", "none");
    }

    private Tensor fused(Tensor x, String activation, String algorithm) {
        return Operators.LINEAR.call(x, matrix, bias, activation, Operator.NO_SCALARS, algorithm);
    }

    /// `residual` `[.., out]` plus the map of `x`.
    public Tensor addedTo(Tensor residual, Tensor x) {
        return Operators.LINEAR_ADD.call(x, residual, matrix, bias, "add");
    }
}
