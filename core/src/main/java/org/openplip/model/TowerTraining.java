package org.openplip.model;

import java.util.Set;

/// Which part of a tower is trained.
public sealed interface TowerTraining {
    /// Every parameter.
    record Everything() implements TowerTraining {}

    /// None: the tower is locked (Zhai et al. 2022, "LiT", lock the image tower).
    record Nothing() implements TowerTraining {}

    /// The last blocks and what follows them: the final normalisation and the projection.
    ///
    /// @param blocks how many
    record LastBlocks(int blocks) implements TowerTraining {
        public LastBlocks {
            if (blocks < 1) {
                throw new IllegalArgumentException("blocks: expected at least 1, got " + blocks);
            }
        }
    }

    /// Adapters of low rank on matrices of every block; the tower's own parameters stay.
    ///
    /// @param alpha the adapters' products are multiplied by `alpha / rank`
    /// @param matrices some of [#MATRICES]
    record LowRank(int rank, double alpha, Set<String> matrices) implements TowerTraining {
        /// The matrices of a block, by the last part of their names.
        public static final Set<String> MATRICES =
                Set.of("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2");

        public LowRank {
            if (rank < 1) {
                throw new IllegalArgumentException("rank: expected at least 1, got " + rank);
            }
            if (!(alpha > 0)) {
                throw new IllegalArgumentException("alpha: expected more than 0, got " + alpha);
            }
            matrices = Set.copyOf(matrices);
            if (matrices.isEmpty() || !MATRICES.containsAll(matrices)) {
                throw new IllegalArgumentException(
                        "matrices: expected some of %s, got %s"
                                .formatted(
                                        MATRICES.stream().sorted().toList(),
                                        matrices.stream().sorted().toList()));
            }
        }
    }
}
