package org.openplip.model;

import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Int8Linear;
import org.openplip.tensor.PackedLinear;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// A tower's parts for inference, in the form that is computed with fastest.
///
/// @param values where the parameters come from
/// @param owner of what the parts hold
record FrozenSource(Values values, Precision precision, Scope owner) implements ClipTowers.Source {
    /// Parameters by name, each as float32 in the innermost scope.
    @FunctionalInterface
    interface Values {
        Tensor of(String name) throws DataException;

        /// Whether the parameters stay where and as they are for as long as the parts live.
        default boolean last() {
            return false;
        }
    }

    @Override
    public Tensor parameter(String name) {
        try {
            return values.of(name);
        } catch (DataException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public <T> T part(Supplier<T> made) {
        try (Scope _ = Scope.open()) {
            return made.get();
        }
    }

    @Override
    public Tensor hold(Tensor parameter) {
        ElementType type = precision.activations();
        if (parameter.type() != type) return owner.keep(parameter.to(type));
        return owner.keep(values.last() ? parameter : parameter.copy());
    }

    @Override
    public ClipTowers.Linear linear(Tensor weight, @Nullable Tensor bias) {
        ElementType type = precision.activations();
        if (!PackedLinear.supports(type)) {
            Tensor plainWeight = hold(weight);
            Tensor plainBias = bias == null ? null : hold(bias);
            return x -> x.linear(plainWeight, plainBias);
        }
        return part(
                () ->
                        new Packed(
                                PackedLinear.of(
                                        weight.to(type),
                                        bias == null ? null : bias.to(type),
                                        owner)));
    }

    @Override
    public ClipTowers.Linear blockLinear(Tensor weight, Tensor bias) {
        if (precision != Precision.INT8) return linear(weight, bias);
        return part(() -> new Int8(Int8Linear.of(weight, bias, owner)));
    }

    private record Packed(PackedLinear linear) implements ClipTowers.Linear {
        @Override
        public Tensor apply(Tensor x) {
            return linear.apply(x);
        }

        @Override
        public Tensor apply(Tensor x, Activation activation) {
            return switch (activation) {
                case QUICK_GELU -> linear.silu(x);
                case GELU -> linear.gelu(x);
            };
        }

        @Override
        public Tensor addedTo(Tensor residual, Tensor x) {
            return linear.addedTo(residual, x);
        }
    }

    private record Int8(Int8Linear linear) implements ClipTowers.Linear {
        @Override
        public Tensor apply(Tensor x) {
            return linear.apply(x);
        }

        @Override
        public Tensor apply(Tensor x, Activation activation) {
            return switch (activation) {
                case QUICK_GELU -> linear.silu(x);
                case GELU -> linear.gelu(x);
            };
        }

        @Override
        public Tensor addedTo(Tensor residual, Tensor x) {
            return linear.addedTo(residual, x);
        }
    }
}
