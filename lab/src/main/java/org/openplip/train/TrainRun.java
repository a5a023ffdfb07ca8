package org.openplip.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.Checkpoint;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.metrics.Retrieval;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipTrainer;
import org.openplip.openpath.Release;
import org.openplip.recipe.Environment;
import org.openplip.recipe.Toml;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.tokenizer.ClipTokenizer;

/// Contrastive training of a CLIP on a release, in a folder that tells the whole run:
///
///     config.toml environment.json     what it is made of and ran on
///     initial/                         the model before the first step
///     metrics.jsonl                    a line a step, a line a validation
///     checkpoints/step-00000400/       a checkpoint with training-state/, the newest few
///     final/                           the trained model; there once the run is done
///
/// A run that was killed goes on from its newest checkpoint when it is started again: on a CPU with
/// the same numbers, bit for bit, as if nothing had happened.
public final class TrainRun {
    /// How a run ended.
    ///
    /// @param checkpoint the trained model's folder
    /// @param resumedAt steps that an earlier process had done; 0 for a fresh run
    public record Outcome(Path checkpoint, long steps, long resumedAt, double loss) {}

    private static final String STATE = "training-state";

    private final TrainConfig config;
    private final Path folder;
    private final PairSource training;
    private final PairSource validation;
    private final ClipTokenizer tokenizer;
    private final ImagePreprocessor preprocessor;

    private TrainRun(
            TrainConfig config,
            Path folder,
            PairSource training,
            PairSource validation,
            ClipTokenizer tokenizer,
            ImagePreprocessor preprocessor) {
        this.config = config;
        this.folder = folder;
        this.training = training;
        this.validation = validation;
        this.tokenizer = tokenizer;
        this.preprocessor = preprocessor;
    }

    /// Trains on `release` in `folder`, or goes on with the run there.
    ///
    /// @param initial the checkpoint to start from; null where `config.model()` gives the shape of
    ///   one trained from nothing
    /// @throws DataException if the release is damaged, the folder holds another run, or the loss
    ///   is no longer a number
    /// @throws IllegalArgumentException if neither or both of model and initial are given
    public static Outcome run(
            TrainConfig config,
            @Nullable Path initial,
            Release release,
            Path folder,
            Progress progress)
            throws IOException, InterruptedException {
        TrainConfig.Model shape = config.model();
        if ((shape == null) == (initial == null)) {
            throw new IllegalArgumentException(
                    "model: expected either a table [train.model] or a checkpoint to start from");
        }
        claim(config, initial, release, folder);
        Path last = folder.resolve("final");
        PairSource training = new ReleasePairs(release, "train");
        if (BatchLoader.stepsPerEpoch(training.size(), config.batch()) == 0) {
            throw new DataException(
                    release.folder(),
                    "has %d training pairs, fewer than a batch of %d"
                            .formatted(training.size(), config.batch()));
        }
        Path newest = newestCheckpoint(folder).orElse(null);
        Path start = newest != null ? newest : initial;
        ClipTokenizer tokenizer;
        ImagePreprocessor preprocessor;
        Clip clip;
        if (start != null) {
            tokenizer = ClipTokenizer.load(start);
            preprocessor = ImagePreprocessor.read(start.resolve("preprocessor_config.json"));
            clip = Clip.load(start);
        } else if (shape != null) {
            tokenizer =
                    ClipTokenizer.train(
                            IntStream.range(0, training.size())
                                    .mapToObj(training::caption)
                                    .toList(),
                            shape.vocabularySize());
            preprocessor = ImagePreprocessor.clip(shape.imageSize());
            clip = Clip.random(clipConfig(shape, tokenizer), config.seed());
        } else {
            throw new AssertionError("checked above");
        }
        try (clip) {
            TrainRun run =
                    new TrainRun(
                            config,
                            folder,
                            training,
                            new ReleasePairs(release, "validation"),
                            tokenizer,
                            preprocessor);
            return Files.isDirectory(last)
                    ? run.finished(last)
                    : run.train(clip, newest, last, progress);
        }
    }

