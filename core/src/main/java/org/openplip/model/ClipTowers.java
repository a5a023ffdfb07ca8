package org.openplip.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.Tensor;

/// CLIP's two towers in reading order (Radford et al. 2021, "Learning transferable visual models
/// from natural language supervision"). In shapes, `b` is the batch, `t` tokens, `w` a tower's
/// width, `h` heads.
///
/// The towers are made anew from the parameters in each training step, so that gradients flow back
/// through the making, and once for inference. What is made: the three attention matrices become
/// one, and QuickGELU, which is `silu(1.702 x) / 1.702`, hands its two factors to the matrices
/// around it.
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

        /// The matrix `weight` `[out, in]` and the bias `[out]` as the towers shall hold them.
        Linear linear(Tensor weight, @Nullable Tensor bias);
    }

    /// An affine map of the last axis.
    @FunctionalInterface
    interface Linear {
        /// `[.., in]` to `[.., out]`.
        Tensor apply(Tensor x);
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

    /// A transformer's block, normalised before each part.
    record Block(
            Norm norm1,
            Linear queryKeyValue, // w -> 3 w
            Linear out, // w -> w
            Norm norm2,
            Linear inner, // w -> inner width
            Activation activation,
            Linear outer, // inner width -> w
            int heads,
            boolean causal) {

        static List<Block> all(
                Source source,
                String prefix,
                int depth,
                int heads,
                Activation activation,
                double epsilon,
                boolean causal) {
            List<Block> blocks = new ArrayList<>();
            for (int i = 0; i < depth; i++) {
                blocks.add(of(source, prefix + i, heads, activation, epsilon, causal));
            }
            return blocks;
        }

        private static Block of(
                Source source,
                String name,
                int heads,
                Activation activation,
                double epsilon,
                boolean causal) {
            String attention = name + ".self_attn.";
            Tensor weight1 = source.parameter(name + ".mlp.fc1.weight");
            Tensor bias1 = source.parameter(name + ".mlp.fc1.bias");
            Tensor weight2 = source.parameter(name + ".mlp.fc2.weight");
            Tensor bias2 = source.parameter(name + ".mlp.fc2.bias");
            if (activation == Activation.QUICK_GELU) {
                weight1 = weight1.multiply(QUICK_GELU);
                bias1 = bias1.multiply(QUICK_GELU);
                weight2 = weight2.multiply(1 / QUICK_GELU);
            }
            return new Block(
                    Norm.of(source, name + ".layer_norm1", epsilon),
                    source.linear(
                            joined(source, attention, ".weight"), // [3 w, w]
                            joined(source, attention, ".bias")), // [3 w]
                    source.linear(
                            source.parameter(attention + "out_proj.weight"),
                            source.parameter(attention + "out_proj.bias")),
                    Norm.of(source, name + ".layer_norm2", epsilon),
                    source.linear(weight1, bias1),
                    activation,
                    source.linear(weight2, bias2),
                    heads,
                    causal);
        }

        private static Tensor joined(Source source, String attention, String kind) {
            return Tensor.concatenate(
                    0,
                    List.of(
                            source.parameter(attention + "q_proj" + kind),
                            source.parameter(attention + "k_proj" + kind),
                            source.parameter(attention + "v_proj" + kind)));
        }

        /// `[b, t, w]` to `[b, t, w]`.
        Tensor apply(Tensor x) {
            x = x.add(attend(norm1.apply(x)));
            Tensor hidden = inner.apply(norm2.apply(x)); // [b, t, inner width]
            hidden =
                    switch (activation) {
                        case QUICK_GELU -> hidden.silu(); // its factors are in the matrices
                        case GELU -> hidden.gelu();
                    };
            return x.add(outer.apply(hidden));
        }

        private Tensor attend(Tensor x) {
            long b = x.size(0);
            long t = x.size(1);
            long w = x.size(2);
            Tensor parts =
                    queryKeyValue
                            .apply(x) // [b, t, 3 w]
                            .reshape(b, t, 3, heads, w / heads)
                            .permute(2, 0, 3, 1, 4); // [3, b, h, t, w / h]
            Tensor seen =
                    Tensor.attention(
                            parts.select(0, 0), parts.select(0, 1), parts.select(0, 2), causal);
            return out.apply(seen.transpose(1, 2).reshape(b, t, w));
        }
    }

    /// From pixels to embeddings.
    record Vision(
            ClipConfig.Vision config,
            Linear patches, // 3 p p -> w
            Tensor classToken, // [w]
            Tensor positions, // [t, w]
            Norm before,
            List<Block> blocks,
            Norm after,
            Linear projection) { // w -> projection width

        static Vision of(Source source, ClipConfig.Vision config) {
            String model = "vision_model.";
            double epsilon = config.layerNormEpsilon();
            return new Vision(
                    config,
                    source.linear(
                            source.parameter(model + "embeddings.patch_embedding.weight")
                                    .reshape(config.width(), -1),
                            null),
                    source.hold(source.parameter(model + "embeddings.class_embedding")),
                    source.hold(source.parameter(model + "embeddings.position_embedding.weight")),
                    Norm.of(source, model + "pre_layrnorm", epsilon),
                    Block.all(
                            source,
                            model + "encoder.layers.",
                            config.depth(),
                            config.heads(),
                            config.activation(),
                            epsilon,
                            false),
                    Norm.of(source, model + "post_layernorm", epsilon),
                    source.linear(source.parameter("visual_projection.weight"), null));
        }

        /// Normalised pixels `[b, 3, size, size]` to the tokens that the blocks read, `[b, t, w]`,
        /// without the normalisation before them.
        static Tensor tokens(
                ClipConfig.Vision config,
                Tensor pixels,
                Linear patches,
                Tensor classToken,
                Tensor positions) {
            long b = pixels.size(0);
            long p = config.patchSize();
            long side = config.imageSize() / p;
            Tensor x =
                    pixels.reshape(b, 3, side, p, side, p)
                            .permute(0, 2, 4, 1, 3, 5) // [b, side, side, 3, p, p]
                            .reshape(b, side * side, 3 * p * p);
            Tensor first = classToken.expand(b, 1, config.width());
            return Tensor.concatenate(1, List.of(first, patches.apply(x))).add(positions);
        }

        /// Normalised pixels `[b, 3, size, size]` to embeddings `[b, projection width]`, not of
        /// unit length.
        Tensor apply(Tensor pixels) {
            Tensor x = before.apply(tokens(config, pixels, patches, classToken, positions));
            for (Block block : blocks) x = block.apply(x);
            return projection.apply(after.apply(x.select(1, 0)));
        }
    }

    /// From token ids to embeddings.
    record Text(
            ClipConfig.Text config,
            Tensor tokens, // [vocabulary, w]
            Tensor positions, // [context, w]
            List<Block> blocks,
            Norm after,
            Linear projection) { // w -> projection width

        static Text of(Source source, ClipConfig.Text config) {
            String model = "text_model.";
            double epsilon = config.layerNormEpsilon();
            return new Text(
                    config,
                    source.hold(source.parameter(model + "embeddings.token_embedding.weight")),
                    source.hold(source.parameter(model + "embeddings.position_embedding.weight")),
                    Block.all(
                            source,
                            model + "encoder.layers.",
                            config.depth(),
                            config.heads(),
                            config.activation(),
                            epsilon,
                            true),
                    Norm.of(source, model + "final_layer_norm", epsilon),
                    source.linear(source.parameter("text_projection.weight"), null));
        }

        /// Rows of ids `[b, t]`, `t` at most the context, to embeddings `[b, projection width]`,
        /// not of unit length. No token sees those after it, so what follows the end of every row's
        /// text is left out.
        Tensor apply(Tensor ids) {
            int b = (int) ids.size(0);
            int given = (int) ids.size(1);
            long[] values = ids.longs();
            int[] ends = new int[b];
            int t = 1;
            for (int i = 0; i < b; i++) {
                ends[i] = config.endOfText(values, i * given, given);
                t = Math.max(t, ends[i] + 1);
            }
            Tensor x = tokens.embed(ids.narrow(1, 0, t)).add(positions.narrow(0, 0, t));
            for (Block block : blocks) x = block.apply(x); // [b, t, w]
            long[] last = new long[b];
            for (int i = 0; i < b; i++) last[i] = (long) i * t + ends[i];
            x = x.reshape((long) b * t, config.width()).rows(Tensor.of(last, b)); // [b, w]
            return projection.apply(after.apply(x));
        }
    }
}
