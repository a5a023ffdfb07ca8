package org.openplip.metrics;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Whether two models that answered the same cases differ in a number such as F1 or recall, by
/// exchanging their answers (Fisher 1935; Good 2005, "Permutation, Parametric and Bootstrap Tests").
///
///     Result f1 = PermutationTest.paired(Outcomes.of(truth, plip, clip), 1, 2, 10_000, seed,
///             (outcomes, counts, model) ->
///                     outcomes.classification(counts, 0, model, classes).weightedF1());
///
/// If the models were alike, either could have given either answer: each case's two answers are
/// exchanged with probability 1/2. Of `k` cases with the same outcome a binomial number is
/// exchanged, which is all that is drawn. The p-value is two-sided,
/// `(1 + as far from 0 or farther) / (1 + permutations)`, so it is never 0 and never below what that
/// many permutations can show.
public final class PermutationTest {
    /// What a test found.
    ///
    /// @param difference the first model's number less the second's
    /// @param p the probability of a difference as far from 0, or farther, if the models are alike
    public record Result(double difference, double p) {}

    /// The number that is compared.
    @FunctionalInterface
    public interface Statistic {
        /// The number of the model whose answers stand in `column`, for cases that have each of
        /// `outcomes` `counts[outcome]` times. Called by several threads.
        double of(Outcomes outcomes, int[] counts, int column);
    }

    /// Differences this close to the one found count as equal to it: sums in another order.
    private static final double ROUNDING = 1e-12;

    private PermutationTest() {}

    /// The test of cases that have nothing to do with each other.
    ///
    /// @param first the column of the first model's answers
    /// @param second the column of the second's
    public static Result paired(
            Outcomes outcomes,
            int first,
            int second,
            int permutations,
            long seed,
            Statistic statistic) {
        Outcomes both = outcomes.withExchanged(first, second);
        int[] found = outcomes.counts();
        int[] exchanged = new int[found.length];
        for (int i = 0; i < outcomes.cases(); i++) {
            exchanged[both.outcomeOf(i)] = both.outcomeOf(outcomes.cases() + i);
        }
        BinomialSampler sampler = new BinomialSampler(outcomes.cases());
        return test(
                outcomes,
                both,
                first,
                second,
                permutations,
                seed,
                statistic,
                (random, counts) -> {
                    for (int outcome = 0; outcome < found.length; outcome++) {
                        int moved = sampler.binomial(random, found[outcome], 0.5);
                        counts[outcome] += found[outcome] - moved;
                        counts[exchanged[outcome]] += moved;
                    }
                });
    }

    /// The test of cases in groups, such as a patient's pictures: all of a group are exchanged, or
    /// none.
    ///
    /// @param group what each case belongs to
    public static Result pairedByGroup(
            Outcomes outcomes,
            int[] group,
            int first,
            int second,
            int permutations,
            long seed,
            Statistic statistic) {
        Outcomes both = outcomes.withExchanged(first, second);
        int[][] members = Bootstrap.members(group, outcomes.cases());
        return test(
                outcomes,
                both,
                first,
                second,
                permutations,
                seed,
                statistic,
                (random, counts) -> {
                    for (int[] cases : members) {
                        int offset = random.nextBoolean() ? outcomes.cases() : 0;
                        for (int i : cases) counts[both.outcomeOf(offset + i)]++;
                    }
                });
    }

    private interface Exchange {
        void into(SplittableRandom random, int[] counts);
    }

    private static Result test(
            Outcomes outcomes,
            Outcomes both,
            int first,
            int second,
            int permutations,
            long seed,
            Statistic statistic,
            Exchange exchange) {
        if (permutations < 1) {
            throw new IllegalArgumentException(
                    "permutations: expected at least 1, got " + permutations);
        }
        int[] found = Arrays.copyOf(outcomes.counts(), both.size());
        double difference = statistic.of(both, found, first) - statistic.of(both, found, second);
        if (Double.isNaN(difference)) throw new IllegalArgumentException("statistic: gave NaN");
        SplittableRandom seeds = new SplittableRandom(seed);
        SplittableRandom[] randoms = new SplittableRandom[permutations];
        Arrays.setAll(randoms, _ -> seeds.split());
        long asFar =
                IntStream.range(0, permutations)
                        .parallel()
                        .filter(
                                i -> {
                                    int[] counts = new int[both.size()];
                                    exchange.into(randoms[i], counts);
                                    double other =
                                            statistic.of(both, counts, first)
                                                    - statistic.of(both, counts, second);
                                    return Math.abs(other) >= Math.abs(difference) - ROUNDING;
                                })
                        .count();
        return new Result(difference, (1.0 + asFar) / (1.0 + permutations));
    }
}
