package org.openplip.train;

/// Notices a run that has come apart though its loss is still a number: over the last 100 steps it
/// did worse than guessing, after it had done clearly better over as many.
///
/// Worse than guessing because a loss that only rises may come back, as that of a checkpoint does
/// whose fine-tuning begins at a high rate. The training's loss because that of the validation
/// exceeds guessing in a run that overfits, too. Not thread-safe.
final class Divergence {
    /// So many that the luck of a batch evens out.
    static final int STEPS = 100;

    /// A share of the loss of guessing.
    private static final double CLEARLY_BETTER = 0.8;

    private final double guessing;
    private final double[] last = new double[STEPS];
    private long steps;
    private double lowest = Double.POSITIVE_INFINITY;

    /// @param guessing the loss of a model that tells no pair from another
    Divergence(double guessing) {
        this.guessing = guessing;
    }

    /// Takes the loss of the next step, and tells whether the run has diverged.
    boolean after(double loss) {
        last[(int) (steps++ % STEPS)] = loss;
        if (steps < STEPS) return false;
        lowest = Math.min(lowest, mean());
        return lowest < CLEARLY_BETTER * guessing && mean() > guessing;
    }

    /// Of the last 100 steps.
    double mean() {
        double sum = 0;
        for (double loss : last) sum += loss;
        return sum / STEPS;
    }

    double lowest() {
        return lowest;
    }

    double guessing() {
        return guessing;
    }
}
