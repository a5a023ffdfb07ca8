package org.openplip.metrics;

import java.util.SplittableRandom;

/// Draws from binomial and multinomial distributions in a time that does not depend on the number
/// of trials.
///
/// Immutable; safe to share between threads.
final class BinomialSampler {
    /// Below this mean, successes are counted up from 0; above, Hörmann's rejection is faster and
    /// valid.
    private static final double FEW = 10;

    private final double[] logFactorial;

    /// @param mostTrials the largest number of trials that will be asked for
    BinomialSampler(int mostTrials) {
        logFactorial = new double[mostTrials + 1];
        for (int i = 2; i <= mostTrials; i++) logFactorial[i] = logFactorial[i - 1] + Math.log(i);
    }

    /// How often each of `counts.length` outcomes is drawn, when as many cases as there are are
    /// drawn with replacement from cases that have them `counts` times: the first outcome's number
    /// is binomial, and the others share what is left by the same rule.
    void multinomial(SplittableRandom random, int[] counts, int[] drawn) {
        int casesLeft = 0;
        for (int count : counts) casesLeft += count;
        int drawsLeft = casesLeft;
        for (int outcome = 0; outcome < counts.length; outcome++) {
            int count = counts[outcome];
            drawn[outcome] =
                    count == casesLeft
                            ? drawsLeft
                            : binomial(random, drawsLeft, (double) count / casesLeft);
            drawsLeft -= drawn[outcome];
            casesLeft -= count;
        }
    }

    /// Successes among `n` trials of probability `p`.
    int binomial(SplittableRandom random, int n, double p) {
        if (n == 0 || p == 0) return 0;
        if (p > 0.5) return n - binomial(random, n, 1 - p);
        return n * p < FEW ? countUp(random, n, p) : reject(random, n, p);
    }

    private static int countUp(SplittableRandom random, int n, double p) {
        double odds = p / (1 - p);
        double probability = Math.exp(n * Math.log1p(-p)); // of no success; at least exp(-14)
        double u = random.nextDouble();
        int successes = 0;
        while (u > probability && successes < n) {
            u -= probability;
            successes++;
            probability *= odds * (n - successes + 1) / successes;
        }
        return successes;
    }

    /// Transformed rejection with a squeeze: Hörmann, "The generation of binomial random variates",
    /// J. Stat. Comput. Simul. 46 (1993), algorithm BTRS, with its constants.
    private int reject(SplittableRandom random, int n, double p) {
        double deviation = Math.sqrt(n * p * (1 - p));
        double b = 1.15 + 2.53 * deviation;
        double a = -0.0873 + 0.0248 * b + 0.01 * p;
        double c = n * p + 0.5;
        double squeeze = 0.92 - 4.2 / b;
        double alpha = (2.83 + 5.1 / b) * deviation;
        double logOdds = Math.log(p / (1 - p));
        int mode = (int) ((n + 1) * p);
        double highest = logFactorial[mode] + logFactorial[n - mode];
        while (true) {
            double u = random.nextDouble() - 0.5;
            double v = random.nextDouble();
            double edge = 0.5 - Math.abs(u);
            double value = Math.floor((2 * a / edge + b) * u + c);
            if (!(value >= 0 && value <= n)) continue;
            int k = (int) value;
            if (edge >= 0.07 && v <= squeeze) return k;
            double bound = highest - logFactorial[k] - logFactorial[n - k] + (k - mode) * logOdds;
            if (Math.log(v * alpha / (a / (edge * edge) + b)) <= bound) return k;
        }
    }
}
