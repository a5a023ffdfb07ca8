package org.openplip.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// How the pieces of a tower are run: its entrance, its blocks, the last with the exit.
@FunctionalInterface
interface Pieces {
    /// One after the other, each piece's intermediate results given back as it ends: to the graph,
    /// if one is built.
    Pieces AT_ONCE = (piece, x) -> Scope.resultOf(() -> piece.apply(x));

    /// What `piece` makes of `x`.
    Tensor run(UnaryOperator<Tensor> piece, Tensor x);

    /// Keeps the input of each piece alone, and computes the piece again on the way back (Chen et
    /// al. 2016, "Training deep nets with sublinear memory cost"): memory for one piece's
    /// intermediate results, a second forward pass for it.
    ///
    /// The inputs belong to the scope that is innermost when the pieces are run.
    final class Recomputed implements Pieces {
        private record Piece(UnaryOperator<Tensor> piece, Tensor input) {}

        private final int firstTrained;
        private final List<Piece> pieces = new ArrayList<>();

        /// @param firstTrained the first piece with parameters that are trained
        Recomputed(int firstTrained) {
            this.firstTrained = firstTrained;
        }

        @Override
        public Tensor run(UnaryOperator<Tensor> piece, Tensor x) {
            pieces.add(new Piece(piece, x.detach()));
            try (NoGradients _ = NoGradients.open()) {
                return AT_ONCE.run(piece, x);
            }
        }

        /// Collects the gradients of the trained parameters.
        ///
        /// @param gradient of the loss with respect to the last piece's result
        void backward(Tensor gradient) {
            Tensor arriving = gradient;
            for (int i = pieces.size() - 1; i >= firstTrained; i--) {
                Piece piece = pieces.get(i);
                Tensor after = arriving;
                boolean goesOn = i > firstTrained;
                if (goesOn) piece.input.requireGradient();
                arriving =
                        Scope.resultOf(
                                () -> {
                                    Tensor result = piece.piece.apply(piece.input);
                                    result.backward(after.to(result.type()));
                                    if (!goesOn) return after.detach();
                                    return Objects.requireNonNull(piece.input.gradient());
                                });
                piece.input.clearGradient();
            }
        }
    }
}