    /// Writes config and environment, or checks that those in `folder` are of the same run.
    private static void claim(
            TrainConfig config, @Nullable Path initial, Release release, Path folder)
            throws IOException {
        Map<String, String> inputs = new TreeMap<>();
        inputs.put("pairs.parquet", Hashes.sha256(release.folder().resolve("pairs.parquet")));
        if (initial != null) {
            inputs.put("model", Checkpoint.sha256(initial));
        }
        Path configFile = folder.resolve("config.toml");
        if (!Files.exists(configFile)) {
            Files.createDirectories(folder);
            Environment.current(inputs).write(folder);
            Toml.write(configFile, config);
            return;
        }
        if (!Toml.read(configFile, TrainConfig.class).equals(config)) {
            throw new DataException(
                    configFile, "is of a run with other settings; choose another folder");
        }
        Path environment = folder.resolve("environment.json");
        if (!Json.read(environment, Environment.class).inputs().equals(inputs)) {
            throw new DataException(
                    environment, "is of a run on other data; choose another folder");
        }
    }

    private static ClipConfig clipConfig(TrainConfig.Model model, ClipTokenizer tokenizer) {
        return new ClipConfig(
                ClipConfig.Vision.of(
                        model.visionWidth(),
                        model.visionLayers(),
                        model.visionHeads(),
                        model.imageSize(),
                        model.patchSize()),
                ClipConfig.Text.of(
                        model.textWidth(),
                        model.textLayers(),
                        model.textHeads(),
                        tokenizer.vocabularySize(),
                        model.contextLength()),
                model.projectionWidth());
    }

    private Outcome finished(Path last) throws IOException {
        State state = Json.read(last.resolve(STATE).resolve("state.json"), State.class);
        return new Outcome(last, state.step(), state.step(), state.loss());
    }

    /// What resuming needs beside the weights and the optimiser's moments.
    record State(long step, double loss) {}

    private Outcome train(Clip clip, @Nullable Path newest, Path last, Progress progress)
            throws IOException, InterruptedException {
        TrainConfig.Optimiser optimiser = config.optimiser();
        try (ClipTrainer trainer =
                new ClipTrainer(
                        clip,
                        new ClipTrainer.Options(
                                optimiser.beta1(),
                                optimiser.beta2(),
                                optimiser.epsilon(),
                                optimiser.weightDecay(),
                                true))) {
            long first = 0;
            double loss = Double.NaN;
            if (newest != null) {
                Path state = newest.resolve(STATE);
                trainer.loadState(state.resolve("optimizer.safetensors"));
                State cursor = Json.read(state.resolve("state.json"), State.class);
                first = cursor.step();
                loss = cursor.loss();
            } else {
                save(clip, null, new State(0, Double.NaN), folder.resolve("initial"));
            }
            int context = clip.config().text().context();
            try (BatchLoader loader =
                            new BatchLoader(
                                    training,
                                    tokenizer,
                                    context,
                                    preprocessor,
                                    config,
                                    first,
                                    Runtime.getRuntime().availableProcessors());
                    TrainingMetrics metrics =
                            TrainingMetrics.open(folder.resolve("metrics.jsonl"), first);
                    Progress.Task task = progress.begin("training", loader.steps())) {
                task.advance(first);
                long before = System.nanoTime();
                for (var batch = loader.next(); batch != null; batch = loader.next()) {
                    double rate = optimiser.learningRate(batch.step(), loader.steps());
                    loss = trainer.step(batch.pixels(), batch.ids(), rate);
                    long step = batch.step() + 1;
                    if (!Double.isFinite(loss)) {
                        throw new DataException(
                                folder,
                                "the loss of step %d is %s; the last good checkpoint is %s, and a"
                                                .formatted(step, loss, newestName())
                                        + " lower optimiser.learning_rate may help");
                    }
                    long now = System.nanoTime();
                    metrics.add(
                            TrainingMetrics.Line.ofStep(
                                    step,
                                    epoch(step),
                                    loss,
                                    rate,
                                    clip.logitScale(),
                                    trainer.gradientNorm(),
                                    config.batch() * 1e9 / (now - before)));
                    before = now;
                    task.advance(1);
                    task.note(String.format(Locale.ROOT, "loss %.3f", loss));
                    if (step % config.checkpointEverySteps() == 0 || step == loader.steps()) {
                        if (validation.size() > 0) metrics.add(validate(clip, context, step));
                        save(clip, trainer, new State(step, loss), checkpoint(step));
                        removeOldCheckpoints();
                        before = System.nanoTime();
                    }
                }
                save(clip, trainer, new State(loader.steps(), loss), last);
                return new Outcome(last, loader.steps(), first, loss);
            }
        }
    }

