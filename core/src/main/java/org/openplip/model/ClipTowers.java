package org.openplip.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.Tensor;

/// CLIP's two towers in reading order (Radford et al. 2021, "Learning transferable visual models
/// from natural language supervision"). In shapes, `b` is the batch, `t` tokens, `w` a tower's
/// width, `h` heads.
///
/// The towers are made anew from the parameters in each training step, so that gradients flow back
/// through the making, and once for inference. What is made: the attention matrices of one input
/// become one, and QuickGELU, which is `silu(1.702 x) / 1.702`, hands its two factors to the
/// matrices around it.
final class ClipTowers {
    /// QuickGELU's constant, of OpenAI's CLIP code.
    private static final double QUICK_GELU = 1.702;

    private ClipTowers() {}

    /// Where the towers get their parts from.
    interface Source {
        /// The parameter of that name.
        Tensor parameter(String name);

        /// `parameter` as the towers shall hold it: for adding, looking up, normalising.
        Tensor hold(Tensor parameter);

        /// The matrix `weight` `[out, in]` and the bias `[out]` at a tower's entrance or exit.
        Linear linear(Tensor weight, @Nullable Tensor bias);

        /// The same inside a block, where nearly all of the work is.
        default Linear blockLinear(Tensor weight, Tensor bias) {
            return linear(weight, bias);
        }

        /// What `made` makes; what was needed only on the way may be freed.
        default <T> T part(Supplier<T> made) {
            return made.get();
        }
    }

    /// An affine map of the last axis.
    @FunctionalInterface
    interface Linear {
        /// `[.., in]` to `[.., out]`.
        Tensor apply(Tensor x);

        /// The map, then the nonlinearity. QuickGELU is [Tensor#silu()] here, since its factors are
        /// in the matrices.
        default Tensor apply(Tensor x, Activation activation) {
            return switch (activation) {
                case QUICK_GELU -> apply(x).silu();
                case GELU -> apply(x).gelu();
            };
        }

        /// `residual` plus the map of `x`.
        default Tensor addedTo(Tensor residual, Tensor x) {
            return residual.add(apply(x));
        }
    }

    /// Layer normalisation.
    record Norm(Tensor weight /* [w] */, Tensor bias /* [w] */, double epsilon) {
        static Norm of(Source source, String name, double epsilon) {
            return new Norm(
                    source.hold(source.parameter(name + ".weight")),
                    source.hold(source.parameter(name + ".bias")),
                    epsilon);
        }

        Tensor apply(Tensor x) {
            return x.layerNorm(weight, bias, epsilon);
        }
    }

    /// The shape of a tower's blocks.
    record Shape(String prefix, int depth, int heads, Activation activation, double eps) {}

    /// A stack of blocks, each normalised before its parts, of which one token of each row is used
    /// in the end.
    private record Transformer(List<Block> blocks, LastBlock last) {
        static Transformer of(Source source, Shape shape) {
            List<Block> blocks = new ArrayList<>();
            int last = shape.depth - 1;
            for (int i = 0; i < last; i++) {
                int index = i;
                blocks.add(source.part(() -> Block.of(source, shape, index)));
            }
            return new Transformer(blocks, source.part(() -> LastBlock.of(source, shape, last)));
        }

        /// `[b, t, w]` to `[b, w]`, token `rows[i] - i t` of row `i`, and through the exit.
        ///
        /// @param rows int64 `[b]`, of `x` taken as `[b t, w]`
        /// @param mask of the attention, `[1, 1, t, t]`, or null
        /// @param lastMask of what the one token sees, `[b, 1, 1, t]`, or null
        /// @param exit what follows, `[b, w]` to the tower's result
        Tensor apply(
                Pieces pieces,
                Tensor x,
                Tensor rows,
                @Nullable Tensor mask,
                @Nullable Tensor lastMask,
                UnaryOperator<Tensor> exit) {
            for (Block block : blocks) x = pieces.run(y -> block.apply(y, mask), x);
            return pieces.run(y -> exit.apply(last.apply(y, rows, lastMask)), x);
        }
    }

    /// Self-attention's matrices as one, and the rest of a block.
    record Block(Norm norm, Linear queryKeyValue /* w -> 3 w */, Rest rest) {
        static Block of(Source source, Shape shape, int index) {
            String name = shape.prefix + index;
            return new Block(
                    Norm.of(source, name + ".layer_norm1", shape.eps),
                    joined(source, name, "q_proj", "k_proj", "v_proj"),
                    Rest.of(source, shape, name));
        }

        /// `[b, t, w]` to `[b, t, w]`.
        Tensor apply(Tensor x, @Nullable Tensor mask) {
            Tensor parts = rest.heads(queryKeyValue.apply(norm.apply(x)), 3); // [b, t, 3, h, w / h]
            Tensor seen =
                    Tensor.attention(
                            parts.select(2, 0), parts.select(2, 1), parts.select(2, 2), mask);
            return rest.apply(x, seen.reshape(x.shape()));
        }
    }

