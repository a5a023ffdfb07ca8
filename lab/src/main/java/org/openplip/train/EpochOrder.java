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
/// A sample is a pair; or a picture, with one of its captions. An epoch shows as many samples of
/// each source as it has, times its weight. They are taken from passes over the source, each of
/// which shows all of its samples once, in an order of its own: an epoch goes on in the pass in
/// which the one before ended, so that a weight of 0.25 makes four epochs of a pass. All that an
/// epoch shows is then shuffled together, or stays as listed, one source after the other.
///
/// Orders are drawn from (seed, epoch) and (seed, source, pass), captions from (seed, pass,
/// picture). Not thread-safe.
final class EpochOrder {
    /// What stands at a place of a batch.
    ///
    /// @param pass over its source: the same pair is changed otherwise in each
    record Sample(int pair, long pass) {}

    /// Samples of one source.
    ///
    /// @param first of them, among all
    /// @param count how many there are
    /// @param shown how many an epoch shows
    /// @param firstPair of the source, among all
    /// @param pairs how many the source has
    private record Source(int number, int first, int count, int shown, int firstPair, int pairs) {}

    private final TrainConfig config;
    private final List<int[]> samples = new ArrayList<>(); // the pairs that a sample may be
    private final List<Source> sources = new ArrayList<>();
    private final int size;
    private int[] shown = {}; // of the epoch, its samples, source by source
    private long[] passes = {};
    private int[] order = {};
    private long orderEpoch = -1;

    EpochOrder(PairSource pairs, TrainConfig config) {
        this.config = config;
        int pair = 0;
        int total = 0;
        for (PairSource.Portion portion : pairs.portions()) {
            int first = samples.size();
            addSamples(pairs, pair, portion.pairs());
            int count = samples.size() - first;
            int times = Math.toIntExact(Math.max(1, Math.round(count * portion.weight())));
            sources.add(new Source(sources.size(), first, count, times, pair, portion.pairs()));
            pair += portion.pairs();
            total = Math.addExact(total, times);
        }
        size = total;
    }

    private void addSamples(PairSource pairs, int first, int count) {
        if (!config.oneCaptionPerPicture()) {
            for (int i = first; i < first + count; i++) samples.add(new int[] {i});
            return;
        }
        Map<String, List<Integer>> pictures = new LinkedHashMap<>();
        for (int i = first; i < first + count; i++) {
            pictures.computeIfAbsent(pairs.pictureName(i), _ -> new ArrayList<>()).add(i);
        }
        for (List<Integer> all : pictures.values()) {
            samples.add(all.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    /// Samples an epoch.
    int size() {
        return size;
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

    /// Pairs of the smallest batch.
    int smallestBatch() {
        return switch (config.order()) {
            case SHUFFLED -> config.batch();
            case AS_LISTED -> (size() - 1) % config.batch() + 1;
        };
    }

    /// The samples of a step.
    Sample[] samples(long step) {
        long epoch = epoch(step);
        if (epoch != orderEpoch) arrange(epoch);
        int first = Math.toIntExact(step % stepsPerEpoch() * config.batch());
        Sample[] batch = new Sample[Math.min(config.batch(), size() - first)];
        for (int i = 0; i < batch.length; i++) {
            int place = order[first + i];
            int[] pairs = samples.get(shown[place]);
            long pass = passes[place];
            batch[i] =
                    new Sample(
                            pairs.length == 1
                                    ? pairs[0]
                                    : pairs[caption(pass, shown[place], pairs.length)],
                            pass);
        }
        return batch;
    }

    private void arrange(long epoch) {
        shown = new int[size];
        passes = new long[size];
        int place = 0;
        for (Source source : sources) {
            int[] within = {};
            long passWithin = -1;
            for (int i = 0; i < source.shown; i++, place++) {
                long drawn = epoch * source.shown + i;
                long pass = drawn / source.count;
                if (pass != passWithin) {
                    within = within(source, pass);
                    passWithin = pass;
                }
                shown[place] = source.first + within[(int) (drawn % source.count)];
                passes[place] = pass;
            }
        }
        order =
                switch (config.order()) {
                    case SHUFFLED -> permutation(size, random(config.seed(), epoch, -1));
                    case AS_LISTED -> listed(size);
                };
        orderEpoch = epoch;
    }

    /// The order of a source's samples in one of its passes.
    private int[] within(Source source, long pass) {
        // An epoch that is a pass is shuffled as a whole.
        boolean listed = config.order() == TrainConfig.Order.AS_LISTED;
        if (listed || source.shown == source.count) return listed(source.count);
        return permutation(
                source.count, random(config.seed(), pass, Long.MIN_VALUE + source.number));
    }

    /// A pair of the same source, drawn for `sample` for the case that it cannot be used.
    ///
    /// @param tries how many such pairs could not be used either
    int another(Sample sample, int tries) {
        for (Source source : sources) {
            if (sample.pair >= source.firstPair + source.pairs) continue;
            SplittableRandom random =
                    random(config.seed(), sample.pass, Long.MAX_VALUE - sample.pair);
            for (int i = 0; i < tries; i++) random.nextInt(source.pairs);
            return source.firstPair + random.nextInt(source.pairs);
        }
        throw new IllegalArgumentException("sample: is of no source: " + sample);
    }

    private int caption(long pass, int sample, int captions) {
        // Below -1, so that no pair and no order of an epoch draws the same.
        return random(config.seed(), pass, -2L - sample).nextInt(captions);
    }

    private static int[] listed(int size) {
        return IntStream.range(0, size).toArray();
    }

    /// Fisher and Yates' shuffle of 0 to `size - 1`.
    private static int[] permutation(int size, SplittableRandom random) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// The generator of what is drawn for `pair` in `pass`.
    static SplittableRandom random(long seed, long pass, long pair) {
        // One odd multiplier each, so that (seed, pass, pair) does not meet (pass, seed, pair).
        return new SplittableRandom(
                seed * 0x9E3779B97F4A7C15L
                        + pass * 0xC2B2AE3D27D4EB4FL
                        + pair * 0x165667B19E3779F9L);
    }
}
