package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.openplip.io.Json;

/// Against `comparisons.json`, computed with SciPy, statsmodels and scikit-learn; it says which.
class ComparisonsReferenceTest {
    private static <T> T value(String name, Class<T> type) throws IOException {
        try (InputStream in =
                ComparisonsReferenceTest.class.getResourceAsStream("comparisons.json")) {
            JsonNode node = Json.MAPPER.readTree(Objects.requireNonNull(in));
            for (String part : name.split("/")) node = node.required(part);
            return Json.MAPPER.convertValue(node, type);
        }
    }

    @Test
    void mcNemarIsStatsmodelsExactTestLessHalfOfTheResultsOwnProbability() throws IOException {
        for (JsonNode one : value("mcnemar", JsonNode.class)) {
            double exact = one.get("exact").asDouble();
            double point = one.get("point").asDouble();
            int first = one.get("only_first").asInt();
            int second = one.get("only_second").asInt();
            double expected = first == second ? 1 : exact - point;
            assertThat(McNemar.p(first, second)).isCloseTo(expected, within(1e-12));
            assertThat(McNemar.p(second, first)).isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void holmIsThatOfStatsmodels() throws IOException {
        assertThat(Holm.adjust(value("holm/p", double[].class)))
                .containsExactly(value("holm/adjusted", double[].class), within(1e-12));
    }

    @Test
    void permutationsComeNearSciPysCountOfAllOfThem() throws IOException {
        int[] first = value("permutation/first", int[].class);
        int[] second = value("permutation/second", int[].class);
        int[] ones = new int[first.length];
        java.util.Arrays.fill(ones, 1);
        PermutationTest.Result result =
                PermutationTest.paired(
                        Outcomes.of(ones, first, second),
                        1,
                        2,
                        20_000,
                        1,
                        (outcomes, counts, model) ->
                                outcomes.classification(counts, 0, model, 2).accuracy());
        assertThat(result.difference())
                .isCloseTo(value("permutation/difference", double.class), within(1e-12));
        // Five standard errors of a share of 0.07 in 20,000.
        assertThat(result.p()).isCloseTo(value("permutation/p", double.class), within(0.009));
    }

    @Test
    void ranksEachClassAgainstTheRestAsScikitLearn() throws IOException {
        int[] truth = value("one_vs_rest/y", int[].class);
        double[][] score = value("one_vs_rest/score", double[][].class);
        assertThat(Ranking.oneVersusRest(truth, score, 4))
                .containsExactly(value("one_vs_rest/per_class", double[].class), within(1e-12));
        assertThat(Ranking.meanOneVersusRest(truth, score, 4))
                .isCloseTo(value("one_vs_rest/macro", double.class), within(1e-12));
    }

    @Test
    void ranksCasesThatOccurSeveralTimesAsScikitLearnsWeights() throws IOException {
        int one = value("weighted_auc/class", int.class);
        int[] times = value("weighted_auc/times", int[].class);
        double[][] score = value("one_vs_rest/score", double[][].class);
        int[] truth = value("one_vs_rest/y", int[].class);
        int[] is = java.util.Arrays.stream(truth).map(t -> t == one ? 1 : 0).toArray();
        double[] column = java.util.Arrays.stream(score).mapToDouble(s -> s[one]).toArray();
        Outcomes outcomes = Outcomes.of(is, Ranking.places(column));
        int[] counts = new int[outcomes.size()];
        for (int i = 0; i < times.length; i++) counts[outcomes.outcomeOf(i)] += times[i];
        assertThat(Ranking.auc(outcomes, counts, 0, 1))
                .isCloseTo(value("weighted_auc/auc", double.class), within(1e-12));
    }
}
