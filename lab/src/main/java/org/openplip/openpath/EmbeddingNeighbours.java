package org.openplip.openpath;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// Embeddings that were seen, searched for the one most similar to a new one, by looking at all of
/// them: exact, and the same whatever embeddings are asked for together.
///
///     EmbeddingNeighbours.Lookup lookup = seen.lookup(batch);   // one matrix product a block
///     for (int i = 0; i < batch.length; i++) {
///         if (lookup.nearest(i) == null) seen.add(batch[i]);    // the next one is compared with it
///     }
///
/// The vectors lie as float32 in a scratch file of `4 * width` bytes each (400 MB for 200,000 of
/// 512), mapped block by block: the heap does not grow with them, and the system may write out what
/// it has no room for. The file has no name from the beginning, so that nothing is left of it
/// however the process ends. Not thread-safe. Close it after the last use.
final class EmbeddingNeighbours implements AutoCloseable {
    /// Rows of a block: its product with a batch outweighs its overhead, and 16 MB of 512 numbers
    /// are mapped at a time.
    static final int BLOCK = 8192;

    /// More than the products in float32 are off, for vectors of unit length: what is within it of
    /// the best is computed again.
    private static final float SLACK = 1e-5f;

    /// A vector seen before, by its place in the order of adding, 0 for the first.
    ///
    /// @param similarity cosine
    record Nearest(int place, double similarity) {}

    private final int width;
    private final double leastSimilarity;
    private final FileChannel scratch;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> blocks = new ArrayList<>();
    private int size;

    /// @param width of the embeddings
    /// @param leastSimilarity what a neighbour's cosine must reach
    /// @param folder where the scratch file has its space
    EmbeddingNeighbours(int width, double leastSimilarity, Path folder) throws IOException {
        this.width = width;
        this.leastSimilarity = leastSimilarity;
        Path file = Files.createTempFile(folder, "embeddings", ".partial");
        scratch = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Files.delete(file);
    }

    int size() {
        return size;
    }

    /// Adds an embedding of unit length, float32 `[width]`.
    void add(float[] embedding) throws IOException {
        check(embedding);
        long row = 4L * width;
        if (size == blocks.size() * BLOCK) {
            blocks.add(
                    scratch.map(
                            FileChannel.MapMode.READ_WRITE,
                            (long) blocks.size() * BLOCK * row,
                            BLOCK * row,
                            arena));
        }
        MemorySegment.copy(
                embedding, 0, blocks.getLast(), ValueLayout.JAVA_FLOAT, size % BLOCK * row, width);
        size++;
    }

    /// Looks for neighbours of `queries`, float32 `[n, width]` of unit length, together.
    Lookup lookup(List<float[]> queries) {
        for (float[] query : queries) check(query);
        return new Lookup(queries);
    }

    private void check(float[] embedding) {
        if (embedding.length != width) {
            throw new IllegalArgumentException(
                    "embedding: expected %d numbers, got %d".formatted(width, embedding.length));
        }
    }

    /// Queries whose cosines with all that was added before are known.
    final class Lookup {
        private final List<float[]> queries;
        private final int known = size;
        private final @Nullable Nearest[] nearest;

        private Lookup(List<float[]> queries) {
            this.queries = queries;
            this.nearest = new Nearest[queries.size()];
            if (known > 0 && !queries.isEmpty()) scan();
        }

        /// The embedding most similar to query `i` of all that were added up to now, the earliest
        /// of equals; null where none is similar enough.
        @Nullable Nearest nearest(int i) {
            Nearest best = nearest[i];
            for (int place = known; place < size; place++) {
                best = better(best, place, similarity(queries.get(i), place));
            }
            return best;
        }

        private void scan() {
            try (NoGradients _ = NoGradients.open();
                    Scope scope = Scope.open()) {
                int n = queries.size();
                float[] flat = new float[n * width];
                for (int i = 0; i < n; i++) {
                    System.arraycopy(queries.get(i), 0, flat, i * width, width);
                }
                Tensor batch = scope.keep(Tensor.of(flat, n, width));
                float[] bars = new float[n];
                java.util.Arrays.fill(bars, (float) leastSimilarity - SLACK);
                for (int block = 0; block < blocks.size(); block++) {
                    int rows = Math.min(BLOCK, known - block * BLOCK);
                    if (rows <= 0) break;
                    try (Scope _ = Scope.open()) {
                        Tensor vectors =
                                Tensor.view(
                                        ElementType.F32,
                                        blocks.get(block).asSlice(0, 4L * rows * width),
                                        rows,
                                        width);
                        Tensor cosines = batch.matmul(vectors.transpose(0, 1)); // [n, rows]
                        select(block * BLOCK, rows, cosines.contiguous().memory(), bars);
                    }
                }
            }
        }

        private void select(int first, int rows, MemorySegment cosines, float[] bars) {
            float[] row = new float[rows];
            for (int i = 0; i < bars.length; i++) {
                MemorySegment.copy(cosines, ValueLayout.JAVA_FLOAT, 4L * rows * i, row, 0, rows);
                for (int j = 0; j < rows; j++) {
                    if (row[j] < bars[i]) continue;
                    int place = first + j;
                    Nearest best = better(nearest[i], place, similarity(queries.get(i), place));
                    nearest[i] = best;
                    if (best != null) bars[i] = (float) best.similarity - SLACK;
                }
            }
        }
    }

    private @Nullable Nearest better(@Nullable Nearest best, int place, double similarity) {
        double bar = best == null ? leastSimilarity : Math.nextUp(best.similarity);
        return similarity >= bar ? new Nearest(place, similarity) : best;
    }

    /// The cosine with what was added at `place`, summed in float64 in the order of the numbers.
    private double similarity(float[] query, int place) {
        MemorySegment block = blocks.get(place / BLOCK);
        long offset = 4L * width * (place % BLOCK);
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += (double) query[i] * block.get(ValueLayout.JAVA_FLOAT, offset + 4L * i);
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        arena.close();
        scratch.close();
    }
}
