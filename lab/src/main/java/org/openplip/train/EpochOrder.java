package org.openplip.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Which pairs each step holds: a function of the seed and the step alone, so that a run can go on
/// at any step.
///
/// An epoch shows a number of samples: the pairs, or the pictures, each with one of its captions.
/// Its order is a permutation drawn from (seed, epoch), the caption from (seed, epoch, picture).
/// Not thread-safe.
final class EpochOrder {
    private final TrainConfig config;
    private final List<int[]> samples; // the pairs that a sample may be
    private int[] order = {};
    private long orderEpoch = -1;

    EpochOrder(PairSource pairs, TrainConfig config) {
        this.config = config;
        if (config.oneCaptionPerPicture()) {
            Map<String, List<Integer>> pictures = new LinkedHashMap<>();
            for (int i = 0; i < pairs.size(); i++) {
                pictures.computeIfAbsent(pairs.pictureName(i), _ -> new ArrayList<>()).add(i);
            }
            samples =
                    pictures.values().stream()
                            .map(all -> all.stream().mapToInt(Integer::intValue).toArray())
                            .toList();
        } else {
            samples = IntStream.range(0, pairs.size()).mapToObj(i -> new int[] {i}).toList();
        }
    }

    /// Samples an epoch.
    int size() {
        return samples.size();
    }

    long stepsPerEpoch() {
        return switch (config.order()) {
            case SHUFFLED -> size() / config.batch();
            case AS_LISTED -> Math.ceilDiv(size(), config.batch());
        };
    }

    /// All steps of the run.
    long steps() {
        return stepsPerEpoch() * config.epochs();
    }

    long epoch(long step) {
        return step / stepsPerEpoch();
    }

    /// The pairs of a step.
    int[] pairs(long step) {
        long epoch = epoch(step);
        if (epoch != orderEpoch) {
            order = order(epoch);
            orderEpoch = epoch;
        }
        int first = Math.toIntExact(step % stepsPerEpoch() * config.batch());
        int[] batch = new int[Math.min(config.batch(), size() - first)];
        for (int i = 0; i < batch.length; i++) {
            int[] sample = samples.get(order[first + i]);
            batch[i] =
                    sample.length == 1
                            ? sample[0]
                            : sample[caption(epoch, order[first + i], sample.length)];
        }
        return batch;
    }

    private int[] order(long epoch) {
        return switch (config.order()) {
            case SHUFFLED -> permutation(size(), config.seed(), epoch);
            case AS_LISTED -> IntStream.range(0, size()).toArray();
        };
    }

    private int caption(long epoch, int sample, int captions) {
        // Below -1, so that no pair and no permutation draws the same.
        return random(config.seed(), epoch, -2L - sample).nextInt(captions);
    }

    /// Fisher and Yates' shuffle of 0 to `size - 1`.
    static int[] permutation(int size, long seed, long epoch) {
        SplittableRandom random = random(seed, epoch, -1);
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// The generator of what is drawn for `pair` in `epoch`.
    static SplittableRandom random(long seed, long epoch, long pair) {
        // One odd multiplier each, so that (seed, epoch, pair) does not meet (epoch, seed, pair).
        return new SplittableRandom(
                seed * 0x9E3779B97F4A7C15L
                        + epoch * 0xC2B2AE3D27D4EB4FL
                        + pair * 0x165667B19E3779F9L);
    }
}
