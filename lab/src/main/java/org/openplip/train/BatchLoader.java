package org.openplip.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImagePreprocessor;
import org.openplip.model.PairBatch;
import org.openplip.tensor.Peers;
import org.openplip.tokenizer.ClipTokenizer;

/// Batches of augmented pictures and tokenised captions, step by step, made ahead on a fixed pool.
///
/// What a step holds is a function of the seed and the step alone: see [EpochOrder] and
/// [AugmentedPictures]. So a run can go on at any step, the number of threads changes nothing, and
/// a part that is read a second time is the same. A batch of several parts is never in memory as a
/// whole: its parts are made once for each reading. Of several processes each makes its share of a
/// batch, in the order of their ranks.
///
/// Where decoding takes much of the machine's time, decoded pictures are kept on disk: see
/// [CacheRule] and [PictureCache].
///
/// Not thread-safe: one reader. Closing ends the pool.
final class BatchLoader implements AutoCloseable {
    /// Where decoded pictures may be kept: cropping costs less than decoding.
    ///
    /// @param memory in bytes; if all pictures fit, they are kept there
    /// @param folder for those that do not; used from the start if it is there
    /// @param nanoTime the clock by which is told whether the folder pays
    record Keeping(long memory, Path folder, LongSupplier nanoTime) {}

    /// One step's input. Its parts are read in order: once where there is one, else twice.
    final class Batch implements PairBatch {
        private final long step;
        private final int parts;

        private Batch(long step, int parts) {
            this.step = step;
            this.parts = parts;
        }

        /// The number of the step, from 0.
        long step() {
            return step;
        }

        @Override
        public int parts() {
            return parts;
        }

        /// @throws IOException if a picture cannot be read; the message names it
        @Override
        public Part part(int i) throws IOException, InterruptedException {
            return read(step, i);
        }
    }

    /// A part that is being made.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Delivery(long step, int part, List<Future<AugmentedPictures.Made>> pictures) {}

    private static final int PARTS_AHEAD = 3;

    private final PairSource pairs;
    private final ClipTokenizer tokenizer;
    private final int contextLength;
    private final ImagePreprocessor preprocessor;
    private final TrainConfig config;
    private final EpochOrder order;
    private final Peers peers;
    private final int[] groups; // of each pair, the same numbers in all processes
    private final AugmentedPictures pictures;
    private final CacheRule rule;
    private final Keeping keeping;
    private @Nullable PictureCache cache;
    private final ExecutorService pool;
    private final Queue<Delivery> deliveries = new ArrayDeque<>();
    private long next;
    private long submittedStep;
    private int submittedReading;

    /// @param firstStep the step that [#next] gives first
    BatchLoader(
            PairSource pairs,
            EpochOrder order,
            ClipTokenizer tokenizer,
            int contextLength,
            ImagePreprocessor preprocessor,
            TrainConfig config,
            RejectionLog rejections,
            Keeping keeping,
            long firstStep,
            Peers peers,
            int threads)
            throws IOException {
        this.pairs = pairs;
        this.order = order;
        this.peers = peers;
        this.tokenizer = tokenizer;
        this.contextLength = contextLength;
        this.preprocessor = preprocessor;
        this.config = config;
        pictures =
                new AugmentedPictures(
                        pairs,
                        order,
                        preprocessor,
                        config,
                        rejections,
                        keeping.memory,
                        keeping.nanoTime);
        rule = new CacheRule(threads);
        this.keeping = keeping;
        if (!pictures.inMemory() && Files.isDirectory(keeping.folder)) keepPictures();
        groups = new int[pairs.size()];
        Map<String, Integer> numbers = new HashMap<>();
        for (int i = 0; i < groups.length; i++) {
            groups[i] = numbers.computeIfAbsent(pairs.duplicateGroup(i), _ -> numbers.size());
        }
        submittedStep = firstStep;
        next = firstStep;
        pool =
                Executors.newFixedThreadPool(
                        threads,
                        task -> {
                            Thread thread = new Thread(task, "training-pictures");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /// Keeps decoded pictures on disk from now on, in at most half of what is free: of several
    /// processes each in its part of that.
    private void keepPictures() throws IOException {
        Files.createDirectories(keeping.folder);
        long room = Files.getFileStore(keeping.folder).getUsableSpace() / 2 / peers.size();
        cache = new PictureCache(keeping.folder, room);
        pictures.keepOn(cache);
    }

    /// What is kept on disk, for the user; empty where nothing is.
    String remark() {
        return cache == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", decoded pictures on disk: %.1f of about %.1f GB",
                        cache.kept() / 1e9,
                        pictures.size() / 1e9);
    }

    /// The next step's batch, or null after the last. The one before must have been read.
    @Nullable Batch next() {
        if (next == order.steps()) return null;
        int parts = parts(share(next).length);
        return new Batch(next++, parts);
    }

    /// This process's pairs of a step.
    private EpochOrder.Sample[] share(long step) {
        EpochOrder.Sample[] all = order.samples(step);
        return Arrays.copyOfRange(
                all,
                (int) ((long) all.length * peers.rank() / peers.size()),
                (int) ((long) all.length * (peers.rank() + 1) / peers.size()));
    }

    private int parts(int pairs) {
        return Math.ceilDiv(pairs, config.part());
    }

    private PairBatch.Part read(long step, int part) throws IOException, InterruptedException {
        while (submittedStep < order.steps() && deliveries.size() < PARTS_AHEAD) submit();
        Delivery delivery = deliveries.poll();
        if (delivery == null || delivery.step != step || delivery.part != part) {
            throw new IllegalStateException(
                    "step %d, part %d is not the next to be read".formatted(step, part));
        }
        if (cache == null
                && !pictures.inMemory()
                && rule.pays(
                        pictures.decoded(), pictures.decodingNanos(), keeping.nanoTime.getAsLong())
                && order.steps() - step > order.stepsPerEpoch()) {
            keepPictures();
        }
        int n = delivery.pictures.size();
        int sample = 3 * preprocessor.cropSize() * preprocessor.cropSize();
        float[] pixels = new float[n * sample];
        long[] ids = new long[n * contextLength];
        long[] sameGroups = new long[n];
        for (int i = 0; i < n; i++) {
            AugmentedPictures.Made made = await(delivery.pictures.get(i));
            System.arraycopy(made.pixels(), 0, pixels, i * sample, sample);
            int[] row = tokenizer.row(pairs.caption(made.pair()), contextLength);
            for (int t = 0; t < contextLength; t++) ids[i * contextLength + t] = row[t];
            sameGroups[i] = groups[made.pair()];
        }
        return new PairBatch.Part(pixels, ids, sameGroups);
    }

    private void submit() {
        EpochOrder.Sample[] batch = share(submittedStep);
        int parts = parts(batch.length);
        int part = submittedReading % parts;
        int first = part * config.part();
        int end = Math.min(batch.length, first + config.part());
        List<Future<AugmentedPictures.Made>> made = new ArrayList<>();
        for (int i = first; i < end; i++) {
            EpochOrder.Sample sample = batch[i];
            made.add(pool.submit(() -> pictures.make(sample)));
        }
        deliveries.add(new Delivery(submittedStep, part, made));
        submittedReading++;
        if (submittedReading == (parts == 1 ? 1 : 2 * parts)) {
            submittedReading = 0;
            submittedStep++;
        }
    }

    private static AugmentedPictures.Made await(Future<AugmentedPictures.Made> picture)
            throws IOException, InterruptedException {
        try {
            return picture.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
