package org.openplip.model;

import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Peers;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;

/// Trains a [Clip] by contrastive steps with AdamW.
///
/// A batch may come in parts: all are embedded without gradients, the loss of all gives the
/// gradient of each embedding, and each part goes through the towers once more with its share (Gao
/// et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup"). Loss
/// and gradients are those of the whole, for the memory of a part.
///
/// Several processes may share the batches: each has its share of the pairs of each, in the order
/// of the ranks; embeddings are gathered, gradients summed, so that all take the same step, which
/// is that of one process with all pairs.
///
/// Deterministic on a CPU: the same start, batches and number of threads give the same bits, and so
/// does a run that was saved and loaded in between. For one thread at a time.
public final class ClipTrainer implements AutoCloseable {
    private static final String LOGIT_BIAS = "logit_bias";
    private static final String STEP = "step";
    private static final String WEIGHT = "weight.";
    private static final String AVERAGE = "average.";

    /// How a model is trained.
    ///
    /// @param leaveOutSame whether pairs with the same caption, or with near-duplicate pictures,
    ///   are no negatives of each other
    /// @param clampLogitScale whether the logit scale is held between 1 and 100 after each step
    /// @param precision that the towers compute in, FLOAT32 or BF16; parameters, their gradients,
    ///   the loss and AdamW are float32 in any case
    /// @param recompute whether a block's intermediate results are computed again for the gradient
    ///   and not kept
    /// @param largestGradientNorm longer gradients are cut to this length; infinite for no limit
    /// @param averageDecay what is left of the running average of the weights after a step; 0 for
    ///   the weights themselves
    /// @param seed of the adapters, where there are such
    public record Settings(
            ContrastiveLoss loss,
            boolean leaveOutSame,
            boolean clampLogitScale,
            TowerTraining images,
            TowerTraining texts,
            Precision precision,
            boolean recompute,
            AdamWSettings optimiser,
            double largestGradientNorm,
            double averageDecay,
            long seed) {
        public Settings {
            precision.floatingPoint("training");
            if (!(largestGradientNorm > 0)) {
                throw new IllegalArgumentException(
                        "largestGradientNorm: expected more than 0, got " + largestGradientNorm);
            }
            if (!(averageDecay >= 0 && averageDecay < 1)) {
                throw new IllegalArgumentException(
                        "averageDecay: expected 0 to below 1, got " + averageDecay);
            }
        }
    }

