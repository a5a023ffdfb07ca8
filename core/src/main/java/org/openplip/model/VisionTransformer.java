package org.openplip.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openplip.io.DataException;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Weights;

/// A vision transformer (Dosovitskiy et al. 2021, "An image is worth 16x16 words") as torchvision
/// has it, whose parameters can be trained: float32, exactly as in the state dict. It ends at the
/// class token after the last normalisation; the head that sorts it into classes is left out. For
/// encoding alone, [VisionTransformerEncoder] holds the same model in a form that is faster.
///
/// Owns its parameters; close it to free them. Several threads may embed at the same time, each in
/// a [Scope] of its own, while nobody changes the parameters.
public final class VisionTransformer implements AutoCloseable {
    /// torchvision's; CLIP's is ten times that.
    private static final double LAYER_NORM_EPSILON = 1e-6;

    private static final String CLASS_TOKEN = "class_token";
    private static final String PATCHES = "conv_proj";
    private static final String POSITIONS = "encoder.pos_embedding";
    private static final String LAYER = "encoder.layers.encoder_layer_";
    private static final String LAST_NORM = "encoder.ln";

    private final ClipConfig.Vision config;
    private final Map<String, Tensor> parameters;
    private final Scope owner;

    private VisionTransformer(
            ClipConfig.Vision config, Map<String, Tensor> parameters, Scope owner) {
        this.config = config;
        this.parameters = Collections.unmodifiableMap(parameters);
        this.owner = owner;
    }

    // ---- making ---------------------------------------------------------------------------

    /// Whether `weights` hold torchvision's vision transformer, going by their names.
    public static boolean isIn(Weights weights) {
        return weights.names().stream().anyMatch(name -> name.endsWith(POSITIONS));
    }

    /// The model in a state dict of torchvision's names, old or new, which may begin with
    /// `module.`. Its head (`heads.`) is left out. The state dict does not tell the number of
    /// attention heads, which is taken from the width of the published models: B, L and H.
    ///
    /// @throws DataException if the width is another, or a tensor is missing, unexpected or of a
    ///   shape that does not fit
    public static VisionTransformer of(Weights weights) throws DataException {
        StateDict dict = stateDict(weights);
        int width = (int) dict.shape(CLASS_TOKEN, 3)[2];
        return switch (width) {
            case 768 -> of(dict, 12);
            case 1024, 1280 -> of(dict, 16);
            default ->
                    throw new DataException(
                            weights.file(),
                            CLASS_TOKEN,
                            "expected a width of 768, 1024 or 1280, got " + width);
        };
    }

    /// As [#of(Weights)], with that number of attention heads.
    public static VisionTransformer of(Weights weights, int heads) throws DataException {
        return of(stateDict(weights), heads);
    }

    private static StateDict stateDict(Weights weights) throws DataException {
        return new StateDict(
                weights,
                name ->
                        name.replace(".mlp.linear_1.", ".mlp.0.")
                                .replace(".mlp.linear_2.", ".mlp.3."));
    }

    private static VisionTransformer of(StateDict dict, int heads) throws DataException {
        ClipConfig.Vision config = config(dict, heads);
        Scope owner = Scope.holder();
        VisionTransformer made = null;
        try {
            Map<String, Tensor> parameters = new LinkedHashMap<>();
            for (Map.Entry<String, long[]> entry : shapes(config).entrySet()) {
                try (Scope _ = Scope.open()) {
                    Tensor parameter = dict.tensor(entry.getKey(), entry.getValue());
                    parameters.put(entry.getKey(), owner.keep(parameter).requireGradient());
                }
            }
            dict.checkAllRead(name -> name.startsWith("heads."));
            made = new VisionTransformer(config, parameters, owner);
            return made;
        } finally {
            if (made == null) owner.close();
        }
    }

    private static ClipConfig.Vision config(StateDict dict, int heads) throws DataException {
        long[] patches = dict.shape(PATCHES + ".weight", 4);
        int depth = 0;
        while (dict.contains(LAYER + depth + ".ln_1.weight")) depth++;
        int side = (int) Math.round(Math.sqrt(dict.shape(POSITIONS, 3)[1] - 1.0));
        try {
            return new ClipConfig.Vision(
                    (int) patches[0],
                    (int) dict.shape(LAYER + "0.mlp.0.weight", 2)[0],
                    depth,
                    heads,
                    side * (int) patches[2],
                    (int) patches[2],
                    Activation.GELU,
                    LAYER_NORM_EPSILON);
        } catch (IllegalArgumentException e) {
            throw dict.wrong(e);
        }
    }

