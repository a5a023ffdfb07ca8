package org.openplip.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openplip.Checkpoint;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipTrainer;
import org.openplip.openpath.Release;
import org.openplip.recipe.Environment;
import org.openplip.recipe.Toml;
import org.openplip.tensor.Peers;
import org.openplip.tokenizer.ClipTokenizer;

/// Contrastive training of a CLIP on a release, in a folder that tells the whole run:
///
///     config.toml environment.json     what it is made of and ran on
///     initial/                         the model before the first step
///     metrics.jsonl                    a line a step, a line a validation
///     events.out.tfevents.*            the same for TensorBoard
///     process.json                     who trains it, and why it stopped
///     checkpoints/step-00000400/       a checkpoint with training-state/: the newest few, the best
///     best.json                        which is the best, and by what
///     final/                           the trained model; there once the run is done
///
/// A run that was killed goes on from its newest checkpoint when it is started again: on a CPU with
/// the same numbers, bit for bit, as if nothing had happened.
///
/// Several processes may share a run, each with its part of each batch: the one of rank 0 writes
/// the folder, which the others read. How many there are is not part of the run.
public final class TrainRun {
    /// How a run ended.
    ///
    /// @param checkpoint the trained model's folder
    /// @param resumedAt steps that an earlier process had done; 0 for a fresh run
    public record Outcome(Path checkpoint, long steps, long resumedAt, double loss) {}

    private static final String OPTIMISER = CheckpointKeeper.STATE + "/optimizer.safetensors";

    private final TrainConfig config;
    private final Path folder;
    private final PairSource training;
    private final EpochOrder order;
    private final PairSource validation;
    private final @Nullable LabelledPictures zeroShot;
    private final CheckpointKeeper checkpoints;
    private final Peers peers;

    private TrainRun(
            TrainConfig config,
            Path folder,
            Release release,
            @Nullable LabelledPictures zeroShot,
            Peers peers)
            throws DataException {
        this.config = config;
        this.folder = folder;
        this.peers = peers;
        training = new ReleasePairs(release, "train");
        validation = new ReleasePairs(release, "validation");
        this.zeroShot = zeroShot;
        order = new EpochOrder(training, config);
        checkpoints = new CheckpointKeeper(folder, config.keepCheckpoints(), config.best());
        if (order.stepsPerEpoch() == 0) {
            throw new DataException(
                    release.folder(),
                    "has %d training %s, fewer than a batch of %d"
                            .formatted(
                                    order.size(),
                                    config.oneCaptionPerPicture() ? "pictures" : "pairs",
                                    config.batch()));
        }
        if (zeroShot != null && validation.size() == 0) {
            throw new DataException(
                    release.folder(), "has no validation pairs, beside which pictures are watched");
        }
        if (order.smallestBatch() < peers.size()) {
            throw new DataException(
                    release.folder(),
                    "leaves %d for the last batch of an epoch, fewer than the %d processes"
                            .formatted(order.smallestBatch(), peers.size()));
        }
    }

