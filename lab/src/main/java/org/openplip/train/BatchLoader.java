package org.openplip.train;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
import org.openplip.tokenizer.ClipTokenizer;

/// Batches of augmented pictures and tokenised captions, step by step, made ahead on a fixed pool.
///
/// What a step holds is a function of the seed and the step alone: the order of an epoch is a
/// permutation drawn from (seed, epoch), the augmentation of a sample from (seed, epoch, pair). So
/// a run can go on at any step, and the number of threads changes nothing. The last, smaller batch
/// of an epoch is left out; its pairs differ from epoch to epoch.
///
/// Not thread-safe: one reader. Closing ends the pool.
final class BatchLoader implements AutoCloseable {
    /// One step's input.
    ///
    /// @param pixels float32 `[batch, 3, size, size]`, normalised
    /// @param ids int64 `[batch, context]`
    @SuppressWarnings("ArrayRecordComponent") // passed on to native memory, compared by nobody
    record Batch(long step, float[] pixels, long[] ids) {}

    // Decoded pictures at the training size, kept while they fit: decoding costs more than
    // cropping.
    private static final long CACHE_BYTES = 1L << 30;
    private static final int BATCHES_AHEAD = 3;

    private final PairSource pairs;
    private final ClipTokenizer tokenizer;
    private final int contextLength;
    private final ImagePreprocessor preprocessor;
    private final TrainConfig config;
    private final long steps;
    private final RgbImage @Nullable [] cache;
    private final ExecutorService pool;
    private final Queue<List<Future<float[]>>> pictures = new ArrayDeque<>();
    private final Queue<int[]> samples = new ArrayDeque<>();
    private long submitted;
    private long next;
    private int[] order = {};
    private long orderEpoch = -1;

    /// @param firstStep the step that [#next] gives first
    BatchLoader(
            PairSource pairs,
            ClipTokenizer tokenizer,
            int contextLength,
            ImagePreprocessor preprocessor,
            TrainConfig config,
            long firstStep,
            int threads) {
        this.pairs = pairs;
        this.tokenizer = tokenizer;
        this.contextLength = contextLength;
        this.preprocessor = preprocessor;
        this.config = config;
        steps = stepsPerEpoch(pairs.size(), config.batch()) * config.epochs();
        long edge = config.pictures().shortestEdge();
        cache = 4 * edge * edge * pairs.size() <= CACHE_BYTES ? new RgbImage[pairs.size()] : null;
        submitted = firstStep;
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

    static long stepsPerEpoch(int pairs, int batch) {
        return pairs / batch;
    }

    /// All steps of the run.
    long steps() {
        return steps;
    }

    /// The next step's batch, or null after the last.
    ///
    /// @throws IOException if a picture cannot be read; the message names it
    @Nullable Batch next() throws IOException, InterruptedException {
        while (submitted < steps && submitted < next + BATCHES_AHEAD) submit(submitted++);
        List<Future<float[]>> parts = pictures.poll();
        int[] batch = samples.poll();
        if (parts == null || batch == null) return null;
        int sample = 3 * preprocessor.cropSize() * preprocessor.cropSize();
        float[] pixels = new float[batch.length * sample];
        long[] ids = new long[batch.length * contextLength];
        for (int i = 0; i < batch.length; i++) {
            System.arraycopy(await(parts.get(i)), 0, pixels, i * sample, sample);
            int[] row = tokenizer.row(pairs.caption(batch[i]), contextLength);
            for (int t = 0; t < contextLength; t++) ids[i * contextLength + t] = row[t];
        }
        return new Batch(next++, pixels, ids);
    }

    private void submit(long step) {
        long perEpoch = stepsPerEpoch(pairs.size(), config.batch());
        long epoch = step / perEpoch;
        if (epoch != orderEpoch) {
            order = permutation(pairs.size(), config.seed(), epoch);
            orderEpoch = epoch;
        }
        int first = (int) (step % perEpoch) * config.batch();
        int[] batch = new int[config.batch()];
        List<Future<float[]>> parts = new ArrayList<>();
        for (int i = 0; i < batch.length; i++) {
            int pair = order[first + i];
            batch[i] = pair;
            parts.add(pool.submit(() -> augmented(pair, epoch)));
        }
        samples.add(batch);
        pictures.add(parts);
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

    private static SplittableRandom random(long seed, long epoch, long pair) {
        // One odd multiplier each, so that (seed, epoch, pair) does not meet (epoch, seed, pair).
        return new SplittableRandom(
                seed * 0x9E3779B97F4A7C15L
                        + epoch * 0xC2B2AE3D27D4EB4FL
                        + pair * 0x165667B19E3779F9L);
    }

    /// float32 `[3, size, size]`
    private float[] augmented(int pair, long epoch) throws IOException {
        RgbImage image = resized(pair);
        int size = preprocessor.cropSize();
        SplittableRandom random = random(config.seed(), epoch, pair);
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
