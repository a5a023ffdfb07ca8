package org.openplip.tensor;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// An affine map of the last axis in 8-bit integers, for inference on a CPU: the matrix quantised
/// once, symmetric, with a scale for each output; the input quantised at each call, with one scale
/// and zero point for the whole tensor, from its smallest and largest element. Sums are exact
/// integers; the bias and what follows are float32.
///
/// Safe to share between threads. Belongs to the scope that it was made for.
public final class Int8Linear {
    private static final class Operators {
        static final Operator PACK = Operator.of("onednn::qlinear_prepack", "");
        static final Operator LINEAR = Operator.of("onednn::qlinear_pointwise", "");
        static final Operator LINEAR_ADD = Operator.of("onednn::qlinear_pointwise", "binary");
    }

    /// Steps between the smallest and the largest input.
    private static final int STEPS = 255;

    private final Tensor matrix; // int8, packed
    private final Tensor scales; // float32 [out]
    private final Tensor zeros; // int32 [out]
    private final Tensor bias; // float32 [out]

    private Int8Linear(Tensor matrix, Tensor scales, Tensor zeros, Tensor bias) {
        this.matrix = matrix;
        this.scales = scales;
        this.zeros = zeros;
        this.bias = bias;
    }

    /// The map `x · weightᵀ + bias` of float32 `weight` `[out, in]` and `bias` `[out]`, quantised,
    /// kept by `owner`.
    public static Int8Linear of(Tensor weight, Tensor bias, Scope owner) {
        long out = weight.size(0);
        Tensor zeros = Tensor.zeros(ElementType.I32, out);
        Tensor magnitudes = new Tensor(weight.handle().abs());
        Tensor scales =
                new Tensor(magnitudes.handle().amax(new long[] {1}, false)) // [out]
                        .multiplyInPlace(1.0 / Byte.MAX_VALUE);
        try (Scalar smallest = new Scalar(Float.MIN_NORMAL)) {
            scales.handle().clamp_min_(smallest); // a row of zeros
        }
        Tensor steps =
                new Tensor(
                        torch.quantize_per_channel(
                                weight.handle(),
                                scales.handle(),
                                zeros.handle(),
                                0,
                                ScalarType.QInt8));
        Tensor matrix = new Tensor(steps.handle().int_repr());
        return new Int8Linear(
                owner.keep(Operators.PACK.call(matrix, null)),
                owner.keep(scales),
                owner.keep(zeros),
                owner.keep(bias.copy()));
    }

    /// Float32 `[.., in]` to `[.., out]`.
    ///
    /// @throws ArithmeticException if an element of `x` is infinite or not a number: no 8 bits
    ///   stand for it
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
        Quantized q = Quantized.of(x);
        return Operators.LINEAR.call(
                q.values,
                q.scale,
                q.zero,
                matrix,
                scales,
                zeros,
                bias,
                1.0,
                0L,
                ElementType.F32,
                activation,
                Operator.NO_SCALARS,
                algorithm);
    }

    /// `residual` `[.., out]` plus the map of `x`.
    public Tensor addedTo(Tensor residual, Tensor x) {
        Quantized q = Quantized.of(x);
        return Operators.LINEAR_ADD.call(
                q.values,
                q.scale,
                q.zero,
                matrix,
                scales,
                zeros,
                residual,
                bias,
                1.0,
                0L,
                ElementType.F32,
                1.0,
                0L,
                "add",
                1.0,
                "none",
                Operator.NO_SCALARS,
                "");
    }

    /// A tensor in 8 bits: `scale · (values - zero)`.
    private record Quantized(Tensor values, double scale, long zero) {
        static Quantized of(Tensor x) {
            double low;
            double high;
            try (T_TensorTensor_T range = torch.aminmax(x.handle())) {
                low = Math.min(0, range.get0().item_double());
                high = Math.max(0, range.get1().item_double());
            }
            if (!Double.isFinite(high - low)) {
                throw new ArithmeticException("the input of a product in int8 is not finite");
            }
            double scale = high > low ? (high - low) / STEPS : 1;
            // Never 0: oneDNN has no fast kernel for this layout without a zero point.
            long zero = Math.clamp(Math.round(-low / scale), 1, STEPS);
            Tensor quantized =
                    new Tensor(
                            torch.quantize_per_tensor(x.handle(), scale, zero, ScalarType.QUInt8));
            return new Quantized(bytes(quantized), scale, zero);
        }

        /// The same memory as plain bytes; it lives as long as `quantized`, which is in the same
        /// scope.
        @SuppressWarnings("restricted")
        private static Tensor bytes(Tensor quantized) {
            try (Pointer data = quantized.handle().data_ptr()) {
                MemorySegment memory =
                        MemorySegment.ofAddress(data.address()).reinterpret(quantized.elements());
                return Tensor.view(ElementType.U8, memory, quantized.shape());
            }
        }
    }
}
