package org.openplip.openpath.web;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Npy;
import org.openplip.io.Progress;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// Finds the rows of a collection that are nearest to each seed by cosine, by looking at all of
/// them: shard after shard is mapped, and block after block widened to float32, scaled to unit
/// length and multiplied with the seeds.
///
/// Memory: `4 * BLOCK * (2 * width + 2 * seeds)` bytes for a block, `16 * k * seeds` for what is
/// kept (48 MB for the paper's 1,000 seeds and 3,000 neighbours), whatever the collection's size.
/// After every shard what is kept is written to a file, from which a scan that was killed goes on.
final class CollectionScan {
    private static final int BLOCK = 8192; // rows; the product of a block outweighs its overhead

    private final WebCollection collection;
    private final float[][] seeds;
    private final double threshold;
    private final Path state;
    private TopRows top;
    private int shardsDone;
    private long scanned;
    private long withoutDirection;

    /// @param seeds float32 `[seeds, width]`, each of unit length
    /// @param state where the scan is written down; what is there is gone on from
    CollectionScan(WebCollection collection, float[][] seeds, int k, double threshold, Path state)
            throws IOException {
        this.collection = collection;
        this.seeds = seeds;
        this.threshold = threshold;
        this.state = state;
        this.top = new TopRows(seeds.length, k);
        if (Files.exists(state)) load();
    }

    /// Rows that were looked at.
    long scanned() {
        return scanned;
    }

    /// Rows that were looked at and have no direction: all zeros, or not finite.
    long withoutDirection() {
        return withoutDirection;
    }

    /// The neighbours at or above the threshold: for each row that is one, the seed that it is most
    /// similar to.
    List<Neighbour> run(Progress progress) throws IOException {
        List<WebCollection.Shard> shards = collection.shards();
        try (Progress.Task task = progress.begin("scanning shards", shards.size())) {
            task.advance(shardsDone);
            while (shardsDone < shards.size()) {
                scan(shardsDone);
                shardsDone++;
                AtomicFiles.write(state, out -> save(new DataOutputStream(out)));
                task.advance(1);
            }
        }
        return neighbours(progress);
    }

    private void scan(int number) throws IOException {
        Path file = collection.shards().get(number).embeddings();
        try (Arena arena = Arena.ofConfined();
                Scope scope = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Npy.Mapped matrix = Npy.map(file, arena);
            if (matrix.rows() > 0 && matrix.width() != seeds[0].length) {
                throw new DataException(
                        file,
                        "has rows of %d numbers, the seeds %d"
                                .formatted(matrix.width(), seeds[0].length));
            }
            Tensor queries = scope.keep(queries());
            for (long start = 0; start < matrix.rows(); start += BLOCK) {
                scan(number, matrix, start, queries);
            }
            scanned += matrix.rows();
        }
    }

    /// float32 `[seeds, width]`.
    private Tensor queries() {
        int width = seeds[0].length;
        float[] values = new float[Math.multiplyExact(seeds.length, width)];
        for (int i = 0; i < seeds.length; i++) {
            System.arraycopy(seeds[i], 0, values, i * width, width);
        }
        return Tensor.of(values, seeds.length, width);
    }

    private void scan(int number, Npy.Mapped matrix, long start, Tensor queries) {
        int rows = (int) Math.min(BLOCK, matrix.rows() - start);
        ElementType type =
                switch (matrix.type()) {
                    case FLOAT32 -> ElementType.F32;
                    case FLOAT16 -> ElementType.F16;
                };
        long rowBytes = (long) matrix.width() * type.bytes();
        MemorySegment bytes = matrix.data().asSlice(start * rowBytes, rows * rowBytes);
        try (Scope _ = Scope.open()) {
            Tensor block = Tensor.view(type, bytes, rows, matrix.width());
            Tensor unit = block.to(ElementType.F32).unitLength();
            Tensor cosines = queries.matmul(unit.transpose(0, 1)).contiguous(); // [seeds, rows]
            select(number, start, rows, cosines.memory());
        }
    }

    private void select(int number, long start, int rows, MemorySegment cosines) {
        float[] similarities = new float[rows];
        for (int seed = 0; seed < seeds.length; seed++) {
            MemorySegment.copy(
                    cosines, ValueLayout.JAVA_FLOAT, 4L * rows * seed, similarities, 0, rows);
            float bar = top.bar(seed);
            for (int row = 0; row < rows; row++) {
                float similarity = similarities[row]; // NaN where the row has no direction
                if (similarity >= threshold && similarity > bar) {
                    top.offer(seed, similarity, number, start + row);
                    bar = top.bar(seed);
                }
                if (seed == 0 && Float.isNaN(similarity)) withoutDirection++;
            }
        }
    }

    // ---- what the rows say ----------------------------------------------------------------

    private record Best(int seed, float similarity) {}

    private List<Neighbour> neighbours(Progress progress) throws IOException {
        Map<Integer, Map<Long, Best>> byShard = new TreeMap<>();
        top.forEach(
                (seed, similarity, shard, row) ->
                        byShard.computeIfAbsent(shard, _ -> new HashMap<>())
                                .merge(
                                        row,
                                        new Best(seed, similarity),
                                        (a, b) -> b.similarity > a.similarity ? b : a));
        List<Neighbour> neighbours = new ArrayList<>();
        try (Progress.Task task = progress.begin("reading metadata", byShard.size())) {
            for (Map.Entry<Integer, Map<Long, Best>> entry : byShard.entrySet()) {
                WebCollection.Shard shard = collection.shards().get(entry.getKey());
                Map<Long, Best> rows = entry.getValue();
                long[] numbers =
                        rows.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
                WebCollection.read(
                        shard,
                        numbers,
                        rows(shard),
                        (number, row) -> {
                            Best best = Objects.requireNonNull(rows.get(number));
                            neighbours.add(
                                    new Neighbour(
                                            best.seed,
                                            best.similarity,
                                            shard.number() + ":" + number,
                                            row.url(),
                                            row.caption(),
                                            row.unsafe()));
                        });
                task.advance(1);
            }
        }
        return neighbours;
    }

    private static long rows(WebCollection.Shard shard) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Npy.map(shard.embeddings(), arena).rows();
        }
    }

    // ---- the file it goes on from ---------------------------------------------------------

    private void save(DataOutputStream out) throws IOException {
        out.writeInt(shardsDone);
        out.writeLong(scanned);
        out.writeLong(withoutDirection);
        top.write(out);
        out.flush();
    }

    private void load() throws IOException {
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(state)))) {
            shardsDone = in.readInt();
            scanned = in.readLong();
            withoutDirection = in.readLong();
            top = TopRows.read(in);
        }
    }
}
