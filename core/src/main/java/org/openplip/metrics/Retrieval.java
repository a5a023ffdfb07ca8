package org.openplip.metrics;

import java.util.Arrays;
import java.util.stream.IntStream;

/// How early the one right item comes when all items are sorted by their similarity to a query.
///
/// Worked example: if the right items of four queries come at the ranks 1, 3, 2 and 9, then
/// `recallAt(ranks, 1)` is 0.25, `recallAt(ranks, 3)` is 0.75 and `medianRank(ranks)` is 2.5. With
/// 20 items, chance finds the right one among the first three in `chanceAt(3, 20)` = 0.15 of cases.
public final class Retrieval {
    /// Items compared at a time: 256 of 512 float32 are 0.5 MB, which stays in a core's cache.
    private static final int BLOCK = 256;

    private Retrieval() {}

    /// The rank of item `i` for each query `i`, 1 being best.
    ///
    /// Similarity is the dot product, so rows of unit length give the cosine. Of items that are
    /// equally similar the one with the lower index comes first, as in a stable sort: embeddings
    /// that are all the same thus reach what chance reaches. A copy of the right item is not
    /// credited.
    ///
    /// @param queries float32 `[n, width]`
    /// @param items float32 `[n or more, width]`
    /// @throws IllegalArgumentException if a similarity is NaN
    public static int[] ranks(float[][] queries, float[][] items) {
        return ranks(queries, items, IntStream.range(0, queries.length).toArray());
    }

    /// The rank of item `match[i]` for each query `i`, 1 being best.
    public static int[] ranks(float[][] queries, float[][] items, int[] match) {
        if (match.length != queries.length) {
            throw new IllegalArgumentException(
                    "match: expected " + queries.length + " indices, got " + match.length);
        }
        for (int index : match) {
            if (index < 0 || index >= items.length) {
                throw new IllegalArgumentException(
                        "match: expected 0 to " + (items.length - 1) + ", got " + index);
            }
        }
        if (queries.length == 0) return new int[0];
        int width = queries[0].length;
        checkWidth("queries", queries, width);
        checkWidth("items", items, width);
        double[] own = new double[queries.length];
        for (int q = 0; q < queries.length; q++) {
            own[q] = dot(queries[q], items[match[q]]);
            if (Double.isNaN(own[q])) throw nan(q, match[q]);
        }
        int[] ranks = new int[queries.length];
        Arrays.fill(ranks, 1);
        for (int first = 0; first < items.length; first += BLOCK) {
            int start = first;
            int size = Math.min(BLOCK, items.length - first);
            float[][] columns = transpose(items, start, size, width);
            IntStream.range(0, queries.length)
                    .parallel()
                    .forEach(
                            q -> {
                                double[] similarity = products(queries[q], columns, size);
                                for (int j = 0; j < size; j++) {
                                    double s = similarity[j];
                                    if (Double.isNaN(s)) throw nan(q, start + j);
                                    boolean before = s == own[q] && start + j < match[q];
                                    if (s > own[q] || before) ranks[q]++;
                                }
                            });
        }
        return ranks;
    }

    /// The share of ranks up to `k`.
    public static double recallAt(int[] ranks, int k) {
        checkRanks(ranks);
        if (k < 1) throw new IllegalArgumentException("k: expected at least 1, got " + k);
        return (double) Arrays.stream(ranks).filter(rank -> rank <= k).count() / ranks.length;
    }

    /// The rank in the middle; of an even number the mean of the two in the middle.
    public static double medianRank(int[] ranks) {
        checkRanks(ranks);
        int[] sorted = ranks.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1
                ? sorted[middle]
                : (sorted[middle - 1] + (double) sorted[middle]) / 2;
    }

    /// The recall at `k` that a random order of `items` items gives: `k / items`, at most 1.
    public static double chanceAt(int k, int items) {
        if (k < 1 || items < 1) {
            throw new IllegalArgumentException(
                    "k and items: expected at least 1, got " + k + " and " + items);
        }
        return Math.min(1.0, (double) k / items);
    }

    private static void checkRanks(int[] ranks) {
        if (ranks.length == 0) throw new IllegalArgumentException("ranks: expected some, got none");
    }

    private static void checkWidth(String name, float[][] rows, int width) {
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != width) {
                throw new IllegalArgumentException(
                        "%s: expected width %d, got %d in row %d"
                                .formatted(name, width, rows[i].length, i));
            }
        }
    }

    private static IllegalArgumentException nan(int query, int item) {
        return new IllegalArgumentException(
                "the similarity of query " + query + " and item " + item + " is NaN");
    }

    private static float[][] transpose(float[][] items, int start, int size, int width) {
        float[][] columns = new float[width][size];
        for (int j = 0; j < size; j++) {
            for (int d = 0; d < width; d++) columns[d][j] = items[start + j][d];
        }
        return columns;
    }

    /// Sums along the width in the order of `dot`, so that equal rows give equal sums, with a loop
    /// over the items inside, which the compiler turns into vector instructions.
    private static double[] products(float[] query, float[][] columns, int size) {
        double[] sums = new double[size];
        for (int d = 0; d < query.length; d++) {
            double factor = query[d];
            float[] column = columns[d];
            for (int j = 0; j < size; j++) sums[j] += factor * column[j];
        }
        return sums;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) sum += (double) a[d] * b[d];
        return sum;
    }
}
