package org.openplip.model;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// What a batch of pairs is punished for, image `i` belonging to text `i`. With `x` and `y` the
/// embeddings of unit length, `t` the logit scale, `b` the logit bias and `n` the pairs:
public enum ContrastiveLoss {
    /// The mean of the two cross-entropies of `t x_i · y_j`, over the texts of each image and over
    /// the images of each text (Radford et al. 2021, figure 3).
    CROSS_ENTROPY,
    /// The sum over all `i` and `j` of `-ln sigmoid(z_ij (t x_i · y_j + b))`, `z` being 1 where `i
    /// = j`, else -1, divided by `n` (Zhai et al. 2023, "Sigmoid loss for language image
    /// pre-training", algorithm 1). `t` starts from 10 and `b` from -10.
    SIGMOID;

    static final double SIGMOID_LOG_LOGIT_SCALE = Math.log(10);
    static final double SIGMOID_LOGIT_BIAS = -10;

    // Rows of the matrix of logits that are there at a time: 32,768 pairs would need 4 GiB for it.
    private static final int ROWS = 1024;

    /// The loss of embeddings that tell no pair from another, for `n` pairs and the best bias: `ln
    /// n`; for the sigmoid `ln n + (n - 1) ln(n / (n - 1))`. Example: 4.85 and 5.85 for 128 pairs.
    public double ofGuessing(int n) {
        return switch (this) {
            case CROSS_ENTROPY -> Math.log(n);
            case SIGMOID -> Math.log(n) + (n - 1) * Math.log(n / (n - 1.0));
        };
    }

    /// What the loss of embeddings depends on besides.
    ///
    /// @param logScale the logarithm of the logit scale, of no axes
    /// @param bias of no axes; null for the cross-entropy
    /// @param same numbers of captions and of pictures, int64 `[n]` each; pairs that share one are
    ///   no negatives of each other: their logits are left out of the softmax, their terms out of
    ///   the sum. Empty where all pairs are told apart
    record Terms(Tensor logScale, @Nullable Tensor bias, List<Tensor> same) {}

    /// The loss of embeddings float32 `[n, width]` of any length, without gradients.
    double of(Tensor images, Tensor texts, Terms terms) {
        try (NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            Tensor x = images.unitLength();
            Tensor y = texts.unitLength();
            long n = x.size(0);
            double sum = 0;
            for (long first = 0; first < n; first += ROWS) {
                try (Scope _ = Scope.open()) {
                    sum += part(x, y, first, Math.min(ROWS, n - first), terms).item();
                }
            }
            return sum;
        }
    }

    /// A loss, and its gradients with respect to the embeddings that it was computed of.
    record Gradients(double loss, Tensor images, Tensor texts) {}

    /// What the pairs from `from` to before `to` have in the loss of embeddings float32 `[n,
    /// width]` of any length, each told from all `n`: the shares of all pairs sum to the loss. With
    /// its gradients, in the innermost scope; those of scale and bias are collected where these
    /// require them.
    Gradients gradients(Tensor images, Tensor texts, Terms terms, long from, long to) {
        Tensor imageLeaf = images.detach().requireGradient();
        Tensor textLeaf = texts.detach().requireGradient();
        Tensor unitImages = imageLeaf.unitLength();
        Tensor unitTexts = textLeaf.unitLength();
        Tensor x = unitImages.detach().requireGradient();
        Tensor y = unitTexts.detach().requireGradient();
        double loss = 0;
        for (long first = from; first < to; first += ROWS) {
            try (Scope _ = Scope.open()) {
                Tensor part = part(x, y, first, Math.min(ROWS, to - first), terms);
                part.backward();
                loss += part.item();
            }
        }
        unitImages.backward(collected(x));
        unitTexts.backward(collected(y));
        return new Gradients(loss, collected(imageLeaf), collected(textLeaf));
    }

    private static Tensor collected(Tensor leaf) {
        return Objects.requireNonNull(leaf.gradient());
    }

    /// What `rows` rows from `first` on add to the loss of `x` and `y`, both of unit length.
    private Tensor part(Tensor x, Tensor y, long first, long rows, Terms terms) {
        long n = x.size(0);
        Tensor scale = terms.logScale.exp();
        long[] numbers = new long[Math.toIntExact(n)];
        Arrays.setAll(numbers, i -> i);
        Tensor columns = Tensor.of(numbers, n);
        Tensor matches = columns.narrow(0, first, rows); // [rows]
        Tensor own = matches.reshape(rows, 1).equalTo(columns.reshape(1, n)); // [rows, n]
        Tensor left = leftOut(own, first, rows, terms.same);
        return switch (this) {
            case CROSS_ENTROPY -> {
                Tensor ofImages = logits(x.narrow(0, first, rows), y, scale);
                Tensor ofTexts =
                        rows == n
                                ? ofImages.transpose(0, 1)
                                : logits(y.narrow(0, first, rows), x, scale);
                yield rowLoss(ofImages, matches, left)
                        .add(rowLoss(ofTexts, matches, left))
                        .multiply(0.5 * rows / n);
            }
            case SIGMOID -> {
                Tensor bias = Objects.requireNonNull(terms.bias, "bias");
                Tensor logits = logits(x.narrow(0, first, rows), y, scale).add(bias);
                Tensor signs = own.to(ElementType.F32).multiply(2).addInPlace(-1);
                Tensor fit = logits.multiply(signs).logSigmoid();
                yield (left == null ? fit : fit.fill(left, 0)).sum().multiply(-1.0 / n);
            }
        };
    }

    private static Tensor logits(Tensor rows, Tensor columns, Tensor scale) {
        return rows.matmul(columns.transpose(0, 1)).multiply(scale); // [rows, n]
    }

    private static Tensor rowLoss(Tensor logits, Tensor matches, @Nullable Tensor leftOut) {
        return (leftOut == null ? logits : logits.fill(leftOut, Double.NEGATIVE_INFINITY))
                .crossEntropy(matches);
    }

    /// Where a row and another share a number: booleans `[rows, n]`, or null where nothing is
    /// shared.
    private static @Nullable Tensor leftOut(Tensor own, long first, long rows, List<Tensor> same) {
        Tensor shared = null;
        for (Tensor numbers : same) {
            Tensor equal =
                    numbers.narrow(0, first, rows)
                            .reshape(rows, 1)
                            .equalTo(numbers.reshape(1, numbers.size(0)));
            shared = shared == null ? equal : shared.or(equal);
        }
        return shared == null ? null : shared.and(own.not());
    }
}
