package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetrievalTest {
    private static float[][] random(Random random, int rows, int width, int bound) {
        float[][] matrix = new float[rows][width];
        for (float[] row : matrix) {
            for (int d = 0; d < width; d++) row[d] = random.nextInt(-bound, bound + 1);
        }
        return matrix;
    }

    @Test
    void equalsAStableSortOfAllItems() {
        // Small whole numbers give exact products and many ties; 600 items take three blocks.
        for (long seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            float[][] queries = random(random, 40, 5, 2);
            float[][] items = random(random, 600, 5, 2);
            int[] match = random.ints(40, 0, 600).toArray();
            int[] ranks = Retrieval.ranks(queries, items, match);
            for (int q = 0; q < queries.length; q++) {
                float[] query = queries[q];
                List<Integer> order =
                        IntStream.range(0, items.length)
                                .boxed()
                                .sorted(Comparator.comparingDouble(i -> -dot(query, items[i])))
                                .toList();
                assertThat(ranks[q]).as("seed %d", seed).isEqualTo(order.indexOf(match[q]) + 1);
            }
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) sum += a[d] * b[d];
        return sum;
    }

    @Test
    void givesWhatChanceGivesWhenAllItemsAreTheSame() {
        float[][] same = new float[300][];
        Arrays.fill(same, new float[] {0.6f, 0.8f});
        int[] ranks = Retrieval.ranks(same, same);
        assertThat(ranks).isEqualTo(IntStream.rangeClosed(1, 300).toArray());
        assertThat(Retrieval.recallAt(ranks, 30)).isEqualTo(Retrieval.chanceAt(30, 300));
    }

    @Test
    void givesTheNumbersOfTheWorkedExample() {
        int[] ranks = {1, 3, 2, 9};
        assertThat(Retrieval.recallAt(ranks, 1)).isEqualTo(0.25);
        assertThat(Retrieval.recallAt(ranks, 3)).isEqualTo(0.75);
        assertThat(Retrieval.medianRank(ranks)).isEqualTo(2.5);
        assertThat(Retrieval.medianRank(new int[] {7, 1, 4})).isEqualTo(4);
        assertThat(Retrieval.chanceAt(3, 20)).isEqualTo(0.15);
        assertThat(Retrieval.chanceAt(50, 20)).isEqualTo(1);
    }

    @Test
    void refusesNaNAndOtherWidths() {
        float[][] one = {{1, 0}};
        assertThatThrownBy(() -> Retrieval.ranks(one, new float[][] {{Float.NaN, 0}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> Retrieval.ranks(one, new float[][] {{1, 0}, {Float.NaN, 0}}))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> Retrieval.ranks(one, new float[][] {{1, 0, 0}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width");
        assertThatThrownBy(() -> Retrieval.recallAt(new int[0], 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
