package org.openplip.train;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.model.AdamWSettings;
import org.openplip.model.ClipTrainer;
import org.openplip.model.ContrastiveLoss;
import org.openplip.model.Precision;
import org.openplip.model.TowerTraining;

/// What a training run is made of, whatever it reads and wherever it writes. The table `[train]` of
/// a recipe.
///
/// @param seed of the weights, the order of the pairs and the augmentation
/// @param model the shape of a CLIP trained from nothing; null where the run starts from a
///   checkpoint
/// @param epochs passes over the training pairs
/// @param order of the pairs in an epoch
/// @param oneCaptionPerPicture whether an epoch shows each picture once, with one of its captions,
///   drawn anew; else each pair once
/// @param batch pairs a step; each picture is set against all captions of its batch
/// @param part pairs that go through the towers at a time: less memory, the same numbers
/// @param precision of the towers: `float32` or `bf16`
/// @param recompute whether a block's intermediate results are computed again and not kept: less
///   memory, the same numbers
/// @param averageDecay of the running average of the weights, which is what is validated and kept;
///   0 for the weights themselves
/// @param checkpointEveryEpochs epochs between two checkpoints, each with a validation
/// @param keepCheckpoints how many of the newest checkpoints stay, beside the best
/// @param best by what of the validation
public record TrainConfig(
        long seed,
        @Nullable Model model,
        int epochs,
        Order order,
        boolean oneCaptionPerPicture,
        int batch,
        int part,
        Precision precision,
        boolean recompute,
        double averageDecay,
        double checkpointEveryEpochs,
        int keepCheckpoints,
        Best best,
        Pictures pictures,
        Loss loss,
        Tower imageTower,
        Tower textTower,
        Optimiser optimiser) {

    /// The order of the pairs.
    public enum Order {
        /// Another one each epoch. The last, smaller batch is left out.
        SHUFFLED,
        /// The release's, each epoch, the last, smaller batch included: as PLIP's training code
        /// reads its table.
        AS_LISTED
    }

    /// What makes a checkpoint the best.
    public enum Best {
        LOWEST_LOSS,
        HIGHEST_RECALL_AT_10,
        /// Of the labelled pictures that the run watches.
        HIGHEST_ZERO_SHOT_F1
    }

    /// The shape of both towers, in CLIP's terms.
    ///
    /// @param imageSize pixels a side of the picture that the tower sees
    /// @param patchSize pixels a side of a patch
    /// @param contextLength tokens of a caption, start and end included
    /// @param vocabularySize byte-pair entries trained on the captions, specials included
    /// @param projectionWidth numbers in an embedding
    public record Model(
            int imageSize,
            int patchSize,
            int visionWidth,
            int visionLayers,
            int visionHeads,
            int textWidth,
            int textLayers,
            int textHeads,
            int contextLength,
            int vocabularySize,
            int projectionWidth) {}

    /// How a picture becomes what the image tower sees (the paper's variant A: resize, random crop,
    /// flips).
    ///
    /// @param shortestEdge pixels of the shorter side before the random crop
    public record Pictures(int shortestEdge, boolean horizontalFlip, boolean verticalFlip) {
        public Pictures {
            positive("pictures.shortest_edge", shortestEdge);
        }
    }

    /// The contrastive loss.
    ///
    /// @param kind `cross_entropy` (CLIP's) or `sigmoid` (SigLIP's)
    /// @param leaveOutSame whether pairs of a batch with the same caption or with near-duplicate
    ///   pictures (the release's `duplicate_group`) are no negatives of each other
    /// @param clampLogitScale whether the logit scale is held between 1 and 100
    public record Loss(ContrastiveLoss kind, boolean leaveOutSame, boolean clampLogitScale) {}

    /// What of a tower is trained.
    ///
    /// @param train which part
    /// @param blocks for `last_blocks`: how many
    /// @param rank for `low_rank`: of the adapters
    /// @param alpha for `low_rank`: their products are multiplied by alpha / rank
    /// @param matrices for `low_rank`: some of `q_proj`, `k_proj`, `v_proj`, `out_proj`, `fc1`,
    ///   `fc2`
    public record Tower(
            Part train,
            @Nullable Integer blocks,
            @Nullable Integer rank,
            @Nullable Double alpha,
            @Nullable List<String> matrices) {

        /// A part of a tower.
        public enum Part {
            EVERYTHING,
            NOTHING,
            LAST_BLOCKS,
            LOW_RANK
        }

        public Tower {
            boolean last = train == Part.LAST_BLOCKS;
            boolean low = train == Part.LOW_RANK;
            belongs("blocks", blocks, "last_blocks", last);
            belongs("rank", rank, "low_rank", low);
            belongs("alpha", alpha, "low_rank", low);
            belongs("matrices", matrices, "low_rank", low);
            training(train, blocks, rank, alpha, matrices);
        }

        private static void belongs(
                String key, @Nullable Object value, String part, boolean chosen) {
            if ((value != null) != chosen) {
                throw new IllegalArgumentException(
                        chosen
                                ? "%s: is missing, train = \"%s\" needs it".formatted(key, part)
                                : "%s: is for train = \"%s\" alone".formatted(key, part));
            }
        }

        /// All of it.
        public static Tower whole() {
            return new Tower(Part.EVERYTHING, null, null, null, null);
        }

        TowerTraining training() {
            return training(train, blocks, rank, alpha, matrices);
        }

        private static TowerTraining training(
                Part train,
                @Nullable Integer blocks,
                @Nullable Integer rank,
                @Nullable Double alpha,
                @Nullable List<String> matrices) {
            if (blocks != null) return new TowerTraining.LastBlocks(blocks);
            if (rank != null && alpha != null && matrices != null) {
                return new TowerTraining.LowRank(rank, alpha, Set.copyOf(matrices));
            }
            return train == Part.NOTHING
                    ? new TowerTraining.Nothing()
                    : new TowerTraining.Everything();
        }
    }

    /// AdamW (Loshchilov and Hutter, 2019) with linear warm-up and a cosine per step.
    ///
    /// @param learningRate the peak, reached after the warm-up
    /// @param weightDecay per step, times the learning rate
    /// @param decayed which parameters
    /// @param layerDecay what the learning rate is multiplied by for each layer further from a
    ///   tower's exit; 1 for one rate everywhere
    /// @param largestGradientNorm longer gradients are cut to it; `inf` for no limit
    public record Optimiser(
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            AdamWSettings.Decayed decayed,
            double layerDecay,
            double largestGradientNorm,
            int warmupSteps) {
        public Optimiser {
            if (!(learningRate > 0)) {
                throw new IllegalArgumentException(
                        "optimiser.learning_rate: expected more than 0, got " + learningRate);
            }
            if (warmupSteps < 0) {
                throw new IllegalArgumentException(
                        "optimiser.warmup_steps: expected at least 0, got " + warmupSteps);
            }
        }

        /// The learning rate of step `step` (from 0) of `steps`, as in open_clip and PLIP's
        /// training code: `peak * (step + 1) / warmup`, then `peak * (1 + cos(pi * p)) / 2` where p
        /// goes from 0 to 1 over the steps after the warm-up.
        public double learningRate(long step, long steps) {
            if (step < warmupSteps) return learningRate * (step + 1) / warmupSteps;
            double passed = (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps);
            return 0.5 * (1 + Math.cos(Math.PI * passed)) * learningRate;
        }

        private AdamWSettings adamW() {
            return new AdamWSettings(beta1, beta2, epsilon, weightDecay, decayed, layerDecay);
        }
    }

    public TrainConfig {
        positive("epochs", epochs);
        if (batch < 2) {
            throw new IllegalArgumentException(
                    "batch: expected at least 2, for a pair needs another to be told from; got "
                            + batch);
        }
        if (part < 1 || part > batch) {
            throw new IllegalArgumentException(
                    "part: expected 1 to the batch of %d, got %d".formatted(batch, part));
        }
        if (!(checkpointEveryEpochs > 0)) {
            throw new IllegalArgumentException(
                    "checkpoint_every_epochs: expected more than 0, got " + checkpointEveryEpochs);
        }
        positive("keep_checkpoints", keepCheckpoints);
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": expected at least 1, got " + value);
        }
    }

    /// What the trainer needs to know.
    ///
    /// @throws IllegalArgumentException if a value is out of its range
    ClipTrainer.Settings trainerSettings() {
        return new ClipTrainer.Settings(
                loss.kind(),
                loss.leaveOutSame(),
                loss.clampLogitScale(),
                imageTower.training(),
                textTower.training(),
                precision,
                recompute,
                optimiser.adamW(),
                optimiser.largestGradientNorm(),
                averageDecay,
                seed);
    }

    /// Steps between two checkpoints, where an epoch has `pairs`: cut down, as in PLIP's training
    /// code, which says 402 for a quarter of 206,329 pairs in batches of 128.
    long checkpointEverySteps(int pairs) {
        return Math.max(1, (long) ((double) pairs / batch * checkpointEveryEpochs));
    }

    /// The same run with another seed.
    public TrainConfig withSeed(long otherSeed) {
        return with(otherSeed, model);
    }

    /// The same run from a checkpoint, whose shape it takes.
    public TrainConfig fineTuning() {
        return with(seed, null);
    }

    private TrainConfig with(long otherSeed, @Nullable Model otherModel) {
        return new TrainConfig(
                otherSeed,
                otherModel,
                epochs,
                order,
                oneCaptionPerPicture,
                batch,
                part,
                precision,
                recompute,
                averageDecay,
                checkpointEveryEpochs,
                keepCheckpoints,
                best,
                pictures,
                loss,
                imageTower,
                textTower,
                optimiser);
    }
}