    /// The last block: only the token that is used asks, and only it goes through the rest. The
    /// numbers are a [Block]'s, for a sixth of its work.
    private record LastBlock(
            Norm norm, Linear query /* w -> w */, Linear keyValue /* w -> 2 w */, Rest rest) {
        static LastBlock of(Source source, Shape shape, int index) {
            String name = shape.prefix + index;
            return new LastBlock(
                    Norm.of(source, name + ".layer_norm1", shape.eps),
                    joined(source, name, "q_proj"),
                    joined(source, name, "k_proj", "v_proj"),
                    Rest.of(source, shape, name));
        }

        /// `[b, t, w]` to `[b, w]`.
        Tensor apply(Tensor x, Tensor rows, @Nullable Tensor mask) {
            long b = x.size(0);
            long t = x.size(1);
            long w = x.size(2);
            Tensor normal = norm.apply(x);
            Tensor asking = normal.reshape(b * t, w).rows(rows).reshape(b, 1, w);
            Tensor one = rest.heads(query.apply(asking), 1); // [b, 1, 1, h, w / h]
            Tensor parts = rest.heads(keyValue.apply(normal), 2); // [b, t, 2, h, w / h]
            Tensor seen =
                    Tensor.attention(
                            one.select(2, 0), parts.select(2, 0), parts.select(2, 1), mask);
            return rest.apply(x.reshape(b * t, w).rows(rows), seen.reshape(b, w));
        }
    }

    /// What follows attention in a block: the output matrix and the feed-forward part.
    record Rest(
            Linear out, // w -> w
            Norm norm,
            Linear inner, // w -> inner width
            Linear outer, // inner width -> w
            Activation activation,
            int heads) {
        static Rest of(Source source, Shape shape, String name) {
            boolean quick = shape.activation == Activation.QUICK_GELU;
            Tensor weight1 = source.parameter(name + ".mlp.fc1.weight");
            Tensor bias1 = source.parameter(name + ".mlp.fc1.bias");
            Tensor weight2 = source.parameter(name + ".mlp.fc2.weight");
            return new Rest(
                    joined(source, name, "out_proj"),
                    Norm.of(source, name + ".layer_norm2", shape.eps),
                    source.blockLinear(
                            quick ? weight1.multiply(QUICK_GELU) : weight1,
                            quick ? bias1.multiply(QUICK_GELU) : bias1),
                    source.blockLinear(
                            quick ? weight2.multiply(1 / QUICK_GELU) : weight2,
                            source.parameter(name + ".mlp.fc2.bias")),
                    shape.activation,
                    shape.heads);
        }

        /// `[b, t, n w]` to `[b, t, n, h, w / h]`.
        Tensor heads(Tensor x, int n) {
            return x.reshape(x.size(0), x.size(1), n, heads, x.size(2) / n / heads);
        }

        /// `x` `[.., w]` with what attention saw `[.., w]`, to `[.., w]`.
        Tensor apply(Tensor x, Tensor seen) {
            x = out.addedTo(x, seen);
            return outer.addedTo(x, inner.apply(norm.apply(x), activation));
        }
    }

    /// Matrices and biases of a block's attention, one below the other.
    private static Linear joined(Source source, String block, String... names) {
        List<Tensor> weights = new ArrayList<>();
        List<Tensor> biases = new ArrayList<>();
        for (String name : names) {
            weights.add(source.parameter(block + ".self_attn." + name + ".weight"));
            biases.add(source.parameter(block + ".self_attn." + name + ".bias"));
        }
        if (names.length == 1) return source.blockLinear(weights.getFirst(), biases.getFirst());
        return source.blockLinear(Tensor.concatenate(0, weights), Tensor.concatenate(0, biases));
    }

    /// Normalised pixels `[b, 3, size, size]` as patches `[b, n, 3 p p]`, row by row.
    static Tensor patches(Tensor pixels, long p) {
        long b = pixels.size(0);
        long side = pixels.size(2) / p;
        return pixels.reshape(b, 3, side, p, side, p)
                .permute(0, 2, 4, 1, 3, 5) // [b, side, side, 3, p, p]
                .reshape(b, side * side, 3 * p * p);
    }

    /// The tokens that a vision transformer's blocks read, `[b, t, w]`: the class token and the
    /// patches' `[b, t - 1, w]`, each with its position.
    static Tensor tokens(Tensor patches, Tensor classToken, Tensor positions) {
        Tensor first = classToken.expand(patches.size(0), 1, patches.size(2));
        return Tensor.concatenate(1, List.of(first, patches)).add(positions);
    }

