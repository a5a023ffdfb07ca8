package org.openplip.model;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// A CLIP prepared for encoding: the weights of a [Clip] copied once into the form and the
/// [Precision] that the towers compute in.
///
/// Owns its copies; close it to free them, but not while it encodes. Several threads may encode at
/// the same time.
public final class ClipEncoder implements AutoCloseable {
    private final ClipConfig config;
    private final ElementType activations;
    private final double logitScale;
    private final ClipTowers.Vision vision;
    private final ClipTowers.Text text;
    private final Scope owner;

    private ClipEncoder(
            ClipConfig config,
            ElementType activations,
            double logitScale,
            ClipTowers.Vision vision,
            ClipTowers.Text text,
            Scope owner) {
        this.config = config;
        this.activations = activations;
        this.logitScale = logitScale;
        this.vision = vision;
        this.text = text;
        this.owner = owner;
    }

    /// An encoder with the present weights of `clip`, which may be closed or trained on afterwards.
    public static ClipEncoder of(Clip clip, Precision precision) {
        Scope owner = Scope.holder();
        ElementType activations =
                switch (precision) {
                    case FLOAT32, INT8 -> ElementType.F32;
                    case BF16 -> ElementType.BF16;
                };
        ClipConfig config = clip.config();
        ClipEncoder made = null;
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            ClipTowers.Source source =
                    new Frozen(clip, owner, activations, precision == Precision.INT8);
            made =
                    new ClipEncoder(
                            config,
                            activations,
                            clip.logitScale(),
                            ClipTowers.Vision.of(source, config.vision()),
                            ClipTowers.Text.of(source, config.text()),
                            owner);
            return made;
        } finally {
            if (made == null) owner.close();
        }
    }

    /// Copies of the parameters, kept by `owner`.
    private record Frozen(Clip clip, Scope owner, ElementType type, boolean int8)
            implements ClipTowers.Source {
        @Override
        public Tensor parameter(String name) {
            return clip.parameter(name).detach();
        }

        @Override
        public Tensor hold(Tensor parameter) {
            return owner.keep(parameter.to(type).copy());
        }

        @Override
        public ClipTowers.Linear linear(Tensor weight, @Nullable Tensor bias) {
            Tensor heldBias = bias == null ? null : hold(bias);
            if (int8) return quantized(weight, heldBias);
            Tensor heldWeight = hold(weight);
            return x -> x.linear(heldWeight, heldBias);
        }

        /// The matrix `[out, in]` as int8, with the largest magnitude of a row at 127.
        private ClipTowers.Linear quantized(Tensor weight, @Nullable Tensor bias) {
            int out = (int) weight.size(0);
            int in = (int) weight.size(1);
            float[] values = weight.floats();
            byte[] steps = new byte[values.length];
            float[] scales = new float[out];
            for (int row = 0; row < out; row++) {
                float largest = 0;
                for (int i = row * in; i < (row + 1) * in; i++) {
                    largest = Math.max(largest, Math.abs(values[i]));
                }
                scales[row] = largest == 0 ? 1 : largest / 127;
                for (int i = row * in; i < (row + 1) * in; i++) {
                    steps[i] = (byte) Math.round(values[i] / scales[row]);
                }
            }
            Tensor matrix =
                    owner.keep(Tensor.of(ElementType.I8, MemorySegment.ofArray(steps), out, in));
            Tensor scale = owner.keep(Tensor.of(scales, out, 1));
            return x -> x.linear(matrix.to(ElementType.F32).multiply(scale), bias);
        }
    }

    public ClipConfig config() {
        return config;
    }

    /// What similarities are multiplied by.
    public double logitScale() {
        return logitScale;
    }

    /// Embeddings `[b][projection width]`, not of unit length.
    ///
    /// @param pixels normalised, `[b, 3, size, size]` in C order
    public float[][] images(float[] pixels) {
        int size = config.vision().imageSize();
        int b = rows("pixels", pixels.length, 3 * size * size);
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            return split(vision.apply(Tensor.of(pixels, b, 3, size, size).to(activations)), b);
        }
    }

    /// Embeddings `[b][projection width]`, not of unit length.
    ///
    /// @param ids `[b, context]`, the tokenizer's rows
    public float[][] texts(long[] ids) {
        int context = config.text().context();
        int b = rows("ids", ids.length, context);
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            return split(text.apply(Tensor.of(ids, b, context)), b);
        }
    }

    private static int rows(String what, int length, int row) {
        if (length == 0 || length % row != 0) {
            throw new IllegalArgumentException(
                    "%s: expected a multiple of %d, got %d".formatted(what, row, length));
        }
        return length / row;
    }

    private float[][] split(Tensor embeddings, int b) {
        float[] all = embeddings.floats();
        int width = config.projectionWidth();
        float[][] rows = new float[b][width];
        for (int i = 0; i < b; i++) System.arraycopy(all, i * width, rows[i], 0, width);
        return rows;
    }

    /// Frees the weights.
    @Override
    public void close() {
        owner.close();
    }
}