    /// What a step saw.
    ///
    /// @param loss before the step
    /// @param gradientNorm the Euclidean length of all gradients taken as one vector, before it is
    ///   cut
    public record Step(double loss, double gradientNorm) {
        /// Whether both are numbers. If not, the step was not taken.
        public boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradientNorm);
        }
    }

    private final Clip clip;
    private final Settings settings;
    private final Peers peers;
    private final Scope owner = Scope.holder();
    private final Map<String, LowRankAdapter> adapters;
    private final TrainableSource source;
    private final @Nullable Tensor bias;
    private final Map<String, Tensor> trained;
    private final Map<String, Tensor> average = new LinkedHashMap<>();
    private final AdamW optimiser;
    private final Clip result;
    private long steps;

    /// Trains `clip`, which stays the caller's to close, after this.
    ///
    /// @throws IllegalArgumentException if there are fewer blocks than shall be trained
    public ClipTrainer(Clip clip, Settings settings) {
        this(clip, settings, Peers.none());
    }

    /// Trains `clip`, which is the same in each of `peers` and stays the caller's to close, after
    /// this.
    ///
    /// @throws IllegalArgumentException if there are fewer blocks than shall be trained
    public ClipTrainer(Clip clip, Settings settings, Peers peers) {
        this.clip = clip;
        this.settings = settings;
        this.peers = peers;
        Trained parts = Trained.of(clip, settings, owner);
        adapters = parts.adapters();
        source = new TrainableSource(clip.parameters(), adapters, settings.precision.activations());
        trained = new LinkedHashMap<>(parts.parameters());
        try (NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            boolean sigmoid = settings.loss == ContrastiveLoss.SIGMOID;
            bias = sigmoid ? owner.keep(scalar(ContrastiveLoss.SIGMOID_LOGIT_BIAS)) : null;
            if (bias != null) {
                trained.put(LOGIT_BIAS, bias);
                clip.parameter(ClipParameters.LOG_LOGIT_SCALE)
                        .copyInPlace(scalar(ContrastiveLoss.SIGMOID_LOG_LOGIT_SCALE));
            }
            clip.parameters().values().forEach(parameter -> parameter.requireGradient(false));
            trained.values().forEach(Tensor::requireGradient);
            boolean averages = settings.averageDecay > 0;
            Map<String, Tensor> other = new LinkedHashMap<>();
            adapters.keySet().forEach(name -> other.put(name, clip.parameter(name).copy()));
            trained.forEach(
                    (name, parameter) -> {
                        if (!averages) return;
                        Tensor copy = parameter.copy();
                        average.put(name, copy);
                        if (clip.parameters().containsKey(name)) other.put(name, copy);
                        else owner.keep(copy);
                    });
            result = clip.with(other);
        }
        optimiser = new AdamW(settings.optimiser, trained, clip.config());
    }

    private static Tensor scalar(double value) {
        return Tensor.of(new float[] {(float) value});
    }

    // ---- steps ----------------------------------------------------------------------------

    /// Takes one step. The gradients stay until the next.
    public Step step(PairBatch batch, double learningRate)
            throws IOException, InterruptedException {
        Step step = backward(batch);
        if (!step.isFinite()) return step;
        steps++;
        double norm = step.gradientNorm;
        boolean cut = norm > settings.largestGradientNorm;
        optimiser.step(steps, learningRate, cut ? settings.largestGradientNorm / norm : 1);
        try (NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            if (settings.clampLogitScale) {
                clip.parameter(ClipParameters.LOG_LOGIT_SCALE)
                        .clampInPlace(0, Clip.HIGHEST_LOG_LOGIT_SCALE);
            }
            average.forEach(
                    (name, mean) -> mean.moveInPlace(trained(name), 1 - settings.averageDecay));
        }
        return step;
    }

    /// The loss of a batch; its gradients replace those before. Parameters stay as they are.
    public Step backward(PairBatch batch) throws IOException, InterruptedException {
        trained.values().forEach(Tensor::clearGradient);
        double loss = batch.parts() == 1 ? whole(batch.part(0)) : cached(batch);
        double squares = 0;
        try (Scope _ = Scope.open()) {
            for (Tensor parameter : trained.values()) {
                Tensor gradient = parameter.gradient();
                double norm = gradient == null ? 0 : gradient.norm();
                squares += norm * norm;
            }
        }
        return new Step(loss, Math.sqrt(squares));
    }

    private double whole(PairBatch.Part part) throws IOException {
        try (Scope _ = Scope.open()) {
            GradientSums sums = new GradientSums(peers);
            TowerPass images = images(part, true);
            TowerPass texts = texts(part, true);
            ContrastiveLoss.Gradients gradients =
                    gradients(images.embeddings(), texts.embeddings(), part.ids(), part.groups());
            if (trains(settings.images)) images.backward(gradients.images());
            sums.start(trained(true));
            if (trains(settings.texts)) texts.backward(gradients.texts());
            sums.start(trained(false));
            sums.await();
            return gradients.loss();
        }
    }

    private double cached(PairBatch batch) throws IOException, InterruptedException {
        try (Scope around = Scope.open()) {
            List<Tensor> images = new ArrayList<>();
            List<Tensor> texts = new ArrayList<>();
            List<PairBatch.Part> labels = new ArrayList<>();
            for (int i = 0; i < batch.parts(); i++) {
                PairBatch.Part part = batch.part(i);
                labels.add(new PairBatch.Part(new float[0], part.ids(), part.groups()));
                try (NoGradients _ = NoGradients.open();
                        Scope _ = Scope.open()) {
                    images.add(around.keep(images(part, false).embeddings()));
                    texts.add(around.keep(texts(part, false).embeddings()));
                }
            }
            ContrastiveLoss.Gradients gradients =
                    gradients(
                            Tensor.concatenate(0, images),
                            Tensor.concatenate(0, texts),
                            joined(labels, true),
                            joined(labels, false));
            GradientSums sums = new GradientSums(peers);
            long first = 0;
            for (int i = 0; i < batch.parts(); i++) {
                PairBatch.Part part = batch.part(i);
                long n = part.groups().length;
                try (Scope _ = Scope.open()) {
                    if (trains(settings.images)) {
                        images(part, true).backward(gradients.images().narrow(0, first, n));
                    }
                }
                if (i == batch.parts() - 1) sums.start(trained(true));
                try (Scope _ = Scope.open()) {
                    if (trains(settings.texts)) {
                        texts(part, true).backward(gradients.texts().narrow(0, first, n));
                    }
                }
                first += n;
            }
            sums.start(trained(false));
            sums.await();
            return gradients.loss();
        }
    }

    /// The loss of the batch of all processes, with the gradients of this one's embeddings. Each
    /// process tells its own images from all texts and its own texts from all images; the gradients
    /// that others so have of its embeddings come back as sums. Of scale and bias each has a share
    /// of the gradient.
    private ContrastiveLoss.Gradients gradients(
            Tensor images, Tensor texts, long[] ids, long[] groups) throws IOException {
        SharedRows rows = SharedRows.of(peers, groups.length);
        ContrastiveLoss.Gradients share =
                settings.loss.gradients(
                        rows.all(images),
                        rows.all(texts),
                        terms(rows, ids, groups),
                        rows.first(),
                        rows.end());
        Tensor loss = Tensor.of(new double[] {share.loss()}, 1);
        peers.startSum(loss).await();
        return new ContrastiveLoss.Gradients(
                loss.item(), rows.ownSums(share.images()), rows.ownSums(share.texts()));
    }

    /// The trained parameters of the image tower, or all others.
    private List<Tensor> trained(boolean images) {
        return trained.entrySet().stream()
                .filter(entry -> ClipParameters.isOfImages(entry.getKey()) == images)
                .map(Map.Entry::getValue)
                .toList();
    }

    private static long[] joined(List<PairBatch.Part> parts, boolean ids) {
        return parts.stream()
                .flatMapToLong(part -> Arrays.stream(ids ? part.ids() : part.groups()))
                .toArray();
    }

    private static boolean trains(TowerTraining tower) {
        return !(tower instanceof TowerTraining.Nothing);
    }

    // ---- towers ---------------------------------------------------------------------------

    private TowerPass images(PairBatch.Part part, boolean back) {
        int n = part.groups().length;
        int size = clip.config().vision().imageSize();
        return pass(
                settings.images,
                back,
                clip.config().vision().depth(),
                TowerPass.together(n),
                (_, pieces) ->
                        clip.imageEmbeddings(
                                Tensor.of(part.pixels(), n, 3, size, size), source, pieces));
    }

    private TowerPass texts(PairBatch.Part part, boolean back) {
        int n = part.groups().length;
        ClipConfig.Text config = clip.config().text();
        int context = config.context();
        if (part.ids().length != n * context) {
            throw new IllegalArgumentException(
                    "ids: expected %d rows of %d, got %d in all"
                            .formatted(n, context, part.ids().length));
        }
        int[] lengths = new int[n];
        for (int i = 0; i < n; i++) {
            lengths[i] = config.endOfText(part.ids(), i * context, context);
        }
        return pass(
                settings.texts,
                back,
                config.depth(),
                TowerPass.byLength(lengths),
                (rows, pieces) ->
                        clip.textEmbeddings(
                                Tensor.of(rows(part.ids(), rows, context), rows.length, context),
                                source,
                                pieces));
    }

    private static long[] rows(long[] ids, int[] rows, int context) {
        long[] chosen = new long[rows.length * context];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(ids, rows[i] * context, chosen, i * context, context);
        }
        return chosen;
    }

    private TowerPass pass(
            TowerTraining training,
            boolean back,
            int depth,
            List<int[]> groups,
            TowerPass.Tower tower) {
        OptionalInt recomputedFrom =
                settings.recompute && back
                        ? switch (training) {
                            case TowerTraining.Everything _ -> OptionalInt.of(0);
                            case TowerTraining.LowRank _ -> OptionalInt.of(1);
                            case TowerTraining.LastBlocks last ->
                                    OptionalInt.of(depth - last.blocks() + 1);
                            case TowerTraining.Nothing _ -> OptionalInt.empty();
                        }
                        : OptionalInt.empty();
        return TowerPass.of(tower, groups, recomputedFrom);
    }

    private ContrastiveLoss.Terms terms(SharedRows rows, long[] ownIds, long[] ownGroups)
            throws IOException {
        Tensor logScale = clip.parameter(ClipParameters.LOG_LOGIT_SCALE);
        if (!settings.leaveOutSame) return new ContrastiveLoss.Terms(logScale, bias, List.of());
        int context = clip.config().text().context();
        Tensor groups = rows.all(Tensor.of(ownGroups, ownGroups.length));
        long[] ids = rows.all(Tensor.of(ownIds, ownGroups.length, context)).longs();
        Map<LongBuffer, Integer> numbers = new HashMap<>();
        long[] captions = new long[ids.length / context];
        for (int i = 0; i < captions.length; i++) {
            LongBuffer caption = LongBuffer.wrap(ids, i * context, context).slice();
            captions[i] = numbers.computeIfAbsent(caption, _ -> numbers.size());
        }
        return new ContrastiveLoss.Terms(
                logScale, bias, List.of(Tensor.of(captions, captions.length), groups));
    }

    // ---- looking --------------------------------------------------------------------------

    /// The model that the training has come to: its weights, or their average, adapters merged.
    /// Valid until the next step; the trainer's, which frees it.
    public Clip result() {
        try (NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            adapters.forEach(
                    (name, adapter) -> {
                        Tensor down = average.getOrDefault(Trained.down(name), adapter.down());
                        Tensor up = average.getOrDefault(Trained.up(name), adapter.up());
                        LowRankAdapter averaged = new LowRankAdapter(down, up, adapter.scale());
                        result.parameter(name).copyInPlace(averaged.addedTo(clip.parameter(name)));
                    });
        }
        return result;
    }

    /// The loss of embeddings of [#result()], float32 `[n, width]`, all pairs told apart.
    public double loss(Tensor images, Tensor texts) {
        Tensor logScale = result.parameter(ClipParameters.LOG_LOGIT_SCALE);
        Tensor ownBias = bias == null ? null : average.getOrDefault(LOGIT_BIAS, bias);
        return settings.loss.of(
                images, texts, new ContrastiveLoss.Terms(logScale, ownBias, List.of()));
    }

    /// Steps taken so far, those before a [#loadState(Path)] included.
    public long steps() {
        return steps;
    }

    /// The gradient of a trained parameter in the last step, in C order; null if it had none.
    public float @Nullable [] gradient(String name) {
        try (Scope _ = Scope.open()) {
            Tensor gradient = trained(name).gradient();
            return gradient == null ? null : gradient.floats();
        }
    }

    /// The trained parameters by name: Hugging Face's, and our own for what is in no checkpoint.
    public Map<String, Tensor> trained() {
        return Collections.unmodifiableMap(trained);
    }

    private Tensor trained(String name) {
        Tensor parameter = trained.get(name);
        if (parameter == null) throw new IllegalArgumentException("no trained parameter " + name);
        return parameter;
    }

    // ---- state ----------------------------------------------------------------------------

    /// Writes as Safetensors what a later run needs beside [#result()]: `step` int64; AdamW's
    /// memory, `exp_avg.NAME` and `exp_avg_sq.NAME` float32 for each trained parameter; and
    /// `weight.NAME` and `average.NAME` for what the result does not hold as it is.
    public void saveState(Path file) throws IOException {
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> state = new LinkedHashMap<>();
            state.put(STEP, Tensor.of(new long[] {steps}));
            state.putAll(tensors());
            Safetensors.write(file, state);
        }
    }

    private Map<String, Tensor> tensors() {
        Map<String, Tensor> state = new LinkedHashMap<>(optimiser.state());
        trained.forEach(
                (name, parameter) -> {
                    Tensor shown = result.parameters().get(name);
                    boolean reset = bias != null && name.equals(ClipParameters.LOG_LOGIT_SCALE);
                    if (shown != parameter || reset) state.put(WEIGHT + name, parameter);
                });
        adapters.keySet().forEach(name -> state.put(WEIGHT + name, clip.parameter(name)));
        average.forEach((name, mean) -> state.put(AVERAGE + name, mean));
        return state;
    }

    /// Goes on from what [#saveState(Path)] wrote, the clip being the [#result()] of then.
    ///
    /// @throws DataException if the file is not the state of such a training; nothing is changed
    ///   then
    public void loadState(Path file) throws IOException {
        try (Safetensors state = Safetensors.open(file);
                NoGradients _ = NoGradients.open();
                Scope _ = Scope.open()) {
            Map<Tensor, Tensor> loaded = new LinkedHashMap<>();
            for (Map.Entry<String, Tensor> entry : tensors().entrySet()) {
                Tensor tensor = entry.getValue();
                loaded.put(tensor, state.tensor(entry.getKey(), tensor.shape()));
            }
            steps = state.tensor(STEP, new long[0]).longs()[0];
            loaded.forEach(Tensor::copyInPlace);
        }
    }

    /// Frees all but the model given.
    @Override
    public void close() {
        optimiser.close();
        result.close();
        owner.close();
    }
}
