package org.openplip;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// What one does with embeddings in memory: scale, compare, find the nearest. For more than fits
/// into memory, or to keep it, see [org.openplip.search.SearchIndex].
///
/// Pure functions; safe to call from any thread.
public final class Embeddings {
    /// A row of a matrix of embeddings, and how close it is.
    ///
    /// @param similarity cosine, from -1 to 1
    public record Neighbour(int row, float similarity) {}

    private Embeddings() {}

    /// A copy of `[width]`, scaled to length 1; zeros stay zeros.
    public static float[] unitLength(float[] embedding) {
        double length = Math.sqrt(dot(embedding, embedding));
        float[] scaled = new float[embedding.length];
        if (length == 0) return scaled;
        for (int i = 0; i < scaled.length; i++) scaled[i] = (float) (embedding[i] / length);
        return scaled;
    }

    /// A copy of `[n, width]`, each row scaled to length 1.
    public static float[][] unitLength(float[][] embeddings) {
        float[][] scaled = new float[embeddings.length][];
        for (int i = 0; i < scaled.length; i++) scaled[i] = unitLength(embeddings[i]);
        return scaled;
    }

    /// The cosine of two embeddings, of whatever length they are; 0 if one is all zeros.
    ///
    /// Example: of `[3, 0]` and `[1, 1]`, 1 / sqrt 2.
    ///
    /// @throws IllegalArgumentException if they differ in width
    public static float similarity(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "a, b: expected the same width, got %d and %d".formatted(a.length, b.length));
        }
        double lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
        return lengths == 0 ? 0 : (float) (dot(a, b) / lengths);
    }

    /// The cosines `[n, m]` of each row of `a`, `[n, width]`, with each row of `b`, `[m, width]`.
    ///
    /// @throws IllegalArgumentException if rows differ in width
    public static float[][] similarity(float[][] a, float[][] b) {
        float[][] cosines = new float[a.length][b.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b.length; j++) cosines[i][j] = similarity(a[i], b[j]);
        }
        return cosines;
    }

    /// The `k` rows of `embeddings`, `[n, width]`, that are most similar to `query`, `[width]`,
    /// best first, all if there are fewer; of equals the one that stands first. Looks at every row.
    ///
    /// @throws IllegalArgumentException if `k` is below 1 or rows differ in width
    public static List<Neighbour> nearest(float[] query, float[][] embeddings, int k) {
        if (k < 1) throw new IllegalArgumentException("k: expected at least 1, got " + k);
        Comparator<Neighbour> bestFirst =
                Comparator.comparingDouble(Neighbour::similarity)
                        .reversed()
                        .thenComparingInt(Neighbour::row);
        PriorityQueue<Neighbour> best = new PriorityQueue<>(bestFirst.reversed());
        for (int row = 0; row < embeddings.length; row++) {
            best.add(new Neighbour(row, similarity(query, embeddings[row])));
            if (best.size() > k) best.remove();
        }
        List<Neighbour> sorted = new ArrayList<>(best);
        sorted.sort(bestFirst);
        return List.copyOf(sorted);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }
}
