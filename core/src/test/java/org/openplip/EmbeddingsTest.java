package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmbeddingsTest {
    @Test
    void similarityIsTheCosineWhateverTheLengths() {
        float[][] cosines =
                Embeddings.similarity(
                        new float[][] {{3, 0}, {0, 0}}, new float[][] {{1, 1}, {-2, 0}, {0, 9}});
        assertThat(cosines[0][0]).isCloseTo((float) Math.sqrt(0.5), within(1e-7f));
        assertThat(cosines[0][1]).isEqualTo(-1);
        assertThat(cosines[0][2]).isZero();
        assertThat(cosines[1]).containsExactly(0, 0, 0);
    }

    @Test
    void unitLengthKeepsTheDirectionAndWhatItWasGiven() {
        float[] given = {3, 4};
        assertThat(Embeddings.unitLength(given)).containsExactly(0.6f, 0.8f);
        assertThat(given).containsExactly(3, 4);
        assertThat(Embeddings.unitLength(new float[2])).containsExactly(0, 0);
    }

    @Test
    void nearestIsTheHeadOfAllSortedAndOfEqualsTheFirst() {
        Random random = new Random(5);
        float[][] rows = new float[300][4];
        for (float[] row : rows) {
            // Small whole numbers, so that many rows have equal cosines.
            for (int i = 0; i < row.length; i++) row[i] = random.nextInt(3) - 1;
        }
        float[] query = {1, 1, 0, -1};
        List<Integer> sorted =
                IntStream.range(0, rows.length)
                        .boxed()
                        .sorted(
                                Comparator.comparingDouble(
                                        row -> -Embeddings.similarity(query, rows[row])))
                        .toList();
        for (int k : new int[] {1, 7, 299, 300, 1000}) {
            assertThat(Embeddings.nearest(query, rows, k))
                    .extracting(Embeddings.Neighbour::row)
                    .isEqualTo(sorted.subList(0, Math.min(k, rows.length)));
        }
        assertThat(Embeddings.nearest(query, new float[0][], 3)).isEmpty();
    }

    @Test
    void refusesOtherWidthsAndNoNeighbours() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Embeddings.similarity(new float[2], new float[3]))
                .withMessageContaining("2 and 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Embeddings.nearest(new float[2], new float[1][2], 0));
    }
}
