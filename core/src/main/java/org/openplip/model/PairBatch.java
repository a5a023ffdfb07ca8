package org.openplip.model;

import java.io.IOException;
import java.util.List;

/// A batch of pairs, in parts that go through the towers one at a time and meet in the loss.
public interface PairBatch {
    /// Some pairs.
    ///
    /// @param pixels normalised, `[n, 3, size, size]` in C order
    /// @param ids `[n, context]`, the tokenizer's rows
    /// @param groups `[n]`: pictures that are near-duplicates of each other bear the same number
    @SuppressWarnings("ArrayRecordComponent") // passed on to native memory, compared by nobody
    record Part(float[] pixels, long[] ids, long[] groups) {}

    /// How many parts there are.
    int parts();

    /// A part, by its number from 0. Where there is more than one, all are asked for in order, and
    /// then all once more: they must be the same both times.
    Part part(int i) throws IOException, InterruptedException;

    /// A batch that lies in memory.
    static PairBatch of(Part... parts) {
        List<Part> all = List.of(parts);
        return new PairBatch() {
            @Override
            public int parts() {
                return all.size();
            }

            @Override
            public Part part(int i) {
                return all.get(i);
            }
        };
    }
}
