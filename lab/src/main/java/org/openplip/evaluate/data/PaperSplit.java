package org.openplip.evaluate.data;

import java.util.ArrayList;
import java.util.List;
import org.openplip.numpy.RandomState;

/// The published code's split: rows in the order of pandas' `sample(frac=1, random_state=1)`, of
/// which the first 70 % are for training.
final class PaperSplit {
    private static final long SEED = 1;
    private static final double TRAIN = 0.7;

    private PaperSplit() {}

    /// The samples in their random order.
    static List<Sample> shuffled(List<Sample> samples) {
        List<Sample> order = new ArrayList<>(samples.size());
        for (int row : new RandomState(SEED).permutation(samples.size())) {
            order.add(samples.get(row));
        }
        return order;
    }

    /// Shuffles, cuts, and gives the training samples first; within each part by label, in the
    /// order of `labels`.
    static List<Sample> of(List<Sample> samples, List<String> labels) {
        List<Sample> order = shuffled(samples);
        int train = trainOf(order.size());
        List<Sample> result = new ArrayList<>(order.size());
        byLabel(order.subList(0, train), labels, Split.TRAIN, result);
        byLabel(order.subList(train, order.size()), labels, Split.TEST, result);
        return result;
    }

    /// How many of `count` are for training.
    static int trainOf(int count) {
        return (int) (count * TRAIN);
    }

    private static void byLabel(
            List<Sample> samples, List<String> labels, Split split, List<Sample> to) {
        for (String label : labels) {
            for (Sample sample : samples) {
                if (label.equals(sample.label())) to.add(sample.in(split));
            }
        }
    }
}