    /// From patches to embeddings.
    record Vision(
            ClipConfig.Vision config,
            Linear patches, // 3 p p -> w
            Tensor classToken, // [w]
            Tensor positions, // [t, w]
            Norm before,
            Transformer transformer,
            Norm after,
            Linear projection) { // w -> projection width

        /// @param patches `[b, t - 1, 3 p p]` to `[b, t - 1, w]`, the form of its input being that
        ///   of the caller's patches
        static Vision of(Source source, ClipConfig.Vision config, Linear patches) {
            String model = "vision_model.";
            double epsilon = config.layerNormEpsilon();
            return new Vision(
                    config,
                    patches,
                    source.hold(source.parameter(model + "embeddings.class_embedding")),
                    source.hold(source.parameter(model + "embeddings.position_embedding.weight")),
                    Norm.of(source, model + "pre_layrnorm", epsilon),
                    Transformer.of(
                            source,
                            new Shape(
                                    model + "encoder.layers.",
                                    config.depth(),
                                    config.heads(),
                                    config.activation(),
                                    epsilon)),
                    Norm.of(source, model + "post_layernorm", epsilon),
                    source.linear(source.parameter("visual_projection.weight"), null));
        }

        /// Patches `[b, t - 1, 3 p p]` to embeddings `[b, projection width]`, not of unit length.
        Tensor apply(Tensor x, Pieces pieces) {
            long b = x.size(0);
            x =
                    pieces.run(
                            y -> before.apply(tokens(patches.apply(y), classToken, positions)),
                            x); // [b, t, w]
            long[] classes = new long[(int) b];
            for (int i = 0; i < b; i++) classes[i] = (long) i * config.tokens();
            return transformer.apply(
                    pieces,
                    x,
                    Tensor.of(classes, b),
                    null,
                    null,
                    y -> projection.apply(after.apply(y)));
        }
    }

    /// From token ids to embeddings.
    record Text(
            ClipConfig.Text config,
            Tensor tokens, // [vocabulary, w]
            Tensor positions, // [context, w]
            Transformer transformer,
            Norm after,
            Linear projection) { // w -> projection width

        static Text of(Source source, ClipConfig.Text config) {
            String model = "text_model.";
            double epsilon = config.layerNormEpsilon();
            return new Text(
                    config,
                    source.hold(source.parameter(model + "embeddings.token_embedding.weight")),
                    source.hold(source.parameter(model + "embeddings.position_embedding.weight")),
                    Transformer.of(
                            source,
                            new Shape(
                                    model + "encoder.layers.",
                                    config.depth(),
                                    config.heads(),
                                    config.activation(),
                                    epsilon)),
                    Norm.of(source, model + "final_layer_norm", epsilon),
                    source.linear(source.parameter("text_projection.weight"), null));
        }

        /// Rows of ids `[b, t]`, `t` at most the context, to embeddings `[b, projection width]`,
        /// not of unit length. No token sees those after it, so what follows the end of every row's
        /// text is left out.
        Tensor apply(Tensor ids, Pieces pieces) {
            int b = (int) ids.size(0);
            int given = (int) ids.size(1);
            long[] values = ids.longs();
            long[] ends = new long[b];
            int t = 1;
            for (int i = 0; i < b; i++) {
                ends[i] = config.endOfText(values, i * given, given);
                t = Math.max(t, (int) ends[i] + 1);
            }
            int length = t;
            Tensor x =
                    pieces.run(
                            y -> tokens.embed(y).add(positions.narrow(0, 0, length)),
                            ids.narrow(1, 0, t));
            long[] last = new long[b];
            for (int i = 0; i < b; i++) last[i] = (long) i * t + ends[i];
            return transformer.apply(
                    pieces,
                    x,
                    Tensor.of(last, b),
                    causal(t),
                    upTo(ends, t),
                    y -> projection.apply(after.apply(y)));
        }

        /// Minus infinity where a token would see a later one: `[1, 1, t, t]`.
        private static Tensor causal(int t) {
            float[] mask = new float[t * t];
            for (int i = 0; i < t; i++) {
                for (int j = i + 1; j < t; j++) mask[i * t + j] = Float.NEGATIVE_INFINITY;
            }
            return Tensor.of(mask, 1, 1, t, t);
        }

        /// Minus infinity after the end of each text: `[b, 1, 1, t]`.
        private static Tensor upTo(long[] ends, int t) {
            float[] mask = new float[ends.length * t];
            for (int i = 0; i < ends.length; i++) {
                for (int j = (int) ends[i] + 1; j < t; j++) {
                    mask[i * t + j] = Float.NEGATIVE_INFINITY;
                }
            }
            return Tensor.of(mask, ends.length, 1, 1, t);
        }
    }
}
