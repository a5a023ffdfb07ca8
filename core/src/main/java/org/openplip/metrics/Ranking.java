package org.openplip.metrics;

import java.util.Arrays;
import java.util.stream.IntStream;

/// How well a score puts the cases of one class above the others.
public final class Ranking {
    private Ranking() {}

    /// The area under the receiver operating characteristic: the probability that a case of class 1
    /// drawn at random scores higher than one of class 0, a tie counting one half (Mann and
    /// Whitney's U, divided by the number of pairs).
    ///
    /// Worked example: with the scores 0.9 and 0.4 for class 1 and 0.4 and 0.1 for class 0, three
    /// of the four pairs are in order and one is a tie: `3.5 / 4 = 0.875`.
    ///
    /// @param truth 0 or 1 for each case; both must occur
    /// @param score any numbers but NaN
    public static double auc(int[] truth, double[] score) {
        if (truth.length != score.length) {
            throw new IllegalArgumentException(
                    "score: expected " + truth.length + " values, got " + score.length);
        }
        long positives = 0;
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] != 0 && truth[i] != 1) {
                throw new IllegalArgumentException("truth: expected 0 or 1, got " + truth[i]);
            }
            if (Double.isNaN(score[i])) {
                throw new IllegalArgumentException("score: value " + i + " is NaN");
            }
            positives += truth[i];
        }
        long negatives = truth.length - positives;
        if (positives == 0 || negatives == 0) {
            throw new IllegalArgumentException("truth: expected both classes, got one");
        }
        Integer[] order = IntStream.range(0, truth.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> compare(score[a], score[b]));
        double wins = 0;
        long negativesBelow = 0;
        for (int start = 0, end; start < order.length; start = end) {
            long tiedPositives = 0;
            for (end = start;
                    end < order.length && score[order[end]] == score[order[start]];
                    end++) {
                tiedPositives += truth[order[end]];
            }
            long tiedNegatives = end - start - tiedPositives;
            wins += tiedPositives * (negativesBelow + tiedNegatives / 2.0);
            negativesBelow += tiedNegatives;
        }
        return wins / ((double) positives * negatives);
    }

    /// Unlike `Double.compare`, takes 0.0 and -0.0 for equal.
    private static int compare(double a, double b) {
        return a < b ? -1 : a > b ? 1 : 0;
    }
}
