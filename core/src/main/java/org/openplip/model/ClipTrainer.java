package org.openplip.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;

/// Trains a [Clip] by contrastive steps with AdamW. Weight decay is for the parameters of two or
/// more axes (matrices, tables); gains, biases, the class embedding and the logit scale have none.
///
/// Deterministic on a CPU: the same start, batches and number of threads give the same bits, and so
/// does a run that was saved and loaded in between. For one thread at a time.
public final class ClipTrainer implements AutoCloseable {
    private static final String STEP = "step";
    private static final String MEAN = "exp_avg.";
    private static final String SQUARE = "exp_avg_sq.";

    /// AdamW's settings.
    ///
    /// @param beta1 decay of the running mean of the gradient
    /// @param beta2 decay of the running mean of its square
    /// @param weightDecay per step, times the learning rate
    /// @param clampLogitScale whether the logit scale is held between 1 and 100 after each step
    public record Options(
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            boolean clampLogitScale) {
        public Options {
            if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
                throw new IllegalArgumentException(
                        "beta1 and beta2: expected 0 to below 1, got %s and %s"
                                .formatted(beta1, beta2));
            }
            if (!(epsilon > 0) || !(weightDecay >= 0)) {
                throw new IllegalArgumentException(
                        "epsilon and weightDecay: expected above 0 and at least 0, got %s and %s"
                                .formatted(epsilon, weightDecay));
            }
        }

        /// CLIP's for vision transformers (table 18 of the paper): 0.9, 0.98, 1e-6, 0.2.
        public static Options clip() {
            return new Options(0.9, 0.98, 1e-6, 0.2, true);
        }
    }

    /// A parameter and AdamW's memory of it.
    private record Trained(Tensor parameter, Tensor mean, Tensor square, double weightDecay) {}

    private final Clip clip;
    private final Options options;
    private final Scope owner = Scope.holder();
    private final Map<String, Trained> trained = new LinkedHashMap<>();
    private long steps;

    /// Trains `clip`, which stays the caller's to close, after this.
    public ClipTrainer(Clip clip, Options options) {
        this.clip = clip;
        this.options = options;
        try (Scope _ = Scope.open()) {
            clip.parameters()
                    .forEach(
                            (name, parameter) -> {
                                long[] shape = parameter.shape();
                                trained.put(
                                        name,
                                        new Trained(
                                                parameter,
                                                owner.keep(Tensor.zeros(parameter.type(), shape)),
                                                owner.keep(Tensor.zeros(parameter.type(), shape)),
                                                shape.length >= 2 ? options.weightDecay : 0));
                            });
        }
    }

    /// Takes one step and returns the loss before it. The gradients stay until the next.
    ///
    /// @param pixels normalised, `[b, 3, size, size]` in C order
    /// @param ids `[b, context]`, the tokenizer's rows
    public double step(float[] pixels, long[] ids, double learningRate) {
        double loss = backward(pixels, ids);
        steps++;
        try (NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            for (Trained t : trained.values()) {
                Tensor gradient = t.parameter.gradient();
                if (gradient == null) continue;
                t.parameter.adamwInPlace(
                        gradient,
                        t.mean,
                        t.square,
                        steps,
                        learningRate,
                        options.beta1,
                        options.beta2,
                        options.epsilon,
                        t.weightDecay);
            }
            if (options.clampLogitScale) {
                trained(ClipParameters.LOG_LOGIT_SCALE)
                        .parameter
                        .clampInPlace(0, Clip.HIGHEST_LOG_LOGIT_SCALE);
            }
        }
        return loss;
    }

    /// The loss of a batch; its gradients replace those before. Parameters stay as they are.
    public double backward(float[] pixels, long[] ids) {
        for (Trained t : trained.values()) t.parameter.clearGradient();
        try (Scope _ = Scope.open()) {
            Tensor loss = batchLoss(pixels, ids);
            loss.backward();
            return loss.item();
        }
    }

    /// The loss of a batch, without gradients.
    public double loss(float[] pixels, long[] ids) {
        try (NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            return batchLoss(pixels, ids).item();
        }
    }

    private Tensor batchLoss(float[] pixels, long[] ids) {
        int size = clip.config().vision().imageSize();
        int context = clip.config().text().context();
        int b = ids.length / context;
        if (b < 1 || ids.length != b * context) {
            throw new IllegalArgumentException(
                    "ids: expected rows of %d, got %d in all".formatted(context, ids.length));
        }
        Tensor images = clip.imageEmbeddings(Tensor.of(pixels, b, 3, size, size));
        Tensor texts = clip.textEmbeddings(Tensor.of(ids, b, context));
        return clip.contrastiveLoss(images, texts);
    }

    /// Steps taken so far, those before a [#loadState(Path)] included.
    public long steps() {
        return steps;
    }

    /// The Euclidean length of all gradients of the last step, taken as one vector.
    public double gradientNorm() {
        double squares = 0;
        try (Scope _ = Scope.open()) {
            for (Trained t : trained.values()) {
                Tensor gradient = t.parameter.gradient();
                double norm = gradient == null ? 0 : gradient.norm();
                squares += norm * norm;
            }
        }
        return Math.sqrt(squares);
    }

    /// The gradient of one parameter in the last step, in C order; null if it had none.
    public float @Nullable [] gradient(String name) {
        try (Scope _ = Scope.open()) {
            Tensor gradient = trained(name).parameter.gradient();
            return gradient == null ? null : gradient.floats();
        }
    }

    // ---- state ----------------------------------------------------------------------------

    /// Writes AdamW's memory as Safetensors: `step` int64, `exp_avg.NAME` and `exp_avg_sq.NAME`
    /// float32 for each parameter. With the model's own checkpoint it is all that a later run
    /// needs.
    public void saveState(Path file) throws IOException {
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> state = new LinkedHashMap<>();
            state.put(STEP, Tensor.of(new long[] {steps}));
            trained.forEach(
                    (name, t) -> {
                        state.put(MEAN + name, t.mean);
                        state.put(SQUARE + name, t.square);
                    });
            Safetensors.write(file, state);
        }
    }

    /// Goes on from what [#saveState(Path)] wrote.
    ///
    /// @throws DataException if the file is not the state of such a model; nothing is changed then
    public void loadState(Path file) throws IOException {
        try (Safetensors state = Safetensors.open(file);
                Scope _ = Scope.open()) {
            Map<Tensor, Tensor> loaded = new LinkedHashMap<>();
            for (Map.Entry<String, Trained> entry : trained.entrySet()) {
                Trained t = entry.getValue();
                long[] shape = t.parameter.shape();
                loaded.put(t.mean, state.tensor(MEAN + entry.getKey(), shape));
                loaded.put(t.square, state.tensor(SQUARE + entry.getKey(), shape));
            }
            steps = state.tensor(STEP, new long[0]).longs()[0];
            loaded.forEach(Tensor::copyInPlace);
        }
    }

    private Trained trained(String name) {
        Trained t = trained.get(name);
        if (t == null) throw new IllegalArgumentException("no parameter " + name);
        return t;
    }

    /// Frees AdamW's memory; the model stays open.
    @Override
    public void close() {
        owner.close();
    }
}
