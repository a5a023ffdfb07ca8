package org.openplip.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/// A dense tensor in native memory, and the operations that the models use. Semantics are
/// libtorch's: methods that end in `InPlace` change this tensor, the others give a new one, which
/// belongs to the innermost [Scope] of the calling thread.
///
/// Reading one tensor from several threads is safe; a tensor must not be changed meanwhile.
public final class Tensor {
    private final org.bytedeco.pytorch.Tensor handle;
    private Scope owner;
    private int slot;
    private boolean freed;

    Tensor(org.bytedeco.pytorch.Tensor handle) {
        this.handle = handle;
        this.owner = Scope.innermost();
        owner.add(this);
    }

    // ---- making ---------------------------------------------------------------------------

    /// Zeros of `shape`.
    public static Tensor zeros(ElementType type, long... shape) {
        return empty(type, shape).zeroInPlace();
    }

    /// Ones of `shape`.
    public static Tensor ones(ElementType type, long... shape) {
        return zeros(type, shape).addInPlace(1);
    }

    /// Bytes of `shape` with a copy of `values` in C order.
    ///
    /// @throws IllegalArgumentException if the number of values is not the shape's
    public static Tensor of(byte[] values, long... shape) {
        return of(ElementType.U8, MemorySegment.ofArray(values), shape);
    }

    /// Float32 of `shape` with a copy of `values` in C order.
    ///
    /// @throws IllegalArgumentException if the number of values is not the shape's
    public static Tensor of(float[] values, long... shape) {
        return of(ElementType.F32, MemorySegment.ofArray(values), shape);
    }

    /// Float64 of `shape` with a copy of `values` in C order.
    ///
    /// @throws IllegalArgumentException if the number of values is not the shape's
    public static Tensor of(double[] values, long... shape) {
        return of(ElementType.F64, MemorySegment.ofArray(values), shape);
    }

    /// Int64 of `shape` with a copy of `values` in C order.
    ///
    /// @throws IllegalArgumentException if the number of values is not the shape's
    public static Tensor of(long[] values, long... shape) {
        return of(ElementType.I64, MemorySegment.ofArray(values), shape);
    }

    /// A tensor of `shape` with a copy of `bytes`, little-endian in C order.
    ///
    /// @throws IllegalArgumentException if the number of bytes is not what type and shape need
    public static Tensor of(ElementType type, MemorySegment bytes, long... shape) {
        checkBytes(type, bytes, shape);
        Tensor tensor = empty(type, shape);
        tensor.memory().copyFrom(bytes);
        return tensor;
    }

    /// A tensor of `shape` over `bytes`, little-endian in C order, without a copy. The memory must
    /// stay valid, and must not be changed through the tensor where it is read-only, as long as the
    /// tensor or a view of it lives.
    ///
    /// @throws IllegalArgumentException if the number of bytes is not what type and shape need, or
    ///   `bytes` are on the heap
    public static Tensor view(ElementType type, MemorySegment bytes, long... shape) {
        checkBytes(type, bytes, shape);
        if (!bytes.isNative() || !bytes.scope().isAlive()) {
            throw new IllegalArgumentException("bytes: expected native memory that is not freed");
        }
        if (bytes.byteSize() == 0) return empty(type, shape);
        LibTorch.load();
        try (TensorOptions options = new TensorOptions(scalarType(type));
                Pointer data = new BytePointerAt(bytes)) {
            return new Tensor(torch.from_blob(data, shape, options));
        }
    }

    /// A pointer to a segment's first byte.
    private static final class BytePointerAt extends Pointer {
        BytePointerAt(MemorySegment bytes) {
            address = bytes.address();
        }
    }

    private static void checkBytes(ElementType type, MemorySegment bytes, long... shape) {
        long expected = type.bytes();
        for (long size : shape) expected = Math.multiplyExact(expected, size);
        if (bytes.byteSize() != expected) {
            throw new IllegalArgumentException(
                    "bytes: expected %d for %s %s, got %d"
                            .formatted(expected, type, Arrays.toString(shape), bytes.byteSize()));
        }
    }

    private static Tensor empty(ElementType type, long... shape) {
        LibTorch.load();
        try (TensorOptions options = new TensorOptions(scalarType(type));
                MemoryFormatOptional format = new MemoryFormatOptional()) {
            return new Tensor(torch.empty(shape, options, format));
        }
    }

