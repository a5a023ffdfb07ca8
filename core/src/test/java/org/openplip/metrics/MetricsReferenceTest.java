package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.openplip.io.Json;

/// Against `cases.json`, computed with scikit-learn 1.2, SciPy and NumPy.
class MetricsReferenceTest {
    private static final Offset<Double> CLOSE = within(1e-12);

    private static JsonNode cases(String name) throws IOException {
        try (InputStream in = MetricsReferenceTest.class.getResourceAsStream("cases.json")) {
            return Json.MAPPER.readTree(Objects.requireNonNull(in)).required(name);
        }
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    private static double[] doubles(JsonNode array) {
        return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
    }

    private static float[][] matrix(JsonNode rows) {
        float[][] matrix = new float[rows.size()][rows.get(0).size()];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                matrix[i][j] = (float) rows.get(i).get(j).asDouble();
            }
        }
        return matrix;
    }

    @Test
    void classifiesAsScikitLearn() throws IOException {
        JsonNode expected = cases("classification");
        Classification actual =
                Classification.of(ints(expected.get("y")), ints(expected.get("pred")), 9);
        assertThat(actual.weightedF1()).isCloseTo(expected.get("weighted_f1").asDouble(), CLOSE);
        assertThat(actual.macroF1()).isCloseTo(expected.get("macro_f1").asDouble(), CLOSE);
        assertThat(actual.accuracy()).isCloseTo(expected.get("accuracy").asDouble(), CLOSE);
        assertThat(actual.balancedAccuracy())
                .isCloseTo(expected.get("balanced_accuracy").asDouble(), CLOSE);
        assertThat(actual.mcc()).isCloseTo(expected.get("mcc").asDouble(), CLOSE);
        long[][] confusion = actual.confusion();
        for (int t = 0; t < 9; t++) {
            for (int p = 0; p < 9; p++) {
                assertThat(confusion[t][p])
                        .isEqualTo(expected.get("confusion").get(t).get(p).asLong());
            }
        }
    }

    @Test
    void countsAClassThatIsOnlyPredictedAsScikitLearn() throws IOException {
        JsonNode expected = cases("absent_class");
        Classification actual =
                Classification.of(ints(expected.get("y")), ints(expected.get("pred")), 4);
        assertThat(actual.weightedF1()).isCloseTo(expected.get("weighted_f1").asDouble(), CLOSE);
    }

    @Test
    void ranksTwoClassesAsScikitLearn() throws IOException {
        JsonNode expected = cases("binary");
        int[] truth = ints(expected.get("y"));
        double[] score = doubles(expected.get("score"));
        assertThat(Ranking.auc(truth, score)).isCloseTo(expected.get("auc").asDouble(), CLOSE);
        int[] predicted =
                IntStream.range(0, score.length).map(i -> score[i] >= 0.4 ? 1 : 0).toArray();
        assertThat(Classification.of(truth, predicted, 2).weightedF1())
                .isCloseTo(expected.get("weighted_f1_at_0_4").asDouble(), CLOSE);
    }

    @Test
    void testsMeansAsSciPy() throws IOException {
        JsonNode expected = cases("t_test");
        double[] a = doubles(expected.get("a"));
        double[] b = doubles(expected.get("b"));
        Offset<Double> near = within(1e-10);
        assertThat(TTest.student(a, b).t()).isCloseTo(expected.get("student_t").asDouble(), near);
        assertThat(TTest.student(a, b).p()).isCloseTo(expected.get("student_p").asDouble(), near);
        assertThat(TTest.welch(a, b).t()).isCloseTo(expected.get("welch_t").asDouble(), near);
        assertThat(TTest.welch(a, b).p()).isCloseTo(expected.get("welch_p").asDouble(), near);
        assertThat(TTest.paired(a, b).t()).isCloseTo(expected.get("paired_t").asDouble(), near);
        assertThat(TTest.paired(a, b).p()).isCloseTo(expected.get("paired_p").asDouble(), near);
    }

    @Test
    void retrievesAsNumPy() throws IOException {
        JsonNode expected = cases("text_to_image");
        int[] ranks = Retrieval.ranks(matrix(expected.get("text")), matrix(expected.get("image")));
        for (int k : new int[] {1, 10, 50}) {
            assertThat(Retrieval.recallAt(ranks, k))
                    .isCloseTo(expected.get("recall_at_" + k).asDouble(), CLOSE);
        }
        for (int k : new int[] {10, 50}) {
            assertThat(Retrieval.chanceAt(k, ranks.length))
                    .isCloseTo(expected.get("random_at_" + k).asDouble(), CLOSE);
        }
        assertThat(Retrieval.medianRank(ranks)).isEqualTo(expected.get("median_rank").asDouble());
    }
}
