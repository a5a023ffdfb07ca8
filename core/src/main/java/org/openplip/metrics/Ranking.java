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
        long positives = positives(truth, score);
        if (positives == 0 || positives == truth.length) {
            throw new IllegalArgumentException("truth: expected both classes, got one");
        }
        int[] places = places(score);
        long[][] perPlace = new long[2][score.length];
        for (int i = 0; i < truth.length; i++) perPlace[truth[i]][places[i]]++;
        return auc(perPlace);
    }

    /// The same for cases that have each outcome `counts[outcome]` times, as in [Bootstrap]; NaN if
    /// not both classes occur.
    ///
    /// @param truth the column of the classes, 0 or 1
    /// @param places the column of the [places][#places] of the scores
    public static double auc(Outcomes outcomes, int[] counts, int truth, int places) {
        long[][] perPlace = new long[2][outcomes.cases()];
        for (int outcome = 0; outcome < counts.length; outcome++) {
            int c = Classification.checked("truth", outcomes.value(truth, outcome), 2);
            perPlace[c][outcomes.value(places, outcome)] += counts[outcome];
        }
        return auc(perPlace);
    }

    /// @param perPlace cases `[class, place]`
    private static double auc(long[][] perPlace) {
        double wins = 0;
        long below = 0;
        long positives = 0;
        for (int place = 0; place < perPlace[0].length; place++) {
            wins += perPlace[1][place] * (below + perPlace[0][place] / 2.0);
            below += perPlace[0][place];
            positives += perPlace[1][place];
        }
        return wins / ((double) positives * below);
    }

    /// The area for each class against all others, `[classes]`; NaN for a class that no case or
    /// every case belongs to, where it is not defined.
    ///
    /// @param truth the class of each case
    /// @param score `[cases, classes]`: how much speaks for the class
    public static double[] oneVersusRest(int[] truth, double[][] score, int classes) {
        double[] areas = new double[classes];
        for (int c = 0; c < classes; c++) {
            int one = c;
            int[] is = Arrays.stream(truth).map(t -> t == one ? 1 : 0).toArray();
            int members = Arrays.stream(is).sum();
            double[] column = Arrays.stream(score).mapToDouble(row -> row[one]).toArray();
            areas[c] = members == 0 || members == is.length ? Double.NaN : auc(is, column);
        }
        return areas;
    }

    /// The mean of [#oneVersusRest] over the classes where it is defined.
    ///
    /// @throws IllegalArgumentException if all cases are of one class
    public static double meanOneVersusRest(int[] truth, double[][] score, int classes) {
        return Arrays.stream(oneVersusRest(truth, score, classes))
                .filter(area -> !Double.isNaN(area))
                .average()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "truth: expected two classes or more, got one"));
    }

    /// Where each value stands among the different ones, from 0 for the lowest; equal values stand
    /// at the same place.
    public static int[] places(double[] values) {
        int[] order = ascending(values);
        int[] places = new int[values.length];
        for (int i = 1; i < order.length; i++) {
            boolean higher = values[order[i]] > values[order[i - 1]];
            places[order[i]] = places[order[i - 1]] + (higher ? 1 : 0);
        }
        return places;
    }

    /// The number of cases of class 1.
    static long positives(int[] truth, double[] score) {
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
        return positives;
    }

    /// The indices of values in ascending order.
    static int[] ascending(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted((a, b) -> compare(values[a], values[b]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// Unlike `Double.compare`, takes 0.0 and -0.0 for equal.
    private static int compare(double a, double b) {
        return a < b ? -1 : a > b ? 1 : 0;
    }
}
