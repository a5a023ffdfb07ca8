package org.openplip.train;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.model.PairBatch;
import org.openplip.tokenizer.ClipTokenizer;

/// Batches of augmented pictures and tokenised captions, step by step, made ahead on a fixed pool.
///
/// What a step holds is a function of the seed and the step alone: see [EpochOrder]; the
/// augmentation of a sample is drawn from (seed, epoch, pair). So a run can go on at any step, the
/// number of threads changes nothing, and a part that is read a second time is the same. A batch of
/// several parts is never in memory as a whole: its parts are made once for each reading.
///
/// Not thread-safe: one reader. Closing ends the pool.
final class BatchLoader implements AutoCloseable {
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
    private record Delivery(long step, int part, int[] pairs, List<Future<float[]>> pictures) {}

    // Decoded pictures at the training size, kept while they fit: decoding costs more than
    // cropping.
    private static final long CACHE_BYTES = 1L << 30;
    private static final int PARTS_AHEAD = 3;

    private final PairSource pairs;
    private final ClipTokenizer tokenizer;
    private final int contextLength;
    private final ImagePreprocessor preprocessor;
    private final TrainConfig config;
    private final EpochOrder order;
    private final Map<String, Integer> groups = new HashMap<>();
    private final RgbImage @Nullable [] cache;
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
            long firstStep,
            int threads) {
        this.pairs = pairs;
        this.order = order;
        this.tokenizer = tokenizer;
        this.contextLength = contextLength;
        this.preprocessor = preprocessor;
        this.config = config;
        long edge = config.pictures().shortestEdge();
        cache = 4 * edge * edge * pairs.size() <= CACHE_BYTES ? new RgbImage[pairs.size()] : null;
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

    /// The next step's batch, or null after the last. The one before must have been read.
    @Nullable Batch next() {
        if (next == order.steps()) return null;
        int parts = parts(order.pairs(next).length);
        return new Batch(next++, parts);
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
        int n = delivery.pairs.length;
        int sample = 3 * preprocessor.cropSize() * preprocessor.cropSize();
        float[] pixels = new float[n * sample];
        long[] ids = new long[n * contextLength];
        long[] sameGroups = new long[n];
        for (int i = 0; i < n; i++) {
            System.arraycopy(await(delivery.pictures.get(i)), 0, pixels, i * sample, sample);
            int pair = delivery.pairs[i];
            int[] row = tokenizer.row(pairs.caption(pair), contextLength);
            for (int t = 0; t < contextLength; t++) ids[i * contextLength + t] = row[t];
            sameGroups[i] = groups.computeIfAbsent(pairs.duplicateGroup(pair), _ -> groups.size());
        }
        return new PairBatch.Part(pixels, ids, sameGroups);
    }

    private void submit() {
        int[] batch = order.pairs(submittedStep);
        int parts = parts(batch.length);
        int part = submittedReading % parts;
        int first = part * config.part();
        int[] some =
                Arrays.copyOfRange(batch, first, Math.min(batch.length, first + config.part()));
        long epoch = order.epoch(submittedStep);
        List<Future<float[]>> pictures = new ArrayList<>();
        for (int pair : some) pictures.add(pool.submit(() -> augmented(pair, epoch)));
        deliveries.add(new Delivery(submittedStep, part, some, pictures));
        submittedReading++;
        if (submittedReading == (parts == 1 ? 1 : 2 * parts)) {
            submittedReading = 0;
            submittedStep++;
        }
    }

    private static float[] await(Future<float[]> part) throws IOException, InterruptedException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// float32 `[3, size, size]`
    private float[] augmented(int pair, long epoch) throws IOException {
        RgbImage image = resized(pair);
        int size = preprocessor.cropSize();
        SplittableRandom random = EpochOrder.random(config.seed(), epoch, pair);
        RgbImage cropped =
                image.crop(
                        random.nextInt(image.width() - size + 1),
                        random.nextInt(image.height() - size + 1),
                        size,
                        size);
        boolean flipX = random.nextBoolean() && config.pictures().horizontalFlip();
        boolean flipY = random.nextBoolean() && config.pictures().verticalFlip();
        float[] pixels = new float[3 * size * size];
        preprocessor.normalize(flipped(cropped, flipX, flipY), pixels, 0);
        return pixels;
    }

    private RgbImage resized(int pair) throws IOException {
        RgbImage cached = cache == null ? null : cache[pair];
        if (cached != null) return cached;
        RgbImage image = pairs.picture(pair);
        int edge = config.pictures().shortestEdge();
        int shorter = Math.min(image.width(), image.height());
        // The longer side is cut down, not rounded, as torchvision's Resize does.
        RgbImage resized =
                Resampler.bicubic(
                        image,
                        (int) ((long) edge * image.width() / shorter),
                        (int) ((long) edge * image.height() / shorter));
        if (cache != null) cache[pair] = resized;
        return resized;
    }

    static RgbImage flipped(RgbImage image, boolean flipX, boolean flipY) {
        if (!flipX && !flipY) return image;
        int width = image.width();
        int height = image.height();
        byte[] from = image.pixels();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            int sourceY = flipY ? height - 1 - y : y;
            for (int x = 0; x < width; x++) {
                int sourceX = flipX ? width - 1 - x : x;
                System.arraycopy(from, 3 * (sourceY * width + sourceX), to, 3 * (y * width + x), 3);
            }
        }
        return new RgbImage(width, height, to);
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
