package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutcomesTest {
    @Test
    void theWorkedExampleHolds() {
        Outcomes outcomes =
                Outcomes.of(new int[] {0, 0, 1, 1}, new int[] {0, 1, 1, 1}, new int[] {0, 0, 1, 1});
        assertThat(outcomes.size()).isEqualTo(3);
        assertThat(outcomes.counts()).containsExactly(1, 1, 2);
        assertThat(outcomes.outcomeOf(3)).isEqualTo(2);
        assertThat(outcomes.value(1, 1)).isEqualTo(1);
        assertThat(outcomes.value(2, 1)).isZero();
    }

    @Test
    void numbersOfCountsAreThoseOfTheCasesRepeated() {
        for (long seed = 0; seed < 10; seed++) {
            Random random = new Random(seed);
            int n = 60;
            int[] truth = random.ints(n, 0, 2).toArray();
            int[] predicted = random.ints(n, 0, 2).toArray();
            double[] score = random.ints(n, 0, 12).asDoubleStream().toArray();
            Outcomes outcomes = Outcomes.of(truth, predicted, Ranking.places(score));
            int[] drawn = random.ints(n, 0, n).toArray();
            int[] counts = new int[outcomes.size()];
            for (int i : drawn) counts[outcomes.outcomeOf(i)]++;
            int[] truths = Arrays.stream(drawn).map(i -> truth[i]).toArray();
            int[] answers = Arrays.stream(drawn).map(i -> predicted[i]).toArray();
            double[] scores = Arrays.stream(drawn).mapToDouble(i -> score[i]).toArray();
            assertThat(outcomes.classification(counts, 0, 1, 2).confusion())
                    .isDeepEqualTo(Classification.of(truths, answers, 2).confusion());
            assertThat(Ranking.auc(outcomes, counts, 0, 2))
                    .isCloseTo(Ranking.auc(truths, scores), within(1e-12));
            assertThat(outcomes.values(counts, 1))
                    .isEqualTo(Arrays.stream(answers).sorted().toArray());
        }
    }

    @Test
    void valuesFarApartAreToldApart() {
        Outcomes outcomes =
                Outcomes.of(
                        new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1},
                        new int[] {0, 0, 0, 0});
        assertThat(outcomes.counts()).containsExactly(2, 1, 1);
        assertThat(outcomes.value(0, 2)).isEqualTo(Integer.MIN_VALUE);
    }

    @Test
    void refusesNothingAndColumnsOfDifferentLengths() {
        assertThatThrownBy(Outcomes::of).hasMessageContaining("none");
        assertThatThrownBy(() -> Outcomes.of(new int[0])).hasMessageContaining("none");
        assertThatThrownBy(() -> Outcomes.of(new int[2], new int[3]))
                .hasMessage("columns: expected 2 cases each, got 3");
        assertThatThrownBy(
                        () -> {
                            Outcomes outcomes = Outcomes.of(new int[] {3}, new int[] {0});
                            outcomes.classification(outcomes.counts(), 0, 1, 3);
                        })
                .hasMessage("truth: expected 0 to 2, got 3");
    }
}