    /// The parameters by torchvision's present names, in the order of the computation.
    private static Map<String, long[]> shapes(ClipConfig.Vision config) {
        int w = config.width();
        int inner = config.innerWidth();
        int p = config.patchSize();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(CLASS_TOKEN, new long[] {1, 1, w});
        shapes.put(PATCHES + ".weight", new long[] {w, 3, p, p});
        shapes.put(PATCHES + ".bias", new long[] {w});
        shapes.put(POSITIONS, new long[] {1, config.tokens(), w});
        for (int i = 0; i < config.depth(); i++) {
            String layer = LAYER + i;
            putNorm(shapes, layer + ".ln_1", w);
            shapes.put(layer + ".self_attention.in_proj_weight", new long[] {3L * w, w});
            shapes.put(layer + ".self_attention.in_proj_bias", new long[] {3L * w});
            putLinear(shapes, layer + ".self_attention.out_proj", w, w);
            putNorm(shapes, layer + ".ln_2", w);
            putLinear(shapes, layer + ".mlp.0", inner, w);
            putLinear(shapes, layer + ".mlp.3", w, inner);
        }
        putNorm(shapes, LAST_NORM, w);
        return shapes;
    }

    private static void putNorm(Map<String, long[]> shapes, String name, int width) {
        shapes.put(name + ".weight", new long[] {width});
        shapes.put(name + ".bias", new long[] {width});
    }

    private static void putLinear(Map<String, long[]> shapes, String name, int out, int in) {
        shapes.put(name + ".weight", new long[] {out, in});
        shapes.put(name + ".bias", new long[] {out});
    }

    // ---- looking --------------------------------------------------------------------------

    public ClipConfig.Vision config() {
        return config;
    }

    /// The parameters by torchvision's present names, in the order of the computation.
    public Map<String, Tensor> parameters() {
        return parameters;
    }

    // ---- computing ------------------------------------------------------------------------

    /// Embeddings float32 `[b, width]`, not of unit length, of normalised pixels float32 `[b, 3,
    /// size, size]`; differentiable.
    public Tensor embeddings(Tensor pixels) {
        return Tower.of(new TrainableSource(parameters), config).apply(pixels);
    }

    Tensor parameter(String name) {
        return new TrainableSource(parameters).parameter(name);
    }

    /// From pixels to embeddings, in reading order. In shapes, `b` is the batch, `t` tokens, `w`
    /// the width.
    record Tower(
            ClipConfig.Vision config,
            ClipTowers.Linear patches, // 3 p p -> w
            Tensor classToken, // [1, 1, w]
            Tensor positions, // [1, t, w]
            List<ClipTowers.Block> blocks,
            ClipTowers.Norm after) {

        static Tower of(ClipTowers.Source source, ClipConfig.Vision config) {
            Tensor weight = source.parameter(PATCHES + ".weight"); // [w, 3, p, p]
            List<ClipTowers.Block> blocks = new ArrayList<>();
            for (int i = 0; i < config.depth(); i++) {
                blocks.add(block(source, LAYER + i, config));
            }
            return new Tower(
                    config,
                    source.linear(
                            weight.reshape(config.width(), -1),
                            source.parameter(PATCHES + ".bias")),
                    source.hold(source.parameter(CLASS_TOKEN)),
                    source.hold(source.parameter(POSITIONS)),
                    blocks,
                    ClipTowers.Norm.of(source, LAST_NORM, config.layerNormEpsilon()));
        }

        private static ClipTowers.Block block(
                ClipTowers.Source source, String name, ClipConfig.Vision config) {
            String attention = name + ".self_attention.";
            return new ClipTowers.Block(
                    ClipTowers.Norm.of(source, name + ".ln_1", config.layerNormEpsilon()),
                    source.blockLinear(
                            source.parameter(attention + "in_proj_weight"), // [3 w, w]
                            source.parameter(attention + "in_proj_bias")), // [3 w]
                    new ClipTowers.Rest(
                            linear(source, attention + "out_proj"),
                            ClipTowers.Norm.of(source, name + ".ln_2", config.layerNormEpsilon()),
                            linear(source, name + ".mlp.0"),
                            linear(source, name + ".mlp.3"),
                            config.activation(),
                            config.heads()));
        }

        private static ClipTowers.Linear linear(ClipTowers.Source source, String name) {
            return source.blockLinear(
                    source.parameter(name + ".weight"), source.parameter(name + ".bias"));
        }

        /// Normalised pixels `[b, 3, size, size]` to the tokens that the blocks read, `[b, t, w]`.
        Tensor start(Tensor pixels) {
            return ClipTowers.tokens(
                    patches.apply(ClipTowers.patches(pixels, config.patchSize())),
                    classToken,
                    positions);
        }

        /// Normalised pixels `[b, 3, size, size]` to embeddings `[b, w]`.
        Tensor apply(Tensor pixels) {
            Clip.checkPixels(config, pixels);
            Tensor x = start(pixels);
            for (ClipTowers.Block block : blocks) {
                Tensor before = x;
                x = Scope.resultOf(() -> block.apply(before, null));
            }
            return after.apply(x.select(1, 0));
        }
    }

    /// Frees the parameters.
    @Override
    public void close() {
        owner.close();
    }
}