    private double epoch(long step) {
        return (double) step / BatchLoader.stepsPerEpoch(training.size(), config.batch());
    }

    /// Loss, in batches as large as the training's, and recall at 10 from caption to picture, on
    /// all validation pairs with the evaluation's preprocessing.
    private TrainingMetrics.Line validate(Clip clip, int context, long step) throws IOException {
        List<float[]> images = new ArrayList<>();
        List<float[]> texts = new ArrayList<>();
        double sum = 0;
        int size = preprocessor.cropSize();
        for (int start = 0; start < validation.size(); start += config.batch()) {
            int n = Math.min(config.batch(), validation.size() - start);
            float[] pixels = new float[n * 3 * size * size];
            long[] ids = new long[n * context];
            for (int i = 0; i < n; i++) {
                preprocessor.normalize(
                        preprocessor.apply(validation.picture(start + i)),
                        pixels,
                        i * 3 * size * size);
                int[] row = tokenizer.row(validation.caption(start + i), context);
                for (int t = 0; t < context; t++) ids[i * context + t] = row[t];
            }
            try (NoGradients _ = NoGradients.open();
                    Scope _ = Scope.open()) {
                Tensor image = clip.imageEmbeddings(Tensor.of(pixels, n, 3, size, size));
                Tensor text = clip.textEmbeddings(Tensor.of(ids, n, context));
                sum += n * clip.contrastiveLoss(image, text).item();
                addRows(image.unitLength(), images);
                addRows(text.unitLength(), texts);
            }
        }
        int[] ranks =
                Retrieval.ranks(texts.toArray(float[][]::new), images.toArray(float[][]::new));
        return TrainingMetrics.Line.ofValidation(
                step, epoch(step), sum / validation.size(), Retrieval.recallAt(ranks, 10));
    }

    private static void addRows(Tensor matrix, List<float[]> rows) {
        int width = (int) matrix.size(-1);
        float[] values = matrix.floats();
        for (int i = 0; i < values.length; i += width) {
            rows.add(Arrays.copyOfRange(values, i, i + width));
        }
    }

    // ---- checkpoints ------------------------------------------------------------------------

    private Path checkpoint(long step) {
        return folder.resolve("checkpoints").resolve("step-%08d".formatted(step));
    }

    /// Writes a checkpoint beside `target` and renames it: what bears the name is whole.
    private void save(Clip clip, @Nullable ClipTrainer trainer, State state, Path target)
            throws IOException {
        AtomicFiles.writeFolder(
                target,
                partial -> {
                    Checkpoint.write(partial, clip, tokenizer, preprocessor);
                    if (trainer != null) {
                        Path stateFolder = partial.resolve(STATE);
                        Files.createDirectories(stateFolder);
                        trainer.saveState(stateFolder.resolve("optimizer.safetensors"));
                        Json.write(stateFolder.resolve("state.json"), state);
                    }
                });
    }

    private static List<Path> checkpoints(Path folder) throws IOException {
        Path checkpoints = folder.resolve("checkpoints");
        if (!Files.isDirectory(checkpoints)) return List.of();
        try (Stream<Path> entries = Files.list(checkpoints)) {
            return entries.filter(path -> path.getFileName().toString().matches("step-\\d+"))
                    .sorted()
                    .toList();
        }
    }

    private static Optional<Path> newestCheckpoint(Path folder) throws IOException {
        return checkpoints(folder).stream().reduce((_, later) -> later);
    }

    private String newestName() throws IOException {
        return newestCheckpoint(folder).map(path -> path.getFileName().toString()).orElse("none");
    }

    private void removeOldCheckpoints() throws IOException {
        List<Path> all = checkpoints(folder);
        for (Path old : all.subList(0, Math.max(0, all.size() - config.keepCheckpoints()))) {
            AtomicFiles.deleteTree(old);
        }
    }
}
