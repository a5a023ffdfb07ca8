package org.openplip.model;

import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// A vision transformer prepared for encoding: the weights of a [VisionTransformer] copied once
/// into the [Precision] that the tower computes in.
public final class VisionTransformerEncoder implements ImageTower {
    private final VisionTransformer.Tower tower;
    private final ElementType activations;
    private final Scope owner;

    private VisionTransformerEncoder(
            VisionTransformer.Tower tower, ElementType activations, Scope owner) {
        this.tower = tower;
        this.activations = activations;
        this.owner = owner;
    }

    /// An encoder with the present weights of `model`, which may be closed or trained on
    /// afterwards.
    ///
    /// @param precision [Precision#FLOAT32] or [Precision#BF16]
    public static VisionTransformerEncoder of(VisionTransformer model, Precision precision) {
        ElementType activations = precision.floatingPoint("a vision transformer");
        Scope owner = Scope.holder();
        VisionTransformerEncoder made = null;
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            ClipTowers.Source source = new Frozen(model, owner, activations);
            made =
                    new VisionTransformerEncoder(
                            VisionTransformer.Tower.of(source, model.config()), activations, owner);
            return made;
        } finally {
            if (made == null) owner.close();
        }
    }

    /// Copies of the parameters, kept by `owner`.
    private record Frozen(VisionTransformer model, Scope owner, ElementType type)
            implements ClipTowers.Source {
        @Override
        public Tensor parameter(String name) {
            return model.parameter(name).detach();
        }

        @Override
        public Tensor hold(Tensor parameter) {
            return owner.keep(parameter.to(type).copy());
        }

        @Override
        public ClipTowers.Linear linear(Tensor weight, @Nullable Tensor bias) {
            Tensor heldWeight = hold(weight);
            Tensor heldBias = bias == null ? null : hold(bias);
            return x -> x.linear(heldWeight, heldBias);
        }
    }

    VisionTransformer.Tower tower() {
        return tower;
    }

    @Override
    public int width() {
        return tower.config().width();
    }

    @Override
    public Tensor embeddings(Tensor pixels) {
        return Scope.resultOf(() -> tower.apply(pixels.to(activations)));
    }

    @Override
    public void close() {
        owner.close();
    }
}
