package org.openplip.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// The way of some rows through a tower, there and back. What it holds belongs to the scope in
/// which it was made, which stays open until it has come back.
final class TowerPass {
    // Rows of texts that go together: fewer are padded less, but make small products.
    private static final int ROWS = 32;

    /// A tower: embeddings `[rows, width]`.
    @FunctionalInterface
    interface Tower {
        Tensor embeddings(int[] rows, Pieces pieces);
    }

    private record Group(
            Tensor rows /* int64 */, Tensor result, Pieces.@Nullable Recomputed pieces) {}

    private final List<Group> groups;
    private final Tensor embeddings;

    private TowerPass(List<Group> groups, Tensor embeddings) {
        this.groups = groups;
        this.embeddings = embeddings;
    }

    /// Sends rows through `tower`, a group at a time.
    ///
    /// @param groups all rows from 0, each once
    /// @param recomputedFrom the first of the pieces with trained parameters, where the pieces are
    ///   computed again on the way back; empty where their intermediate results are kept
    static TowerPass of(Tower tower, List<int[]> groups, OptionalInt recomputedFrom) {
        List<Group> passed = new ArrayList<>();
        List<Tensor> results = new ArrayList<>();
        int n = groups.stream().mapToInt(rows -> rows.length).sum();
        long[] places = new long[n];
        int place = 0;
        for (int[] rows : groups) {
            Pieces.Recomputed pieces =
                    recomputedFrom.isPresent()
                            ? new Pieces.Recomputed(recomputedFrom.getAsInt())
                            : null;
            Tensor result = tower.embeddings(rows, pieces == null ? Pieces.AT_ONCE : pieces);
            long[] numbers = new long[rows.length];
            for (int i = 0; i < rows.length; i++) {
                numbers[i] = rows[i];
                places[rows[i]] = place++;
            }
            passed.add(new Group(Tensor.of(numbers, rows.length), result, pieces));
            results.add(result.detach());
        }
        Tensor embeddings =
                groups.size() == 1
                        ? results.getFirst()
                        : Tensor.concatenate(0, results).rows(Tensor.of(places, n));
        return new TowerPass(passed, embeddings);
    }

    /// Rows `0` to `n - 1` as one group.
    static List<int[]> together(int n) {
        return List.of(IntStream.range(0, n).toArray());
    }

    /// Rows in groups of like length, so that short ones are not padded to the longest.
    ///
    /// @param lengths of each row
    static List<int[]> byLength(int... lengths) {
        int[] order =
                IntStream.range(0, lengths.length)
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> lengths[i]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        int count = Math.max(1, order.length / ROWS);
        List<int[]> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) order.length * i / count);
            int to = (int) ((long) order.length * (i + 1) / count);
            int[] rows = Arrays.copyOfRange(order, from, to);
            Arrays.sort(rows);
            groups.add(rows);
        }
        return groups;
    }

    /// Float32 `[n, width]`, without a graph.
    Tensor embeddings() {
        return embeddings;
    }

    /// Collects the gradients of the tower's parameters, once.
    ///
    /// @param gradient of the loss with respect to [#embeddings()]
    void backward(Tensor gradient) {
        for (Group group : groups) {
            try (Scope _ = Scope.open()) {
                Tensor own = groups.size() == 1 ? gradient : gradient.rows(group.rows);
                if (group.pieces == null) {
                    group.result.backward(own);
                } else {
                    group.pieces.backward(own);
                }
            }
        }
    }
}
