package org.openplip.openpath.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LogisticRegressionTest {
    private static final long SEED = 99;

    @SuppressWarnings("ArrayRecordComponent") // read-only
    private record Data(float[][] rows, double[] targets) {}

    private static Data data(int n, int columns) {
        Random random = new Random(SEED);
        float[][] rows = new float[n][columns];
        double[] targets = new double[n];
        for (int i = 0; i < n; i++) {
            double score = 0.3;
            for (int j = 0; j < columns; j++) {
                rows[i][j] = (float) (random.nextGaussian() * (1 + j));
                score += (j % 2 == 0 ? 0.5 : -0.2) * rows[i][j];
            }
            targets[i] = random.nextDouble() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
        }
        return new Data(rows, targets);
    }

    /// The optimum by Newton's method, in which the Hessian is solved with Gauss's elimination.
    private static double[] newton(Data data, double penalty) {
        int m = data.rows[0].length + 1;
        double[] x = new double[m];
        for (int step = 0; step < 50; step++) {
            double[][] system = new double[m][m + 1];
            for (int i = 0; i < data.rows.length; i++) {
                double[] row = new double[m];
                for (int j = 0; j < m - 1; j++) row[j] = data.rows[i][j];
                row[m - 1] = 1;
                double score = 0;
                for (int j = 0; j < m; j++) score += row[j] * x[j];
                double p = 1 / (1 + Math.exp(-score));
                for (int j = 0; j < m; j++) {
                    for (int k = 0; k < m; k++) system[j][k] += p * (1 - p) * row[j] * row[k];
                    system[j][m] += (p - data.targets[i]) * row[j];
                }
            }
            for (int j = 0; j < m; j++) {
                for (int k = 0; k <= m; k++) system[j][k] /= data.rows.length;
                if (j < m - 1) {
                    system[j][j] += penalty;
                    system[j][m] += penalty * x[j];
                }
            }
            for (int pivot = 0; pivot < m; pivot++) {
                for (int j = 0; j < m; j++) {
                    if (j == pivot) continue;
                    double factor = system[j][pivot] / system[pivot][pivot];
                    for (int k = pivot; k <= m; k++) system[j][k] -= factor * system[pivot][k];
                }
            }
            for (int j = 0; j < m; j++) x[j] -= system[j][m] / system[j][j];
        }
        return x;
    }

    @Test
    void findsTheOptimumThatNewtonsMethodFinds() {
        Data data = data(400, 6);
        for (double penalty : new double[] {1, 0.01, 0}) {
            LogisticRegression fitted =
                    LogisticRegression.fit(
                            data.rows, data.targets, penalty, LogisticRegression.zero(6));
            double[] expected = newton(data, penalty);
            for (int j = 0; j < 6; j++) {
                assertThat(fitted.weights()[j])
                        .as("weight %d at penalty %s", j, penalty)
                        .isCloseTo(expected[j], within(1e-6));
            }
            assertThat(fitted.bias()).isCloseTo(expected[6], within(1e-6));
        }
    }

    @Test
    void theGradientIsTheSlopeOfTheObjectiveAndVanishesAtTheOptimum() {
        Data data = data(60, 4);
        double[] x = {0.3, -0.1, 0.2, 0.5, -0.7};
        double[] gradient = new double[5];
        LogisticRegression.objective(data.rows, data.targets, 0.1, x, gradient);
        double[] ignored = new double[5];
        for (int j = 0; j < 5; j++) {
            double[] more = x.clone();
            double[] less = x.clone();
            more[j] += 1e-6;
            less[j] -= 1e-6;
            double slope =
                    (LogisticRegression.objective(data.rows, data.targets, 0.1, more, ignored)
                                    - LogisticRegression.objective(
                                            data.rows, data.targets, 0.1, less, ignored))
                            / 2e-6;
            assertThat(gradient[j]).isCloseTo(slope, within(1e-7));
        }
        LogisticRegression fitted =
                LogisticRegression.fit(data.rows, data.targets, 0.1, LogisticRegression.zero(4));
        double[] at = java.util.Arrays.copyOf(fitted.weights(), 5);
        at[4] = fitted.bias();
        LogisticRegression.objective(data.rows, data.targets, 0.1, at, gradient);
        for (double slope : gradient) {
            assertThat(slope).isCloseTo(0, within(LogisticRegression.GRADIENT));
        }
    }

    @Test
    void largeScoresHaveTheirLossWithoutOverflow() {
        assertThat(LogisticRegression.loss(1000, 1)).isCloseTo(0, within(1e-12));
        assertThat(LogisticRegression.loss(-1000, 1)).isEqualTo(1000);
        assertThat(LogisticRegression.loss(0, 0)).isCloseTo(Math.log(2), within(1e-15));
    }
}
