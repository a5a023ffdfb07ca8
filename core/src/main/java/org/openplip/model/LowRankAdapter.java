package org.openplip.model;

import java.util.random.RandomGenerator;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// What is learned in place of a matrix `[out, in]` that stays as it is: a product of low rank (Hu
/// et al. 2021, "LoRA"). It starts at zero.
///
/// @param down `[rank, in]`, the paper's A
/// @param up `[out, rank]`, the paper's B
/// @param scale of the product, the paper's alpha / r
record LowRankAdapter(Tensor down, Tensor up, double scale) {
    /// A new adapter of `matrix`, its tensors kept by `owner`. `down` is uniform within 1 /
    /// sqrt(in), as in the authors' code, `up` zero.
    static LowRankAdapter of(
            Tensor matrix, TowerTraining.LowRank settings, RandomGenerator random, Scope owner) {
        int rank = settings.rank();
        int in = Math.toIntExact(matrix.size(1));
        double bound = 1 / Math.sqrt(in);
        float[] values = new float[rank * in];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (bound * (2 * random.nextDouble() - 1));
        }
        try (Scope _ = Scope.open()) {
            return new LowRankAdapter(
                    owner.keep(Tensor.of(values, rank, in)),
                    owner.keep(Tensor.zeros(ElementType.F32, matrix.size(0), rank)),
                    settings.alpha() / rank);
        }
    }

    /// `matrix` with the product; differentiable.
    Tensor addedTo(Tensor matrix) {
        return matrix.add(up.matmul(down).multiply(scale));
    }
}