    /// Trains on `release` in `folder`, or goes on with the run there.
    ///
    /// @param initial the checkpoint to start from; null where `config.model()` gives the shape of
    ///   one trained from nothing
    /// @param zeroShot pictures that the model is measured on at each validation; null for none
    /// @param peers the processes that share the run
    /// @throws DataException if the release or a checkpoint is damaged, the folder holds another
    ///   run, the loss or the gradient is no longer a number, or the run has diverged otherwise
    /// @throws IllegalArgumentException if neither or both of model and initial are given, or a
    ///   value of the configuration is out of its range
    public static Outcome run(
            TrainConfig config,
            @Nullable Path initial,
            Release release,
            @Nullable LabelledPictures zeroShot,
            Path folder,
            Peers peers,
            Progress progress)
            throws IOException, InterruptedException {
        if ((config.model() == null) == (initial == null)) {
            throw new IllegalArgumentException(
                    "model: expected either a table [train.model] or a checkpoint to start from");
        }
        if (config.batch() % peers.size() != 0) {
            throw new IllegalArgumentException(
                    "batch: expected a multiple of the %d processes, got %d"
                            .formatted(peers.size(), config.batch()));
        }
        if (config.best() == TrainConfig.Best.HIGHEST_ZERO_SHOT_F1 && zeroShot == null) {
            throw new IllegalArgumentException(
                    "best: highest_zero_shot_f1 needs labelled pictures to watch (--zero-shot)");
        }
        config.trainerSettings(); // refuses values out of range before anything is written
        if (peers.rank() == 0) claim(config, initial, release, zeroShot, folder, progress);
        peers.barrier();
        TrainRun run = new TrainRun(config, folder, release, zeroShot, peers);
        Path last = folder.resolve("final");
        if (Files.isDirectory(last)) {
            CheckpointKeeper.State state = CheckpointKeeper.verified(last);
            return new Outcome(last, state.step(), state.step(), state.loss());
        }
        Path newest = run.checkpoints.newest().orElse(null);
        CheckpointKeeper.State state =
                newest == null
                        ? new CheckpointKeeper.State(0, Double.NaN, null)
                        : CheckpointKeeper.verified(newest);
        RunProcess process = RunProcess.current(state.step(), run.order.steps());
        if (peers.rank() == 0) process.write(folder);
        try (Start start = run.start(newest != null ? newest : initial);
                ClipTrainer trainer =
                        new ClipTrainer(start.clip, config.trainerSettings(), peers)) {
            if (newest != null) {
                trainer.loadState(newest.resolve(OPTIMISER));
            } else if (peers.rank() == 0) {
                Path untrained = folder.resolve("initial");
                CheckpointKeeper.write(
                        untrained, state, partial -> start.save(partial, start.clip));
            }
            return run.train(start, trainer, state, last, progress);
        } catch (IOException | RuntimeException e) {
            if (peers.rank() == 0) stopped(process, e, folder);
            throw e;
        }
    }

