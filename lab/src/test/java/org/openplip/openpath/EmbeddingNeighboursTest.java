package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Embeddings;

class EmbeddingNeighboursTest {
    private static final int WIDTH = 24;
    private static final long SEED = 20231;

    @TempDir private Path folder;

    /// Vectors of which every other lies near an earlier one, some on it.
    private static List<float[]> vectors(int n) {
        Random random = new Random(SEED);
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            float[] vector = new float[WIDTH];
            boolean copy = i > 0 && i % 2 == 0;
            double noise = copy ? random.nextInt(4) * 0.03 : 1;
            float[] original = copy ? vectors.get(random.nextInt(i)) : vector;
            for (int j = 0; j < WIDTH; j++) {
                vector[j] = (float) (original[j] + noise * random.nextGaussian());
            }
            vectors.add(Embeddings.unitLength(vector));
        }
        return vectors;
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }

    private static EmbeddingNeighbours.@Nullable Nearest bruteForce(
            List<float[]> seen, float[] query, double least) {
        EmbeddingNeighbours.Nearest best = null;
        for (int i = 0; i < seen.size(); i++) {
            double similarity = cosine(seen.get(i), query);
            if (similarity >= least && (best == null || similarity > best.similarity())) {
                best = new EmbeddingNeighbours.Nearest(i, similarity);
            }
        }
        return best;
    }

    @Test
    void findsWhatLookingAtEachFindsInBatchesOfAnySizeAndOverBlocks() throws IOException {
        int n = EmbeddingNeighbours.BLOCK + 1500;
        List<float[]> vectors = vectors(n);
        double least = 0.95;
        try (EmbeddingNeighbours seen = new EmbeddingNeighbours(WIDTH, least, folder)) {
            List<float[]> added = new ArrayList<>();
            int found = 0;
            int from = 0;
            for (int batch = 1; from < n; batch = batch % 200 + 37) {
                List<float[]> queries = vectors.subList(from, Math.min(from + batch, n));
                EmbeddingNeighbours.Lookup lookup = seen.lookup(queries);
                for (int i = 0; i < queries.size(); i++) {
                    EmbeddingNeighbours.Nearest nearest = lookup.nearest(i);
                    // Looking at all of them takes long: the last thousand, and now and then.
                    if (from + i > n - 1000 || (from + i) % 37 == 0) {
                        assertThat(nearest)
                                .as("vector %d, seed %d", from + i, SEED)
                                .isEqualTo(bruteForce(added, queries.get(i), least));
                    }
                    if (nearest != null) found++;
                    // What is found is added too, every third time, so that there are equals.
                    if (nearest == null || i % 3 == 0) {
                        seen.add(queries.get(i));
                        added.add(queries.get(i));
                    }
                }
                from += queries.size();
            }
            assertThat(seen.size()).isEqualTo(added.size());
            assertThat(added.size()).isLessThan(n);
            assertThat(found).isGreaterThan(n / 8);
        }
    }

    @Test
    void ofEqualsTheEarliestIsFoundWithinABatchToo() throws IOException {
        try (EmbeddingNeighbours seen = new EmbeddingNeighbours(2, 0.9, folder)) {
            float[] up = {0, 1};
            EmbeddingNeighbours.Lookup lookup = seen.lookup(List.of(up, up, new float[] {1, 0}));
            assertThat(lookup.nearest(0)).isNull();
            seen.add(up);
            seen.add(up);
            assertThat(lookup.nearest(1)).isEqualTo(new EmbeddingNeighbours.Nearest(0, 1));
            assertThat(lookup.nearest(2)).isNull();
            assertThat(seen.lookup(List.of(up)).nearest(0))
                    .isEqualTo(new EmbeddingNeighbours.Nearest(0, 1));
        }
    }

    @Test
    void atTheThresholdIsANeighbourAndJustBelowIsNot() throws IOException {
        float[] up = {0, 1};
        float[] near = {0.6f, 0.8f};
        double cosine = cosine(up, near);
        for (double least : new double[] {cosine, Math.nextUp(cosine)}) {
            try (EmbeddingNeighbours seen = new EmbeddingNeighbours(2, least, folder)) {
                seen.add(up);
                assertThat(seen.lookup(List.of(near)).nearest(0) != null)
                        .isEqualTo(least == cosine);
            }
        }
    }

    @Test
    void nothingIsLeftInTheFolderEvenWhileItIsUsed() throws IOException {
        try (EmbeddingNeighbours seen = new EmbeddingNeighbours(2, 0.9, folder)) {
            seen.add(new float[] {0, 1});
            try (var files = Files.list(folder)) {
                assertThat(files).isEmpty();
            }
            assertThatThrownBy(() -> seen.add(new float[3])).hasMessageContaining("expected 2");
        }
    }
}
