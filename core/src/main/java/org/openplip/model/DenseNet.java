package org.openplip.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Weights;

/// The features of a DenseNet (Huang et al. 2017, "Densely connected convolutional networks") in
/// reading order, for encoding alone: torchvision's `features`, averaged over the picture, without
/// a ReLU after the last normalisation. With MuDiPath's weights (Mormont et al. 2021) it is the
/// DenseNet-121 that PLIP was compared with, of width 1024.
///
/// The number and the sizes of its layers are those of the weights. Each layer normalises before it
/// convolves; a normalisation that follows a convolution is folded into it, one that precedes a
/// ReLU cannot be. In shapes, `b` is the batch, `c` the channels so far, `h` and `w` the sides.
public final class DenseNet implements ImageTower {
    /// What torchvision's layers add to a variance.
    private static final double EPSILON = 1e-5;

    /// Pictures that go through the layers together: 32 took 1.5 times as long a picture, for the
    /// intermediate results of more leave the caches (docs/LOG.md).
    private static final int GROUP = 8;

    private static final String CONV0 = "features.conv0.weight";

    /// Names of torchvision 0.2 and before: `denselayer1.norm.1.weight` for what is now
    /// `denselayer1.norm1.weight`.
    private static final Pattern OLD_NAME =
            Pattern.compile("(.*\\.denselayer\\d+\\.(?:norm|conv))\\.([12]\\..+)");

    private final Convolution stem; // 3 -> c, half the sides
    private final List<Block> blocks;
    private final Norm last;
    private final int width;
    private final ElementType activations;
    private final Scope owner;

    private DenseNet(
            Convolution stem,
            List<Block> blocks,
            Norm last,
            int width,
            ElementType activations,
            Scope owner) {
        this.stem = stem;
        this.blocks = blocks;
        this.last = last;
        this.width = width;
        this.activations = activations;
        this.owner = owner;
    }

    /// A convolution and what is added to each of its outputs.
    record Convolution(Tensor weight, @Nullable Tensor bias, int stride, int padding) {
        Tensor apply(Tensor x) {
            return x.convolve(weight, bias, stride, padding);
        }
    }

    /// Batch normalisation by the statistics of training; all `[c]`.
    record Norm(Tensor weight, Tensor bias, Tensor mean, Tensor variance) {
        Tensor apply(Tensor x) {
            return x.batchNorm(weight, bias, mean, variance, EPSILON);
        }
    }

    /// What one layer adds to the channels.
    record Layer(
            Norm norm1,
            Convolution conv1, // c -> bottleneck, 1 x 1, with its norm
            Convolution conv2) { // bottleneck -> growth, 3 x 3

        /// `[b, c, h, w]` to `[b, growth, h, w]`.
        Tensor apply(Tensor x) {
            return conv2.apply(conv1.apply(norm1.apply(x).reluInPlace()).reluInPlace());
        }
    }

    /// What halves the channels and the sides between two blocks.
    record Transition(Norm norm, Convolution convolution /* c -> c / 2, 1 x 1 */) {
        /// `[b, c, h, w]` to `[b, c / 2, h / 2, w / 2]`. Pooled before the convolution, not after
        /// as in the paper: both are linear, and a quarter of the work gives the same.
        Tensor apply(Tensor x) {
            return convolution.apply(norm.apply(x).reluInPlace().averagePool(2));
        }
    }

    /// Layers each of which reads what all before it gave.
    record Block(@Nullable Transition before, List<Layer> layers) {
        /// `[b, c, h, w]` to `[b, c + layers · growth, h, w]`, after the transition, which halves
        /// `c`, `h` and `w`.
        Tensor apply(Tensor x) {
            return Scope.resultOf(
                    () -> {
                        List<Tensor> features = new ArrayList<>();
                        features.add(before == null ? x : before.apply(x));
                        for (Layer layer : layers) {
                            features.add(
                                    Scope.resultOf(
                                            () -> layer.apply(Tensor.concatenate(1, features))));
                        }
                        return Tensor.concatenate(1, features);
                    });
        }
    }

    // ---- making ---------------------------------------------------------------------------

    /// Whether `weights` hold torchvision's DenseNet, going by their names.
    public static boolean isIn(Weights weights) {
        return weights.names().stream().anyMatch(name -> name.endsWith(CONV0));
    }