    // ---- looking --------------------------------------------------------------------------

    /// The sizes of the axes.
    public long[] shape() {
        long[] shape = new long[(int) handle().dim()];
        for (int i = 0; i < shape.length; i++) shape[i] = handle.size(i);
        return shape;
    }

    /// The size of one axis; negative counts from the last.
    public long size(int axis) {
        return handle().size(axis);
    }

    /// The number of elements.
    public long elements() {
        return handle().numel();
    }

    /// The type of the elements.
    public ElementType type() {
        ScalarType type = handle().scalar_type();
        for (ElementType candidate : ElementType.values()) {
            if (scalarType(candidate).value == type.value) return candidate;
        }
        throw new IllegalStateException("element type " + type + " is not supported");
    }

    /// The elements in C order, as float32.
    public float[] floats() {
        float[] values = new float[Math.toIntExact(elements())];
        try (Scope _ = Scope.open()) {
            Tensor plain = to(ElementType.F32).detach().contiguous();
            MemorySegment.copy(plain.memory(), ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
        }
        return values;
    }

    /// The elements in C order, as int64.
    public long[] longs() {
        long[] values = new long[Math.toIntExact(elements())];
        try (Scope _ = Scope.open()) {
            Tensor plain = to(ElementType.I64).detach().contiguous();
            MemorySegment.copy(plain.memory(), ValueLayout.JAVA_LONG, 0, values, 0, values.length);
        }
        return values;
    }

    /// The only element of a tensor of one.
    public double item() {
        return handle().item_double();
    }

    /// The tensor's own memory, little-endian in C order: valid while the tensor lives, and not
    /// checked after.
    ///
    /// @throws IllegalArgumentException if the elements do not lie in C order
    @SuppressWarnings("restricted")
    public MemorySegment memory() {
        if (!handle().is_contiguous()) {
            throw new IllegalArgumentException("the tensor is not contiguous");
        }
        if (handle.numel() == 0) return MemorySegment.NULL;
        try (Pointer data = handle.data_ptr()) {
            return MemorySegment.ofAddress(data.address()).reinterpret(handle.nbytes());
        }
    }

    /// Writes the elements, little-endian in C order.
    ///
    /// @throws IllegalArgumentException if the elements do not lie in C order
    public void writeTo(OutputStream out) throws IOException {
        MemorySegment memory = memory();
        byte[] chunk = new byte[(int) Math.min(1 << 20, memory.byteSize())];
        for (long at = 0; at < memory.byteSize(); at += chunk.length) {
            int length = (int) Math.min(chunk.length, memory.byteSize() - at);
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
            out.write(chunk, 0, length);
        }
    }

    /// Shape and type, for messages.
    @Override
    public String toString() {
        return freed ? "a freed tensor" : type() + " " + Arrays.toString(shape());
    }

    // ---- shape ----------------------------------------------------------------------------

    public Tensor reshape(long... shape) {
        return new Tensor(handle().reshape(shape));
    }

    public Tensor permute(long... axes) {
        return new Tensor(handle().permute(axes));
    }

    public Tensor transpose(int axis, int other) {
        return new Tensor(handle().transpose(axis, other));
    }

    /// The slice `index` of `axis`, which disappears.
    public Tensor select(int axis, long index) {
        return new Tensor(handle().select(axis, index));
    }

    /// `length` slices of `axis` from `start`.
    public Tensor narrow(int axis, long start, long length) {
        return new Tensor(handle().narrow(axis, start, length));
    }

    /// A view with axes of size 1 repeated to `shape`.
    public Tensor expand(long... shape) {
        return new Tensor(handle().expand(shape, false));
    }

    public Tensor contiguous() {
        return new Tensor(handle().contiguous());
    }

    /// `parts` one after the other along `axis`.
    public static Tensor concatenate(int axis, List<Tensor> parts) {
        try (TensorVector vector = new TensorVector()) {
            for (Tensor part : parts) vector.push_back(part.handle());
            return new Tensor(torch.cat(vector, axis));
        }
    }

    /// The rows of axis 0 that int64 `indices` `[n]` names.
    public Tensor rows(Tensor indices) {
        return new Tensor(handle().index_select(0, indices.handle()));
    }

    /// Row `ids[..]` of this table `[rows, width]`: `[.., width]`.
    public Tensor embed(Tensor ids) {
        return new Tensor(torch.embedding(handle(), ids.handle()));
    }

    /// The same values as `type`; this tensor's own memory if it is of that type.
    public Tensor to(ElementType type) {
        return new Tensor(handle().toType(scalarType(type)));
    }

    /// A copy with memory of its own.
    public Tensor copy() {
        return new Tensor(handle().clone());
    }

    // ---- arithmetic -----------------------------------------------------------------------

    public Tensor add(Tensor other) {
        return new Tensor(handle().add(other.handle()));
    }

    public Tensor multiply(Tensor other) {
        return new Tensor(handle().mul(other.handle()));
    }

    public Tensor multiply(double factor) {
        try (Scalar scalar = new Scalar(factor)) {
            return new Tensor(handle().mul(scalar));
        }
    }

    public Tensor exp() {
        return new Tensor(handle().exp());
    }

    /// `ln(1 / (1 + exp(-x)))`.
    public Tensor logSigmoid() {
        return new Tensor(torch.log_sigmoid(handle()));
    }

    /// Where the elements equal those of `other`, axes of size 1 being repeated: booleans.
    public Tensor equalTo(Tensor other) {
        return new Tensor(handle().eq(other.handle()));
    }

    /// Where this or `other`, both booleans, holds.
    public Tensor or(Tensor other) {
        return new Tensor(handle().logical_or(other.handle()));
    }

    /// Where this and `other`, both booleans, hold.
    public Tensor and(Tensor other) {
        return new Tensor(handle().logical_and(other.handle()));
    }

    /// Where this, booleans, does not hold.
    public Tensor not() {
        return new Tensor(handle().logical_not());
    }

    /// `value` where `mask` holds, else these elements.
    public Tensor fill(Tensor mask, double value) {
        try (Scalar scalar = new Scalar(value)) {
            return new Tensor(handle().masked_fill(mask.handle(), scalar));
        }
    }

    /// The sum of all elements, of no axes.
    public Tensor sum() {
        return new Tensor(handle().sum());
    }

    /// The matrix product.
    public Tensor matmul(Tensor other) {
        return new Tensor(handle().matmul(other.handle()));
    }

    /// `this · weightᵀ + bias`: `[.., in]` to `[.., out]` by `weight` `[out, in]`.
    public Tensor linear(Tensor weight, @Nullable Tensor bias) {
        if (bias == null) return new Tensor(torch.linear(handle(), weight.handle()));
        return new Tensor(torch.linear(handle(), weight.handle(), bias.handle()));
    }

    /// Layer normalisation over the last axis.
    public Tensor layerNorm(Tensor weight, Tensor bias, double epsilon) {
        try (TensorOptional gain = new TensorOptional(weight.handle());
                TensorOptional shift = new TensorOptional(bias.handle())) {
            return new Tensor(
                    torch.layer_norm(handle(), new long[] {size(-1)}, gain, shift, epsilon, false));
        }
    }

    /// `x · sigmoid(x)`.
    public Tensor silu() {
        return new Tensor(torch.silu(handle()));
    }

    /// The exact GELU, with the error function.
    public Tensor gelu() {
        return new Tensor(torch.gelu(handle()));
    }

    /// Softmax attention of queries `[b, q, h, d]` to keys and values `[b, t, h, d]`, scaled by the
    /// root of `d`: `[b, q, h, d]`. Scores and probabilities are summed in float32 in any case.
    ///
    /// @param mask float32 `[b or 1, 1, q, t]`, added to the scores, or null
    public static Tensor attention(Tensor query, Tensor key, Tensor value, @Nullable Tensor mask) {
        if (query.type() == ElementType.BF16 && !query.handle.is_cuda()) {
            // libtorch's kernel for bfloat16 takes six times as long as that for float32.
            ElementType wide = ElementType.F32;
            return attend(query.to(wide), key.to(wide), value.to(wide), mask).to(ElementType.BF16);
        }
        return attend(query, key, value, mask);
    }

    private static Tensor attend(Tensor query, Tensor key, Tensor value, @Nullable Tensor mask) {
        try (TensorOptional bias =
                        mask == null
                                ? new TensorOptional()
                                : new TensorOptional(mask.to(query.type()).handle());
                DoubleOptional scale = new DoubleOptional()) {
            return new Tensor(
                            torch.scaled_dot_product_attention(
                                    query.transpose(1, 2).handle(), // [b, h, q, d]
                                    key.transpose(1, 2).handle(),
                                    value.transpose(1, 2).handle(),
                                    bias,
                                    0.0,
                                    false,
                                    scale,
                                    false))
                    .transpose(1, 2);
        }
    }

    /// Each vector of the last axis divided by its length.
    public Tensor unitLength() {
        try (Scalar two = new Scalar(2.0);
                ScalarOptional power = new ScalarOptional(two)) {
            org.bytedeco.pytorch.Tensor length = handle().norm(power, new long[] {-1}, true);
            try (length) {
                return new Tensor(handle().div(length));
            }
        }
    }

    /// The mean cross-entropy of logits `[n, classes]` against int64 classes `[n]`.
    public Tensor crossEntropy(Tensor classes) {
        return new Tensor(torch.cross_entropy_loss(handle(), classes.handle()));
    }

    /// The Euclidean length of all elements taken as one vector.
    public double norm() {
        try (org.bytedeco.pytorch.Tensor norm = handle().norm()) {
            return norm.item_double();
        }
    }

    // ---- pictures -------------------------------------------------------------------------

    /// The convolution of this `[b, in, height, width]` by `weight` `[out, in, k, k]`, over a
    /// border of `padding` zeros.
    public Tensor convolve(Tensor weight, @Nullable Tensor bias, int stride, int padding) {
        try (TensorOptional shift =
                bias == null ? new TensorOptional() : new TensorOptional(bias.handle())) {
            return new Tensor(
                    torch.conv2d(
                            handle(),
                            weight.handle(),
                            shift,
                            new long[] {stride, stride},
                            new long[] {padding, padding},
                            new long[] {1, 1},
                            1));
        }
    }

    /// Axis 1 normalised by the statistics of training, all `[channels]`: `(x - mean) /
    /// sqrt(variance + epsilon) · weight + bias`.
    public Tensor batchNorm(
            Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon) {
        try (TensorOptional gain = new TensorOptional(weight.handle());
                TensorOptional shift = new TensorOptional(bias.handle());
                TensorOptional centre = new TensorOptional(mean.handle());
                TensorOptional spread = new TensorOptional(variance.handle())) {
            return new Tensor(
                    torch.batch_norm(
                            handle(), gain, shift, centre, spread, false, 0, epsilon, false));
        }
    }

    /// The largest of each `size` x `size` window of `[b, channels, height, width]`, over a border
    /// of `padding` that is never the largest.
    public Tensor maxPool(int size, int stride, int padding) {
        return new Tensor(
                torch.max_pool2d(
                        handle(),
                        new long[] {size, size},
                        new long[] {stride, stride},
                        new long[] {padding, padding},
                        new long[] {1, 1},
                        false));
    }

    /// The mean of each `size` x `size` window of `[b, channels, height, width]`, side by side;
    /// what is left at the right and below is dropped.
    public Tensor averagePool(int size) {
        return new Tensor(torch.avg_pool2d(handle(), size, size));
    }

    /// The mean over `axes`, which disappear.
    public Tensor mean(long... axes) {
        return new Tensor(handle().mean(axes));
    }

    /// The same `[b, channels, height, width]` with the channels of a pixel side by side in memory,
    /// which convolutions on a CPU prefer.
    public Tensor channelsLast() {
        return new Tensor(handle().contiguous(MemoryFormat.ChannelsLast));
    }

    // ---- in place -------------------------------------------------------------------------

    /// Negative elements set to zero.
    public Tensor reluInPlace() {
        handle().relu_();
        return this;
    }

    public Tensor zeroInPlace() {
        handle().zero_();
        return this;
    }

    public Tensor copyInPlace(Tensor source) {
        handle().copy_(source.handle());
        return this;
    }

    public Tensor addInPlace(double term) {
        try (Scalar scalar = new Scalar(term)) {
            handle().add_(scalar);
        }
        return this;
    }

    /// Moves each element towards that of `target` by the share `weight` of the way.
    public Tensor moveInPlace(Tensor target, double weight) {
        try (Scalar share = new Scalar(weight)) {
            handle().lerp_(target.handle(), share);
        }
        return this;
    }

    public Tensor multiplyInPlace(double factor) {
        try (Scalar scalar = new Scalar(factor)) {
            handle().mul_(scalar);
        }
        return this;
    }

    public Tensor clampInPlace(double low, double high) {
        try (Scalar l = new Scalar(low);
                Scalar h = new Scalar(high);
                ScalarOptional lowest = new ScalarOptional(l);
                ScalarOptional highest = new ScalarOptional(h)) {
            handle().clamp_(lowest, highest);
        }
        return this;
    }

    /// One step of Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, in
    /// the order of PyTorch's `torch.optim.AdamW`) on this parameter.
    ///
    /// @param gradient the loss's gradient
    /// @param mean running mean of the gradient, changed
    /// @param square running mean of its square, changed
    /// @param step number of this step, from 1
    public void adamwInPlace(
            Tensor gradient,
            Tensor mean,
            Tensor square,
            long step,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay) {
        double stepSize = learningRate / (1 - Math.pow(beta1, (double) step));
        double squareCorrection = Math.sqrt(1 - Math.pow(beta2, (double) step));
        try (Scalar keep = new Scalar(1 - learningRate * weightDecay);
                Scalar towards = new Scalar(1 - beta1);
                Scalar decay = new Scalar(beta2);
                Scalar fresh = new Scalar(1 - beta2);
                Scalar correction = new Scalar(squareCorrection);
                Scalar eps = new Scalar(epsilon);
                Scalar minusStep = new Scalar(-stepSize)) {
            handle().mul_(keep);
            mean.handle().lerp_(gradient.handle(), towards);
            square.handle().mul_(decay);
            square.handle().addcmul_(gradient.handle(), gradient.handle(), fresh);
            try (org.bytedeco.pytorch.Tensor denominator = square.handle().sqrt()) {
                denominator.div_(correction);
                denominator.add_(eps);
                handle().addcdiv_(mean.handle(), denominator, minusStep);
            }
        }
    }

    // ---- differentiation ------------------------------------------------------------------

    /// Makes this a leaf whose gradient [#backward()] collects.
    public Tensor requireGradient() {
        return requireGradient(true);
    }

    /// Makes this a leaf whose gradient [#backward()] collects, or one that it passes by.
    public Tensor requireGradient(boolean required) {
        handle().requires_grad_(required);
        return this;
    }

    /// Whether this was computed from a leaf that requires a gradient, or is one.
    public boolean requiresGradient() {
        return handle().requires_grad();
    }

    /// The same memory, outside the graph.
    public Tensor detach() {
        return new Tensor(handle().detach());
    }

    /// Adds the gradient of this tensor of one element to the gradient of each leaf that it was
    /// computed from.
    public void backward() {
        handle().backward();
    }

    /// Adds to each leaf's gradient that of a value whose gradient with respect to this tensor is
    /// `gradient`, of the same shape and type.
    public void backward(Tensor gradient) {
        try (BoolOptional retain = new BoolOptional();
                TensorArrayRefOptional inputs = new TensorArrayRefOptional()) {
            handle().backward(gradient.handle(), retain, false, inputs);
        }
    }

    /// The collected gradient, or null if there is none.
    public @Nullable Tensor gradient() {
        org.bytedeco.pytorch.Tensor gradient = handle().grad();
        // The binding gives a reference into this tensor; the copy shares the memory.
        return gradient.defined() ? new Tensor(new org.bytedeco.pytorch.Tensor(gradient)) : null;
    }

    /// Forgets the collected gradient.
    public void clearGradient() {
        handle().mutable_grad().reset();
    }

    // ---- the scope's side -----------------------------------------------------------------

    org.bytedeco.pytorch.Tensor handle() {
        if (freed) throw new IllegalStateException("the tensor's scope is closed");
        return handle;
    }

    Scope owner() {
        if (freed) throw new IllegalStateException("the tensor's scope is closed");
        return owner;
    }

    int slot() {
        return slot;
    }

    void ownedBy(Scope scope, int index) {
        owner = scope;
        slot = index;
    }

    void free() {
        freed = true;
        handle.deallocate();
    }

    static ScalarType scalarType(ElementType type) {
        return switch (type) {
            case F64 -> ScalarType.Double;
            case F32 -> ScalarType.Float;
            case F16 -> ScalarType.Half;
            case BF16 -> ScalarType.BFloat16;
            case I64 -> ScalarType.Long;
            case I32 -> ScalarType.Int;
            case I16 -> ScalarType.Short;
            case I8 -> ScalarType.Char;
            case U8 -> ScalarType.Byte;
            case BOOL -> ScalarType.Bool;
        };
    }
}
