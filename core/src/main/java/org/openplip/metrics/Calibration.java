package org.openplip.metrics;

import java.util.ArrayList;
import java.util.List;

/// How well probabilities of class 1 agree with what happened.
///
/// Worked example: for the probabilities 0.9, 0.8 and 0.3 and the classes 1, 0 and 0, the Brier
/// score is `(0.01 + 0.64 + 0.09) / 3 = 0.2467`; with 2 bins, the mean of the two upper ones is
/// 0.85 where one half happened and the lower is 0.3 where nothing did, so that the expected
/// calibration error is `2/3 · 0.35 + 1/3 · 0.3 = 0.3333`.
public final class Calibration {
    /// The cases whose probability is at least `low` and below `high`, or 1 in the last bin.
    ///
    /// @param meanProbability of the cases; 0 if there are none
    /// @param happened cases of class 1
    public record Bin(double low, double high, long n, double meanProbability, long happened) {}

    private Calibration() {}

    /// The mean squared difference of probability and class (Brier 1950), 0 to 1.
    ///
    /// @param truth 0 or 1 for each case
    public static double brier(int[] truth, double[] probability) {
        check(truth, probability);
        double sum = 0;
        for (int i = 0; i < truth.length; i++) {
            sum += (probability[i] - truth[i]) * (probability[i] - truth[i]);
        }
        return sum / truth.length;
    }

    /// The reliability table: the cases in `bins` bins of the same width, empty ones too.
    public static List<Bin> bins(int[] truth, double[] probability, int bins) {
        check(truth, probability);
        if (bins < 1) throw new IllegalArgumentException("bins: expected at least 1, got " + bins);
        double[] sums = new double[bins];
        long[] counts = new long[bins];
        long[] happened = new long[bins];
        for (int i = 0; i < truth.length; i++) {
            int bin = Math.min((int) (probability[i] * bins), bins - 1);
            sums[bin] += probability[i];
            counts[bin]++;
            happened[bin] += truth[i];
        }
        List<Bin> table = new ArrayList<>();
        for (int bin = 0; bin < bins; bin++) {
            table.add(
                    new Bin(
                            (double) bin / bins,
                            (bin + 1.0) / bins,
                            counts[bin],
                            counts[bin] == 0 ? 0 : sums[bin] / counts[bin],
                            happened[bin]));
        }
        return List.copyOf(table);
    }

    /// The expected calibration error (Naeini et al. 2015) of a reliability table: the mean over
    /// all cases of how far, in their bin, the mean probability is from the share that happened.
    public static double expectedError(List<Bin> bins) {
        long n = bins.stream().mapToLong(Bin::n).sum();
        double sum = 0;
        for (Bin bin : bins) sum += Math.abs(bin.n * bin.meanProbability - bin.happened);
        return n == 0 ? 0 : sum / n;
    }

    /// The reliability table of the class that each case was put into, of several: 1 is that it was
    /// the right one. Its [#expectedError] is that of Guo et al. (2017).
    ///
    /// @param truth the class of each case
    /// @param probability `[cases, classes]`; the highest is the answer, the first of equals
    public static List<Bin> answers(int[] truth, double[][] probability, int bins) {
        int[] right = new int[truth.length];
        double[] confidence = new double[truth.length];
        for (int i = 0; i < truth.length; i++) {
            int answer = 0;
            for (int c = 1; c < probability[i].length; c++) {
                if (probability[i][c] > probability[i][answer]) answer = c;
            }
            right[i] = answer == truth[i] ? 1 : 0;
            confidence[i] = probability[i][answer];
        }
        return bins(right, confidence, bins);
    }

    private static void check(int[] truth, double[] probability) {
        if (truth.length == 0 || truth.length != probability.length) {
            throw new IllegalArgumentException(
                    "probability: expected one for each of at least one class, got %d for %d"
                            .formatted(probability.length, truth.length));
        }
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] != 0 && truth[i] != 1) {
                throw new IllegalArgumentException("truth: expected 0 or 1, got " + truth[i]);
            }
            if (!(probability[i] >= 0 && probability[i] <= 1)) {
                throw new IllegalArgumentException(
                        "probability: expected 0 to 1, got " + probability[i]);
            }
        }
    }
}