    /// The network in a state dict of torchvision's names, old or new, which may begin with
    /// `module.`. Its classifiers (`classifier.`, MuDiPath's `heads.`) are left out.
    ///
    /// @param precision [Precision#FLOAT32] or [Precision#BF16]
    /// @throws DataException if a tensor is missing, unexpected or of a shape that does not fit
    public static DenseNet of(Weights weights, Precision precision) throws DataException {
        ElementType activations = precision.floatingPoint("a DenseNet");
        StateDict dict =
                new StateDict(weights, name -> OLD_NAME.matcher(name).replaceFirst("$1$2"));
        Scope owner = Scope.holder();
        DenseNet made = null;
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            made = new Reader(dict, owner, activations).denseNet();
            dict.checkAllRead(
                    name ->
                            name.endsWith(".num_batches_tracked")
                                    || name.startsWith("classifier.")
                                    || name.startsWith("heads."));
            return made;
        } finally {
            if (made == null) owner.close();
        }
    }

    /// Makes the parts, in the order of the computation.
    private record Reader(StateDict dict, Scope owner, ElementType activations) {
        DenseNet denseNet() throws DataException {
            long c = dict.shape(CONV0, 4)[0];
            Convolution stem = convolution("conv0", "norm0", c, 3, 7, 2);
            List<Block> blocks = new ArrayList<>();
            for (int i = 1; dict.contains(bottleneck(i, 1)); i++) {
                Transition before = null;
                if (i > 1) {
                    String name = "transition" + (i - 1);
                    Norm norm = norm(name + ".norm", c);
                    long half = c / 2;
                    before = new Transition(norm, convolution(name + ".conv", null, half, c, 1, 1));
                    c = half;
                }
                List<Layer> layers = new ArrayList<>();
                for (int j = 1; dict.contains(bottleneck(i, j)); j++) {
                    String name = "denseblock%d.denselayer%d.".formatted(i, j);
                    long inner = dict.shape(bottleneck(i, j), 4)[0];
                    long growth = dict.shape("features." + name + "conv2.weight", 4)[0];
                    layers.add(
                            new Layer(
                                    norm(name + "norm1", c),
                                    convolution(name + "conv1", name + "norm2", inner, c, 1, 1),
                                    convolution(name + "conv2", null, growth, inner, 3, 1)));
                    c += growth;
                }
                blocks.add(new Block(before, layers));
            }
            return new DenseNet(stem, blocks, norm("norm5", c), (int) c, activations, owner);
        }

        private static String bottleneck(int block, int layer) {
            return "features.denseblock%d.denselayer%d.conv1.weight".formatted(block, layer);
        }

        /// The weights `[out, in, k, k]` of a convolution that keeps the sides but for its stride,
        /// and the normalisation after it, if any: its factor in the weights, the rest as a bias.
        private Convolution convolution(
                String name, @Nullable String normAfter, long out, long in, int k, int stride)
                throws DataException {
            Tensor weight = dict.tensor("features." + name + ".weight", out, in, k, k);
            Tensor bias = null;
            if (normAfter != null) {
                float[] factors = vector(normAfter + ".weight", out);
                float[] shifts = vector(normAfter + ".bias", out);
                float[] means = vector(normAfter + ".running_mean", out);
                float[] variances = vector(normAfter + ".running_var", out);
                for (int i = 0; i < out; i++) {
                    double factor = factors[i] / Math.sqrt(variances[i] + EPSILON);
                    factors[i] = (float) factor;
                    shifts[i] = (float) (shifts[i] - means[i] * factor);
                }
                weight = weight.multiply(Tensor.of(factors, out, 1, 1, 1));
                bias = owner.keep(Tensor.of(shifts, out).to(activations));
            }
            weight = weight.to(activations).channelsLast().copy();
            return new Convolution(owner.keep(weight), bias, stride, k / 2);
        }

        private Norm norm(String name, long c) throws DataException {
            return new Norm(
                    held(name + ".weight", c),
                    held(name + ".bias", c),
                    held(name + ".running_mean", c),
                    held(name + ".running_var", c));
        }

        private Tensor held(String name, long c) throws DataException {
            return owner.keep(dict.tensor("features." + name, c).copy());
        }

        private float[] vector(String name, long c) throws DataException {
            return dict.tensor("features." + name, c).floats();
        }
    }

    // ---- computing ------------------------------------------------------------------------

    @Override
    public int width() {
        return width;
    }

    List<Block> blocks() {
        return blocks;
    }

    /// Normalised pixels `[b, 3, h, w]` to the channels that the first block reads, `[b, c, h / 4,
    /// w / 4]`.
    Tensor start(Tensor pixels) {
        return stem.apply(pixels.to(activations).channelsLast())
                .reluInPlace() // [b, c, h / 2, w / 2]
                .maxPool(3, 2, 1);
    }

    @Override
    public Tensor embeddings(Tensor pixels) {
        List<Tensor> groups = new ArrayList<>();
        for (long start = 0; start < pixels.size(0); start += GROUP) {
            Tensor group = pixels.narrow(0, start, Math.min(GROUP, pixels.size(0) - start));
            groups.add(Scope.resultOf(() -> features(group)));
        }
        return Tensor.concatenate(0, groups);
    }

    /// Normalised pixels `[b, 3, h, w]` to embeddings `[b, width]`.
    private Tensor features(Tensor pixels) {
        Tensor x = start(pixels);
        for (Block block : blocks) x = block.apply(x);
        // The last norm is affine, so that it may as well follow the mean.
        return last.apply(x.to(ElementType.F32).mean(2, 3)); // [b, c]
    }

    @Override
    public void close() {
        owner.close();
    }
}
