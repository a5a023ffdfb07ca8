package org.openplip.openpath.filter;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/// The probability of a class as a linear function of numbers, through the logistic function.
///
/// Fitted by L-BFGS (Liu and Nocedal 1989) with ten steps of memory and a line search that halves
/// until Armijo's condition holds. The objective is the mean of `log(1 + exp(s)) - target · s`, `s
/// = weights · row + bias`, plus `penalty / 2 · |weights|²`; it is convex, and no randomness is in
/// it.
///
/// @param weights float64 `[columns]`
@SuppressWarnings("ArrayRecordComponent") // read-only by agreement
record LogisticRegression(double[] weights, double bias) {
    private static final int MEMORY = 10;
    private static final int MOST_STEPS = 2000;

    /// The largest entry of the gradient where a fit ends.
    static final double GRADIENT = 1e-8;

    private static final double ARMIJO = 1e-4;

    /// The model that minimises the objective.
    ///
    /// @param rows float32 `[n, columns]`
    /// @param targets for each row the probability that it is to have, 0 to 1
    /// @param start where the search begins; the result does not depend on it but for its last bits
    static LogisticRegression fit(
            float[][] rows, double[] targets, double penalty, LogisticRegression start) {
        int n = start.weights.length + 1; // the bias comes last
        double[] x = java.util.Arrays.copyOf(start.weights, n);
        x[n - 1] = start.bias;
        double[] gradient = new double[n];
        double value = objective(rows, targets, penalty, x, gradient);
        Deque<Step> memory = new ArrayDeque<>();
        for (int step = 0; step < MOST_STEPS && largest(gradient) > GRADIENT; step++) {
            double[] direction = direction(gradient, memory);
            double slope = dot(direction, gradient);
            double length = memory.isEmpty() ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
            double[] next = new double[n];
            double[] nextGradient = new double[n];
            double nextValue;
            while (true) {
                for (int i = 0; i < n; i++) next[i] = x[i] + length * direction[i];
                nextValue = objective(rows, targets, penalty, next, nextGradient);
                if (nextValue <= value + ARMIJO * length * slope || length < 1e-12) break;
                length /= 2;
            }
            if (!(nextValue < value) && largest(nextGradient) >= largest(gradient)) {
                break; // at the precision of float64
            }
            Step made = Step.of(x, next, gradient, nextGradient);
            if (made.curvature > 0) memory.addLast(made);
            if (memory.size() > MEMORY) memory.removeFirst();
            x = next;
            gradient = nextGradient;
            value = nextValue;
        }
        return new LogisticRegression(java.util.Arrays.copyOf(x, n - 1), x[n - 1]);
    }

    /// A model that knows nothing.
    static LogisticRegression zero(int columns) {
        return new LogisticRegression(new double[columns], 0);
    }

    /// The logarithm of the odds.
    double score(float[] row) {
        return dot(row, weights) + bias;
    }

    /// `log(1 + exp(score)) - target · score`: the surprise at a target.
    static double loss(double score, double target) {
        return Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - target * score;
    }

    static double probability(double score) {
        return 1 / (1 + Math.exp(-score));
    }

    /// The objective at `x`; its gradient goes to `gradient`.
    static double objective(
            float[][] rows, double[] targets, double penalty, double[] x, double[] gradient) {
        int columns = x.length - 1;
        java.util.Arrays.fill(gradient, 0);
        double sum = 0;
        for (int row = 0; row < rows.length; row++) {
            float[] inputs = rows[row];
            double score = dot(inputs, x) + x[columns];
            sum += loss(score, targets[row]);
            double error = (probability(score) - targets[row]) / rows.length;
            for (int i = 0; i < columns; i++) gradient[i] += error * inputs[i];
            gradient[columns] += error;
        }
        double squares = 0;
        for (int i = 0; i < columns; i++) {
            squares += x[i] * x[i];
            gradient[i] += penalty * x[i];
        }
        return sum / rows.length + penalty / 2 * squares;
    }

    /// A step that was taken: `s`, the change of place, `y`, that of the gradient.
    @SuppressWarnings("ArrayRecordComponent") // private to the search
    private record Step(double[] s, double[] y, double curvature) {
        static Step of(double[] from, double[] to, double[] gradient, double[] nextGradient) {
            double[] s = new double[from.length];
            double[] y = new double[from.length];
            for (int i = 0; i < s.length; i++) {
                s[i] = to[i] - from[i];
                y[i] = nextGradient[i] - gradient[i];
            }
            return new Step(s, y, dot(s, y));
        }
    }

    /// Minus the inverse Hessian, as the steps tell it, times the gradient: the two-loop recursion.
    private static double[] direction(double[] gradient, Deque<Step> memory) {
        double[] q = gradient.clone();
        double[] alphas = new double[memory.size()];
        int i = memory.size();
        for (Iterator<Step> back = memory.descendingIterator(); back.hasNext(); ) {
            Step step = back.next();
            i--;
            alphas[i] = dot(step.s, q) / step.curvature;
            add(q, -alphas[i], step.y);
        }
        if (!memory.isEmpty()) {
            Step last = memory.getLast();
            double scale = last.curvature / dot(last.y, last.y);
            for (int j = 0; j < q.length; j++) q[j] *= scale;
        }
        for (Step step : memory) {
            add(q, alphas[i] - dot(step.y, q) / step.curvature, step.s);
            i++;
        }
        for (int j = 0; j < q.length; j++) q[j] = -q[j];
        return q;
    }

    private static void add(double[] to, double factor, double[] what) {
        for (int i = 0; i < to.length; i++) to[i] += factor * what[i];
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// Of as many as `a` has; four sums side by side keep the processor busy.
    private static double dot(float[] a, double[] b) {
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int i = 0;
        for (; i + 3 < a.length; i += 4) {
            sum0 += a[i] * b[i];
            sum1 += a[i + 1] * b[i + 1];
            sum2 += a[i + 2] * b[i + 2];
            sum3 += a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) sum0 += a[i] * b[i];
        return sum0 + sum1 + sum2 + sum3;
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) largest = Math.max(largest, Math.abs(value));
        return largest;
    }
}
