package org.openplip.train;

import org.jspecify.annotations.Nullable;

/// What a training run is made of, whatever it reads and wherever it writes. The table `[train]` of
/// a recipe.
///
/// @param seed of the weights, the order of the pairs and the augmentation
/// @param model the shape of a CLIP trained from nothing; null where the run starts from a
///   checkpoint
/// @param epochs passes over the training pairs
/// @param batch pairs a step; each picture is set against all captions of its batch
/// @param checkpointEverySteps steps between two checkpoints, each with a validation
/// @param keepCheckpoints how many of the newest checkpoints stay
public record TrainConfig(
        long seed,
        @Nullable Model model,
        Pictures pictures,
        Optimiser optimiser,
        int epochs,
        int batch,
        int checkpointEverySteps,
        int keepCheckpoints) {

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

    /// AdamW (Loshchilov and Hutter, 2019) with linear warm-up and a cosine per step.
    ///
    /// @param learningRate the peak, reached after the warm-up
    /// @param weightDecay on parameters of two or more axes; gains, biases and the logit scale have
    ///   none
    public record Optimiser(
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
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
    }

    public TrainConfig {
        positive("epochs", epochs);
        if (batch < 2) {
            throw new IllegalArgumentException(
                    "batch: expected at least 2, for a pair needs another to be told from; got "
                            + batch);
        }
        positive("checkpoint_every_steps", checkpointEverySteps);
        positive("keep_checkpoints", keepCheckpoints);
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": expected at least 1, got " + value);
        }
    }

    /// The same run with another seed.
    public TrainConfig withSeed(long otherSeed) {
        return new TrainConfig(
                otherSeed,
                model,
                pictures,
                optimiser,
                epochs,
                batch,
                checkpointEverySteps,
                keepCheckpoints);
    }

    /// The same run from a checkpoint, whose shape it takes.
    public TrainConfig fineTuning() {
        return new TrainConfig(
                seed,
                null,
                pictures,
                optimiser,
                epochs,
                batch,
                checkpointEverySteps,
                keepCheckpoints);
    }
}
