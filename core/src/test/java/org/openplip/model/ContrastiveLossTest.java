package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// Losses against sums written out in double precision, gradients against their differences.
class ContrastiveLossTest {
    private static final int WIDTH = 5;

    /// Everything that the loss depends on: images, texts, logarithm of the scale, bias.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Case(double[] values, int n, long[] captions, long[] groups) {
        static Case of(int n, long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            double[] values = new double[2 * n * WIDTH + 2];
            // Rounded to float32, so that both sides start from the same numbers.
            for (int i = 0; i < values.length; i++) values[i] = (float) random.nextGaussian();
            values[values.length - 2] = (float) 1.3;
            values[values.length - 1] = (float) -1.7;
            long[] captions = new long[n];
            long[] groups = new long[n];
            for (int i = 0; i < n; i++) {
                captions[i] = random.nextInt(n);
                groups[i] = random.nextInt(2 * n);
            }
            return new Case(values, n, captions, groups);
        }

        double cosine(double[] v, int image, int text) {
            double dot = 0;
            double x = 0;
            double y = 0;
            for (int d = 0; d < WIDTH; d++) {
                double a = v[image * WIDTH + d];
                double b = v[(n + text) * WIDTH + d];
                dot += a * b;
                x += a * a;
                y += b * b;
            }
            return dot / Math.sqrt(x * y);
        }

        boolean leftOut(boolean same, int i, int j) {
            return same && i != j && (captions[i] == captions[j] || groups[i] == groups[j]);
        }

        double loss(ContrastiveLoss loss, boolean same, double[] v) {
            double scale = Math.exp(v[v.length - 2]);
            double bias = v[v.length - 1];
            double sum = 0;
            for (int i = 0; i < n; i++) {
                double overTexts = 0;
                double overImages = 0;
                for (int j = 0; j < n; j++) {
                    if (leftOut(same, i, j)) continue;
                    switch (loss) {
                        case CROSS_ENTROPY -> {
                            overTexts += Math.exp(scale * cosine(v, i, j));
                            overImages += Math.exp(scale * cosine(v, j, i));
                        }
                        case SIGMOID -> {
                            double logit = scale * cosine(v, i, j) + bias;
                            sum += Math.log1p(Math.exp(i == j ? -logit : logit)) / n;
                        }
                    }
                }
                if (loss == ContrastiveLoss.CROSS_ENTROPY) {
                    double own = scale * cosine(v, i, i);
                    sum += (Math.log(overTexts) - own + Math.log(overImages) - own) / (2 * n);
                }
            }
            return sum;
        }
    }

    private static float[] floats(double[] values, int from, int to) {
        float[] floats = new float[to - from];
        for (int i = from; i < to; i++) floats[i - from] = (float) values[i];
        return floats;
    }

    @ParameterizedTest
    @CsvSource({"CROSS_ENTROPY, false", "CROSS_ENTROPY, true", "SIGMOID, false", "SIGMOID, true"})
    void isTheSumWrittenOutAndItsGradientTheDifferences(ContrastiveLoss loss, boolean same) {
        int n = 7;
        Case all = Case.of(n, 5);
        double[] v = all.values;
        double expected = all.loss(loss, same, v);
        if (same) assertThat(expected).isLessThan(all.loss(loss, false, v) - 1e-3);
        try (Scope _ = Scope.open()) {
            Tensor scale = Tensor.of(floats(v, v.length - 2, v.length - 1)).requireGradient();
            Tensor bias = Tensor.of(floats(v, v.length - 1, v.length)).requireGradient();
            ContrastiveLoss.Terms terms =
                    new ContrastiveLoss.Terms(
                            scale,
                            loss == ContrastiveLoss.SIGMOID ? bias : null,
                            same
                                    ? List.of(Tensor.of(all.captions, n), Tensor.of(all.groups, n))
                                    : List.of());
            Tensor images = Tensor.of(floats(v, 0, n * WIDTH), n, WIDTH);
            Tensor texts = Tensor.of(floats(v, n * WIDTH, 2 * n * WIDTH), n, WIDTH);
            ContrastiveLoss.Gradients actual = loss.gradients(images, texts, terms, 0, n);
            assertThat(actual.loss()).isCloseTo(expected, within(1e-6 * expected));
            assertThat(loss.of(images, texts, terms)).isCloseTo(expected, within(1e-6 * expected));

            float[] gradient = new float[v.length];
            System.arraycopy(actual.images().floats(), 0, gradient, 0, n * WIDTH);
            System.arraycopy(actual.texts().floats(), 0, gradient, n * WIDTH, n * WIDTH);
            gradient[v.length - 2] = (float) Objects.requireNonNull(scale.gradient()).item();
            boolean biased = loss == ContrastiveLoss.SIGMOID;
            if (biased) {
                gradient[v.length - 1] = (float) Objects.requireNonNull(bias.gradient()).item();
            }
            for (int i = 0; i < v.length; i++) {
                double step = 1e-5;
                double[] up = v.clone();
                double[] down = v.clone();
                up[i] += step;
                down[i] -= step;
                double difference = all.loss(loss, same, up) - all.loss(loss, same, down);
                assertThat((double) gradient[i])
                        .as("gradient of value %d", i)
                        .isCloseTo(difference / (2 * step), within(1e-6));
            }
        }
    }

    /// 1,500 pairs go through in two pieces.
    @ParameterizedTest
    @CsvSource({"CROSS_ENTROPY", "SIGMOID"})
    void isTheSameInPieces(ContrastiveLoss loss) {
        int n = 1500;
        Case all = Case.of(n, 6);
        double expected = all.loss(loss, true, all.values);
        try (Scope _ = Scope.open()) {
            Tensor images = Tensor.of(floats(all.values, 0, n * WIDTH), n, WIDTH);
            Tensor texts = Tensor.of(floats(all.values, n * WIDTH, 2 * n * WIDTH), n, WIDTH);
            int last = all.values.length;
            ContrastiveLoss.Terms terms =
                    new ContrastiveLoss.Terms(
                            Tensor.of(floats(all.values, last - 2, last - 1)),
                            loss == ContrastiveLoss.SIGMOID
                                    ? Tensor.of(floats(all.values, last - 1, last))
                                    : null,
                            List.of(Tensor.of(all.captions, n), Tensor.of(all.groups, n)));
            assertThat(loss.of(images, texts, terms)).isCloseTo(expected, within(2e-6 * expected));
        }
    }
}
