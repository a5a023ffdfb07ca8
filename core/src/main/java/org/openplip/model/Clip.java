package org.openplip.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;

/// A CLIP whose parameters can be trained: float32, exactly as in the checkpoint. For encoding
/// alone, [ClipEncoder] holds the same model in a form that is faster.
///
/// Owns its parameters; close it to free them. Several threads may embed at the same time, each in
/// a [Scope] of its own, while nobody changes the parameters.
public final class Clip implements AutoCloseable {
    /// The largest trained logit scale, ln 100 (CLIP, section 2.5).
    static final double HIGHEST_LOG_LOGIT_SCALE = Math.log(100);

    private final ClipConfig config;
    private final Map<String, Tensor> parameters;
    private final Scope owner;

    private Clip(ClipConfig config, Map<String, Tensor> parameters, Scope owner) {
        this.config = config;
        this.parameters = Collections.unmodifiableMap(parameters);
        this.owner = owner;
    }

    // ---- making ---------------------------------------------------------------------------

    /// The model in a checkpoint of any form that [ClipCheckpoint] reads, a folder or a file.
    ///
    /// @throws DataException if a file is missing or wrong, or a tensor is missing, unexpected or
    ///   of another shape than the configuration asks for
    public static Clip load(Path path) throws IOException {
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(path)) {
            return of(checkpoint);
        }
    }

    /// The model in an open checkpoint, which may be closed afterwards. Float16, bfloat16 and
    /// float64 become float32.
    public static Clip of(ClipCheckpoint checkpoint) throws DataException {
        return make(
                checkpoint.config(), name -> checkpoint.weights().tensor(name).to(ElementType.F32));
    }

    /// A new model, drawn as OpenAI's CLIP was before its training. The same seed gives the same
    /// model.
    public static Clip random(ClipConfig config, long seed) {
        ClipParameters shapes = ClipParameters.of(config);
        RandomGenerator random = new SplittableRandom(seed);
        return make(config, name -> shapes.draw(name, random));
    }

    @FunctionalInterface
    private interface Values<E extends Exception> {
        Tensor of(String name) throws E;
    }

    private static <E extends Exception> Clip make(ClipConfig config, Values<E> values) throws E {
        Scope owner = Scope.holder();
        boolean made = false;
        try {
            Map<String, Tensor> parameters = new LinkedHashMap<>();
            for (String name : ClipParameters.of(config).names()) {
                try (Scope _ = Scope.open()) {
                    parameters.put(name, owner.keep(values.of(name)).requireGradient());
                }
            }
            made = true;
            return new Clip(config, parameters, owner);
        } finally {
            if (!made) owner.close();
        }
    }

    /// This model with other values for some of its parameters. What is not replaced is shared:
    /// this one must stay open meanwhile.
    ///
    /// @param values in any scope of this thread; the new model owns them
    Clip with(Map<String, Tensor> values) {
        Scope otherOwner = Scope.holder();
        Map<String, Tensor> all = new LinkedHashMap<>(parameters);
        values.forEach((name, value) -> all.put(name, otherOwner.keep(value)));
        return new Clip(config, all, otherOwner);
    }

    /// Writes `config.json` and `model.safetensors` into `folder`.
    public void save(Path folder) throws IOException {
        config.write(folder.resolve("config.json"));
        Safetensors.write(folder.resolve("model.safetensors"), parameters);
    }

    // ---- looking --------------------------------------------------------------------------

    public ClipConfig config() {
        return config;
    }

    /// The parameters by Hugging Face's names, in the order of the computation.
    public Map<String, Tensor> parameters() {
        return parameters;
    }

    /// What similarities are multiplied by: the exponential of the trained parameter.
    public double logitScale() {
        return Math.exp(parameter(ClipParameters.LOG_LOGIT_SCALE).item());
    }

    // ---- computing ------------------------------------------------------------------------

    /// Embeddings float32 `[b, projection width]`, not of unit length, of normalised pixels float32
    /// `[b, 3, size, size]`; differentiable.
    public Tensor imageEmbeddings(Tensor pixels) {
        return imageEmbeddings(pixels, new TrainableSource(parameters), Pieces.AT_ONCE);
    }

    Tensor imageEmbeddings(Tensor pixels, TrainableSource source, Pieces pieces) {
        checkPixels(config.vision(), pixels);
        long w = config.vision().width();
        Tensor matrix =
                source.parameter("vision_model.embeddings.patch_embedding.weight").reshape(w, -1);
        Tensor patches = ClipTowers.patches(pixels, config.vision().patchSize());
        return ClipTowers.Vision.of(source, config.vision(), source.linear(matrix, null))
                .apply(patches.to(source.type()), pieces)
                .to(ElementType.F32);
    }

    /// Embeddings float32 `[b, projection width]`, not of unit length, of token ids int64 `[b, t]`,
    /// `t` at most the context; differentiable. Each row starts and ends as the tokenizer's do.
    public Tensor textEmbeddings(Tensor ids) {
        return textEmbeddings(ids, new TrainableSource(parameters), Pieces.AT_ONCE);
    }

    Tensor textEmbeddings(Tensor ids, TrainableSource source, Pieces pieces) {
        checkIds(config, ids);
        return ClipTowers.Text.of(source, config.text()).apply(ids, pieces).to(ElementType.F32);
    }

    /// Logits `[b, b]` of images (rows) against texts (columns): the cosine of their embeddings
    /// times the logit scale; differentiable.
    public Tensor logits(Tensor imageEmbeddings, Tensor textEmbeddings) {
        return imageEmbeddings
                .unitLength()
                .matmul(textEmbeddings.unitLength().transpose(0, 1))
                .multiply(parameter(ClipParameters.LOG_LOGIT_SCALE).exp());
    }

    /// The parameter of that name.
    Tensor parameter(String name) {
        return new TrainableSource(parameters).parameter(name);
    }

    static void checkPixels(ClipConfig.Vision config, Tensor pixels) {
        long[] shape = pixels.shape();
        long size = config.imageSize();
        if (shape.length != 4
                || shape[0] < 1
                || shape[1] != 3
                || shape[2] != size
                || shape[3] != size) {
            throw new IllegalArgumentException(
                    "pixels: expected [b, 3, %d, %d], got %s".formatted(size, size, pixels));
        }
    }

    static void checkIds(ClipConfig config, Tensor ids) {
        long[] shape = ids.shape();
        int context = config.text().context();
        if (ids.type() != ElementType.I64
                || shape.length != 2
                || shape[0] < 1
                || shape[1] < 1
                || shape[1] > context) {
            throw new IllegalArgumentException(
                    "ids: expected I64 [b, t] with t at most %d, got %s".formatted(context, ids));
        }
    }

    /// Frees the parameters.
    @Override
    public void close() {
        owner.close();
    }
}
