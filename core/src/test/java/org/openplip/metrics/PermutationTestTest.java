package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PermutationTestTest {
    private static final PermutationTest.Statistic F1 =
            (outcomes, counts, model) -> outcomes.classification(counts, 0, model, 3).weightedF1();

    /// All 2^n exchanges, one by one.
    private static double exhaustive(int[] truth, int[] first, int[] second, int[] group) {
        int groups = IntStream.of(group).max().orElseThrow() + 1;
        double found = difference(truth, first, second);
        int asFar = 0;
        for (int mask = 0; mask < 1 << groups; mask++) {
            int[] a = first.clone();
            int[] b = second.clone();
            for (int i = 0; i < a.length; i++) {
                if ((mask >> group[i] & 1) == 0) continue;
                a[i] = second[i];
                b[i] = first[i];
            }
            if (Math.abs(difference(truth, a, b)) >= Math.abs(found) - 1e-12) asFar++;
        }
        return (double) asFar / (1 << groups);
    }

    private static double difference(int[] truth, int[] first, int[] second) {
        return Classification.of(truth, first, 3).weightedF1()
                - Classification.of(truth, second, 3).weightedF1();
    }

    @Test
    void comesNearAllExchangesOfCasesAndOfGroups() {
        for (long seed = 0; seed < 4; seed++) {
            Random random = new Random(seed);
            int[] truth = random.ints(14, 0, 3).toArray();
            int[] first = IntStream.of(truth).map(t -> random.nextInt(4) > 0 ? t : 0).toArray();
            int[] second = random.ints(14, 0, 3).toArray();
            Outcomes outcomes = Outcomes.of(truth, first, second);
            int[] alone = IntStream.range(0, 14).toArray();
            int[] pairs = IntStream.range(0, 14).map(i -> i / 2).toArray();
            PermutationTest.Result cases = PermutationTest.paired(outcomes, 1, 2, 20_000, seed, F1);
            assertThat(cases.difference())
                    .isCloseTo(difference(truth, first, second), within(1e-12));
            assertThat(cases.p()).isCloseTo(exhaustive(truth, first, second, alone), within(0.018));
            assertThat(PermutationTest.pairedByGroup(outcomes, pairs, 1, 2, 20_000, seed, F1).p())
                    .isCloseTo(exhaustive(truth, first, second, pairs), within(0.018));
        }
    }

    @Test
    void findsADifferenceBetweenModelsThatAreAlikeAsOftenAsItSays() {
        Random random = new Random(7);
        int found = 0;
        for (int trial = 0; trial < 400; trial++) {
            int[] truth = random.ints(60, 0, 3).toArray();
            int[] first = IntStream.of(truth).map(t -> random.nextBoolean() ? t : 1).toArray();
            int[] second = IntStream.of(truth).map(t -> random.nextBoolean() ? t : 1).toArray();
            Outcomes outcomes = Outcomes.of(truth, first, second);
            if (PermutationTest.paired(outcomes, 1, 2, 200, trial, F1).p() <= 0.1) found++;
        }
        // Three standard errors of a share of 0.1 in 400 trials are 0.045.
        assertThat(found / 400.0).isCloseTo(0.1, within(0.045));
    }

    @Test
    void modelsThatAnswerTheSameDoNotDiffer() {
        int[] truth = {0, 1, 2, 0};
        int[] answers = {0, 1, 0, 2};
        Outcomes outcomes = Outcomes.of(truth, answers, answers);
        assertThat(PermutationTest.paired(outcomes, 1, 2, 50, 1, F1))
                .isEqualTo(new PermutationTest.Result(0, 1));
        assertThatThrownBy(() -> PermutationTest.paired(outcomes, 1, 2, 0, 1, F1))
                .hasMessageContaining("permutations");
        assertThatThrownBy(
                        () -> PermutationTest.paired(outcomes, 1, 2, 1, 1, (_, _, _) -> Double.NaN))
                .hasMessageContaining("NaN");
    }
}
