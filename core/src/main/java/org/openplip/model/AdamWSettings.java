package org.openplip.model;

/// AdamW's settings (Loshchilov and Hutter 2019, "Decoupled weight decay regularization").
///
/// @param beta1 decay of the running mean of the gradient
/// @param beta2 decay of the running mean of its square
/// @param weightDecay per step, times the learning rate
/// @param decayed the parameters that it is for
/// @param layerDecay what the learning rate is multiplied by on the way down a tower: once for the
///   last block, once more for each block below and for the embeddings (Clark et al. 2020,
///   "ELECTRA", section 3.3); 1 for one rate everywhere
public record AdamWSettings(
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        Decayed decayed,
        double layerDecay) {

    /// Which parameters are decayed.
    public enum Decayed {
        /// All, the logit scale too: as PLIP's training code does.
        EVERYTHING,
        /// Those of two or more axes, matrices and tables; gains, biases, the class embedding and
        /// the logit scale are not: as CLIP's paper does.
        MATRICES_AND_TABLES,
        /// Matrices only; tables of tokens and positions are not.
        MATRICES;

        boolean holds(String name, int axes) {
            return switch (this) {
                case EVERYTHING -> true;
                case MATRICES_AND_TABLES -> axes >= 2;
                case MATRICES ->
                        axes >= 2
                                && !name.endsWith("token_embedding.weight")
                                && !name.endsWith("position_embedding.weight");
            };
        }
    }

    public AdamWSettings {
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
            throw new IllegalArgumentException(
                    "beta1 and beta2: expected 0 to below 1, got %s and %s"
                            .formatted(beta1, beta2));
        }
        if (!(epsilon > 0) || !(weightDecay >= 0)) {
            throw new IllegalArgumentException(
                    "epsilon and weightDecay: expected above 0 and at least 0, got %s and %s"
                            .formatted(epsilon, weightDecay));
        }
        if (!(layerDecay > 0 && layerDecay <= 1)) {
            throw new IllegalArgumentException(
                    "layerDecay: expected above 0 and at most 1, got " + layerDecay);
        }
    }

    /// CLIP's for vision transformers (table 18 of the paper): 0.9, 0.98, 1e-6, 0.2.
    public static AdamWSettings clip() {
        return new AdamWSettings(0.9, 0.98, 1e-6, 0.2, Decayed.MATRICES_AND_TABLES, 1);
    }
}
