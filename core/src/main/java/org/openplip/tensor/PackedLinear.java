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

    /// Whether a product in bfloat16 goes through; found by one.
    private static final class Bfloat16 {
        static final boolean SUPPORTED = isSupported();

        private static boolean isSupported() {
            int side = 16;
            try (Scope scope = Scope.open();
                    NoGradients _ = NoGradients.open()) {
                Tensor zeros = Tensor.zeros(ElementType.BF16, side, side);
                of(zeros, null, scope).apply(zeros);
                return true;
            } catch (RuntimeException e) {
                return false; // libtorch says so by an exception
            }
        }
    }

    private final Tensor matrix;
    private final @Nullable Tensor bias;

    private PackedLinear(Tensor matrix, @Nullable Tensor bias) {
        this.matrix = matrix;
        this.bias = bias;
    }

    /// Whether this processor has kernels for matrices of `type`: always for float32; for bfloat16
    /// it takes AVX-512 or better.
    public static boolean supports(ElementType type) {
        return type == ElementType.F32 || (type == ElementType.BF16 && Bfloat16.SUPPORTED);
    }

    /// The map `x · weightᵀ + bias` with copies of `weight` `[out, in]` and `bias` `[out]`, both of
    /// a type that is [supported][#supports], kept by `owner`.
    public static PackedLinear of(Tensor weight, @Nullable Tensor bias, Scope owner) {
        return new PackedLinear(
                owner.keep(Operators.PACK.call(weight.contiguous(), null)),
                bias == null ? null : owner.keep(bias.copy()));
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
