package org.openplip.tensor;

import java.io.IOException;

/// The processes that compute one thing together, this one among them. All make the same calls in
/// the same order, with tensors of the same shapes.
public interface Peers {
    /// This process's place among them, from 0.
    int rank();

    /// How many there are.
    int size();

    /// `x` `[n, ..]` of every process, by rank: `[size · n, ..]`. Gradients do not flow through it.
    Tensor gather(Tensor x) throws IOException;

    /// Begins to replace the elements of `x`, which is contiguous, by their sums over all
    /// processes; in each the same bits. `x` must live and be left alone until the sum was awaited.
    Sum startSum(Tensor x) throws IOException;

    /// Returns when every process has come this far.
    void barrier() throws IOException;

    /// A sum that is under way.
    interface Sum {
        /// Waits for its end.
        void await() throws IOException;
    }

    /// One process alone.
    static Peers none() {
        return new Peers() {
            @Override
            public int rank() {
                return 0;
            }

            @Override
            public int size() {
                return 1;
            }

            @Override
            public Tensor gather(Tensor x) {
                return x;
            }

            @Override
            public Sum startSum(Tensor x) {
                return () -> {};
            }

            @Override
            public void barrier() {}
        };
    }
}
