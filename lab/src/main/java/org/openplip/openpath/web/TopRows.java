package org.openplip.openpath.web;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/// The `k` most similar of the rows that were offered to each seed; of equals the one that comes
/// first in the collection. A heap in arrays: 16 bytes a row that is kept.
final class TopRows {
    private final int k;
    private final float[][] similarities;
    private final int[][] shards;
    private final long[][] rows;
    private final int[] counts;

    TopRows(int seeds, int k) {
        this.k = k;
        this.similarities = new float[seeds][];
        this.shards = new int[seeds][];
        this.rows = new long[seeds][];
        this.counts = new int[seeds];
        for (int seed = 0; seed < seeds; seed++) allocate(seed, Math.min(k, 64));
    }

    private void allocate(int seed, int size) {
        boolean first = similarities[seed] == null;
        similarities[seed] = first ? new float[size] : Arrays.copyOf(similarities[seed], size);
        shards[seed] = first ? new int[size] : Arrays.copyOf(shards[seed], size);
        rows[seed] = first ? new long[size] : Arrays.copyOf(rows[seed], size);
    }

    /// Takes what is kept.
    @FunctionalInterface
    interface Sink {
        void accept(int seed, float similarity, int shard, long row);
    }

    int seeds() {
        return counts.length;
    }

    /// What a row must be more similar than to be kept for `seed`.
    float bar(int seed) {
        return counts[seed] < k ? Float.NEGATIVE_INFINITY : similarities[seed][0];
    }

    /// Offers a row that comes after all that were offered before.
    void offer(int seed, float similarity, int shard, long row) {
        if (counts[seed] < k) {
            int at = counts[seed]++;
            if (at == rows[seed].length) allocate(seed, (int) Math.min(k, 2L * at));
            put(seed, at, similarity, shard, row);
            for (int up = (at - 1) / 2; at > 0 && worse(seed, at, up); up = (at - 1) / 2) {
                swap(seed, at, up);
                at = up;
            }
        } else if (similarity > similarities[seed][0]) {
            put(seed, 0, similarity, shard, row);
            sink(seed);
        }
    }

    private void sink(int seed) {
        int at = 0;
        while (true) {
            int worst = at;
            for (int child = 2 * at + 1; child <= 2 * at + 2 && child < k; child++) {
                if (worse(seed, child, worst)) worst = child;
            }
            if (worst == at) return;
            swap(seed, at, worst);
            at = worst;
        }
    }

    private boolean worse(int seed, int a, int b) {
        float difference = similarities[seed][a] - similarities[seed][b];
        if (difference != 0) return difference < 0;
        if (shards[seed][a] != shards[seed][b]) return shards[seed][a] > shards[seed][b];
        return rows[seed][a] > rows[seed][b];
    }

    private void put(int seed, int at, float similarity, int shard, long row) {
        similarities[seed][at] = similarity;
        shards[seed][at] = shard;
        rows[seed][at] = row;
    }

    private void swap(int seed, int a, int b) {
        float similarity = similarities[seed][a];
        int shard = shards[seed][a];
        long row = rows[seed][a];
        put(seed, a, similarities[seed][b], shards[seed][b], rows[seed][b]);
        put(seed, b, similarity, shard, row);
    }

    /// Hands over all that is kept, in no order within a seed.
    void forEach(Sink sink) {
        for (int seed = 0; seed < counts.length; seed++) {
            for (int i = 0; i < counts[seed]; i++) {
                sink.accept(seed, similarities[seed][i], shards[seed][i], rows[seed][i]);
            }
        }
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(counts.length);
        out.writeInt(k);
        for (int seed = 0; seed < counts.length; seed++) {
            out.writeInt(counts[seed]);
            for (int i = 0; i < counts[seed]; i++) {
                out.writeFloat(similarities[seed][i]);
                out.writeInt(shards[seed][i]);
                out.writeLong(rows[seed][i]);
            }
        }
    }

    static TopRows read(DataInputStream in) throws IOException {
        TopRows top = new TopRows(in.readInt(), in.readInt());
        for (int seed = 0; seed < top.counts.length; seed++) {
            int count = in.readInt();
            top.allocate(seed, Math.max(count, Math.min(top.k, 64)));
            for (int i = 0; i < count; i++) {
                top.put(seed, i, in.readFloat(), in.readInt(), in.readLong());
            }
            top.counts[seed] = count;
        }
        return top;
    }
}
