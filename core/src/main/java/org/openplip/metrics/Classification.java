package org.openplip.metrics;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// How predicted classes agree with true ones, as a confusion matrix and the numbers drawn from it,
/// defined as in scikit-learn with `zero_division=0`.
///
/// Worked example, with the classes 0, 1 and 2:
///
///     truth      0 0 1 1        confusion   1 1 0     F1 of 0: 2/3    F1 of 1: 4/5
///     predicted  0 1 1 1                    0 2 0     F1 of 2: absent
///                                           0 0 0
///
/// `accuracy()` is 3/4, `weightedF1()` (2 · 2/3 + 2 · 4/5) / 4 = 0.7333, `macroF1()`
/// (2/3 + 4/5) / 2 = 0.7333, `balancedAccuracy()` (1/2 + 1) / 2 = 0.75 and `mcc()`
/// 4 / sqrt(48) = 0.5774.
///
/// Immutable.
public final class Classification {
    private final long[][] confusion;
    private final long[] support;
    private final long[] predicted;
    private final long n;

    private Classification(long[][] confusion) {
        int classes = confusion.length;
        this.confusion = confusion;
        support = new long[classes];
        predicted = new long[classes];
        for (int t = 0; t < classes; t++) {
            for (int p = 0; p < classes; p++) {
                support[t] += confusion[t][p];
                predicted[p] += confusion[t][p];
            }
        }
        n = Arrays.stream(support).sum();
        if (n == 0) throw new IllegalArgumentException("expected at least one case, got none");
    }

    /// The agreement of two lists of classes, each from 0 to `classes - 1`.
    public static Classification of(int[] truth, int[] predicted, int classes) {
        if (truth.length != predicted.length) {
            throw new IllegalArgumentException(
                    "predicted: expected " + truth.length + " classes, got " + predicted.length);
        }
        long[][] confusion = new long[classes][classes];
        for (int i = 0; i < truth.length; i++) {
            int t = checked("truth", truth[i], classes);
            confusion[t][checked("predicted", predicted[i], classes)]++;
        }
        return new Classification(confusion);
    }

    /// The agreement given by a confusion matrix: `confusion[t][p]` cases of class `t` were taken
    /// for class `p`.
    public static Classification of(long[][] confusion) {
        for (long[] row : confusion) {
            if (row.length != confusion.length || Arrays.stream(row).anyMatch(c -> c < 0)) {
                throw new IllegalArgumentException(
                        "confusion: expected a square matrix of counts, got the row "
                                + Arrays.toString(row));
            }
        }
        return new Classification(copy(confusion));
    }

    static int checked(String name, int value, int classes) {
        if (value < 0 || value >= classes) {
            throw new IllegalArgumentException(
                    name + ": expected 0 to " + (classes - 1) + ", got " + value);
        }
        return value;
    }

    /// The agreement within each group that has cases, such as an organ.
    ///
    /// @param group what each case belongs to, any numbers
    public static SortedMap<Integer, Classification> perGroup(
            int[] truth, int[] predicted, int classes, int[] group) {
        SortedMap<Integer, Classification> perGroup = new TreeMap<>();
        for (int[] members : Bootstrap.members(group, truth.length)) {
            int[] t = Arrays.stream(members).map(i -> truth[i]).toArray();
            int[] p = Arrays.stream(members).map(i -> predicted[i]).toArray();
            perGroup.put(group[members[0]], of(t, p, classes));
        }
        return perGroup;
    }

    private static long[][] copy(long[][] matrix) {
        return Arrays.stream(matrix).map(long[]::clone).toArray(long[][]::new);
    }

    /// The number of cases.
    public long n() {
        return n;
    }

    /// The number of classes, those that do not occur included.
    public int classes() {
        return confusion.length;
    }

    /// Counts `[truth, predicted]`; a copy.
    public long[][] confusion() {
        return copy(confusion);
    }

    /// The number of cases that truly are of a class.
    public long support(int c) {
        return support[c];
    }

    /// The number of cases that were taken for a class.
    public long called(int c) {
        return predicted[c];
    }

    /// Of the cases taken for class `c`, the share that are; 0 if none was.
    public double precision(int c) {
        return predicted[c] == 0 ? 0 : (double) confusion[c][c] / predicted[c];
    }

    /// Of the cases of class `c`, the share found; 0 if there are none.
    public double recall(int c) {
        return support[c] == 0 ? 0 : (double) confusion[c][c] / support[c];
    }

    /// The harmonic mean of precision and recall, `2 tp / (2 tp + fp + fn)`; 0 if the class does
    /// not occur.
    public double f1(int c) {
        long both = support[c] + predicted[c];
        return both == 0 ? 0 : 2.0 * confusion[c][c] / both;
    }

    /// The mean of the classes' F1, each weighted by its number of true cases. A class that is
    /// predicted but never true weighs nothing; its wrong cases lower the others' recall.
    public double weightedF1() {
        return IntStream.range(0, classes()).mapToDouble(c -> f1(c) * support[c]).sum() / n;
    }

    /// The plain mean of the F1 of all classes that occur among the true or the predicted ones.
    public double macroF1() {
        return mean(c -> support[c] + predicted[c], this::f1);
    }

    /// The share of cases whose class was found.
    public double accuracy() {
        return (double) correct() / n;
    }

    /// The mean of the recalls of all classes that have true cases.
    public double balancedAccuracy() {
        return mean(c -> support[c], this::recall);
    }

    /// Matthews' correlation coefficient for several classes (Gorodkin 2004), in `[-1, 1]`: 1 for
    /// full agreement, 0 for none beyond chance, and 0 too when all cases are of one class or taken
    /// for one.
    public double mcc() {
        double chance = 0;
        double truthSquares = 0;
        double predictedSquares = 0;
        for (int c = 0; c < classes(); c++) {
            chance += (double) support[c] * predicted[c];
            truthSquares += (double) support[c] * support[c];
            predictedSquares += (double) predicted[c] * predicted[c];
        }
        double all = (double) n * n;
        double product = (all - truthSquares) * (all - predictedSquares);
        return product == 0 ? 0 : ((double) correct() * n - chance) / Math.sqrt(product);
    }

    private long correct() {
        return IntStream.range(0, classes()).mapToLong(c -> confusion[c][c]).sum();
    }

    private double mean(IntToDoubleFunction occurrences, IntToDoubleFunction value) {
        return IntStream.range(0, classes())
                .filter(c -> occurrences.applyAsDouble(c) > 0)
                .mapToDouble(value)
                .average()
                .orElseThrow();
    }
}
