package org.openplip.model;

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
            ClipTowers.Source source =
                    new FrozenSource(name -> model.parameter(name).detach(), precision, owner);
            made =
                    new VisionTransformerEncoder(
                            VisionTransformer.Tower.of(source, model.config()), activations, owner);
            return made;
        } finally {
            if (made == null) owner.close();
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