    /// Writes down why the run stopped, if the disk lets it.
    private static void stopped(RunProcess process, Exception why, Path folder) {
        try {
            process.stopped(why.getMessage() == null ? why.toString() : why.getMessage())
                    .write(folder);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    /// Writes config and environment, or checks that those in `folder` are of the same run.
    private static void claim(
            TrainConfig config,
            @Nullable Path initial,
            Release release,
            @Nullable LabelledPictures zeroShot,
            Path folder,
            Progress progress)
            throws IOException {
        Map<String, String> inputs = new TreeMap<>();
        inputs.put("pairs.parquet", Hashes.sha256(release.folder().resolve("pairs.parquet")));
        if (initial != null) {
            inputs.put("model", Checkpoint.sha256(initial));
        }
        if (zeroShot != null) inputs.put("zero_shot", zeroShot.sha256(progress));
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

    // ---- where a run starts from ------------------------------------------------------------

    /// A model and what feeds it.
    private record Start(Clip clip, ClipTokenizer tokenizer, ImagePreprocessor preprocessor)
            implements AutoCloseable {
        void save(Path checkpoint, Clip model) throws IOException {
            Checkpoint.write(checkpoint, model, tokenizer, preprocessor);
        }

        @Override
        public void close() {
            clip.close();
        }
    }

    private Start start(@Nullable Path checkpoint) throws IOException {
        if (checkpoint != null) {
            return new Start(
                    Clip.load(checkpoint),
                    ClipTokenizer.load(checkpoint),
                    ImagePreprocessor.read(checkpoint.resolve("preprocessor_config.json")));
        }
        TrainConfig.Model shape = config.model();
        if (shape == null) throw new AssertionError("checked above");
        ClipTokenizer tokenizer =
                ClipTokenizer.train(
                        IntStream.range(0, training.size()).mapToObj(training::caption).toList(),
                        shape.vocabularySize());
        return new Start(
                Clip.random(clipConfig(shape, tokenizer), config.seed()),
                tokenizer,
                ImagePreprocessor.clip(shape.imageSize()));
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

    // ---- steps ------------------------------------------------------------------------------

    private Outcome train(
            Start start,
            ClipTrainer trainer,
            CheckpointKeeper.State from,
            Path last,
            Progress progress)
            throws IOException, InterruptedException {
        CheckpointKeeper.State state = from;
        long steps = order.steps();
        long checkpointEvery = config.checkpointEverySteps(order.size());
        Validator validator =
                new Validator(validation, zeroShot, start.tokenizer, start.preprocessor, config);
        try (BatchLoader loader =
                        new BatchLoader(
                                training,
                                order,
                                start.tokenizer,
                                start.clip.config().text().context(),
                                start.preprocessor,
                                config,
                                from.step(),
                                peers,
                                Runtime.getRuntime().availableProcessors());
                TrainingMetrics metrics =
                        peers.rank() == 0
                                ? TrainingMetrics.open(folder, from.step(), InstantSource.system())
                                : null;
                Progress.Task task = progress.begin("training", steps)) {
            task.advance(from.step());
            Divergence divergence = new Divergence(config.loss().kind().ofGuessing(config.batch()));
            if (metrics != null) TrainingMetrics.losses(folder).forEach(divergence::after);
            long before = System.nanoTime();
            for (var batch = loader.next(); batch != null; batch = loader.next()) {
                double rate = config.optimiser().learningRate(batch.step(), steps);
                ClipTrainer.Step taken = trainer.step(batch, rate);
                long step = batch.step() + 1;
                if (!taken.isFinite()) {
                    throw diverged(
                            step,
                            "the loss is %s, the gradient norm %s; the step was not taken"
                                    .formatted(taken.loss(), taken.gradientNorm()),
                            rate,
                            start.clip.logitScale(),
                            checkpoints.newestName());
                }
                state = new CheckpointKeeper.State(step, taken.loss(), null);
                if (metrics == null) continue; // the rest is rank 0's
                long now = System.nanoTime();
                metrics.add(
                        TrainingMetrics.Line.ofStep(
                                step,
                                epoch(step),
                                taken.loss(),
                                rate,
                                start.clip.logitScale(),
                                taken.gradientNorm(),
                                config.batch() * 1e9 / (now - before)));
                if (divergence.after(taken.loss())) {
                    throw diverged(
                            step,
                            String.format(
                                    Locale.ROOT,
                                    "the mean loss of %d steps is %.3f, that of guessing %.3f, and"
                                            + " it was %.3f",
                                    Divergence.STEPS,
                                    divergence.mean(),
                                    divergence.guessing(),
                                    divergence.lowest()),
                            rate,
                            start.clip.logitScale(),
                            checkpoints.bestName());
                }
                before = now;
                task.advance(1);
                task.note(String.format(Locale.ROOT, "loss %.3f", taken.loss()));
                if (step % checkpointEvery == 0 || step == steps) {
                    Validation measured = validator.validate(trainer);
                    if (measured != null) {
                        if (!Double.isFinite(measured.loss())) {
                            throw diverged(
                                    step,
                                    "the validation loss is " + measured.loss(),
                                    rate,
                                    start.clip.logitScale(),
                                    checkpoints.newestName());
                        }
                        metrics.add(TrainingMetrics.Line.of(step, epoch(step), measured));
                    }
                    state = new CheckpointKeeper.State(step, taken.loss(), measured);
                    checkpoints.save(state, partial -> save(partial, start, trainer));
                    before = System.nanoTime();
                }
            }
            if (peers.rank() == 0) checkpoints.publish(last);
            peers.barrier();
            return new Outcome(last, steps, from.step(), state.loss());
        }
    }

    private double epoch(long step) {
        return (double) step / order.stepsPerEpoch();
    }

    private static void save(Path partial, Start start, ClipTrainer trainer) throws IOException {
        start.save(partial, trainer.result());
        trainer.saveState(partial.resolve(OPTIMISER));
    }

    private DataException diverged(
            long step, String what, double rate, double logitScale, String lastGood) {
        return new DataException(
                folder,
                String.format(
                        Locale.ROOT,
                        "diverged at step %d, at a learning rate of %.3g and a logit scale of %.4g:"
                                + " %s; the last good checkpoint is %s, and a lower"
                                + " optimiser.learning_rate may help",
                        step,
                        rate,
                        logitScale,
                        what,
                        lastGood));
    }
}
