package org.openplip.train;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// What the image tower reads of each sample: a function of the seed and the sample alone. A
/// picture that cannot be decoded is written down, and another pair of its source, drawn for the
/// sample, stands in for it. Safe to use from several threads.
final class AugmentedPictures {
    /// A sample's picture.
    ///
    /// @param pair which it is of: the sample's, or the one that stands in for it
    /// @param pixels float32 `[3, size, size]`
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Made(int pair, float[] pixels) {}

    /// Pairs that may fail one after the other; more is no accident.
    private static final int TRIES = 100;

    private final PairSource pairs;
    private final EpochOrder order;
    private final ImagePreprocessor preprocessor;
    private final TrainConfig config;
    private final Augmentation augmentation;
    private final RejectionLog rejections;
    private final RgbImage @Nullable [] memory;
    private final LongSupplier nanoTime;
    private final AtomicLong decoded = new AtomicLong();
    private final AtomicLong decodingNanos = new AtomicLong();
    private volatile @Nullable PictureCache disk;

    /// @param memory in bytes; if all pictures fit into it after resizing, they are kept there
    /// @param nanoTime a clock
    AugmentedPictures(
            PairSource pairs,
            EpochOrder order,
            ImagePreprocessor preprocessor,
            TrainConfig config,
            RejectionLog rejections,
            long memory,
            LongSupplier nanoTime) {
        this.pairs = pairs;
        this.order = order;
        this.preprocessor = preprocessor;
        this.config = config;
        this.rejections = rejections;
        this.nanoTime = nanoTime;
        augmentation = new Augmentation(config.pictures(), preprocessor.cropSize());
        this.memory = size() <= memory ? new RgbImage[pairs.size()] : null;
    }

    /// About the bytes of all pictures after resizing, a third longer than wide.
    long size() {
        long edge = config.pictures().shortestEdge();
        return 4 * edge * edge * pairs.size();
    }

    /// Whether all decoded pictures are kept in memory.
    boolean inMemory() {
        return memory != null;
    }

    /// Keeps decoded pictures in `cache` from now on, and takes them from there.
    void keepOn(PictureCache cache) {
        disk = cache;
    }

    /// Pictures decoded so far.
    long decoded() {
        return decoded.get();
    }

    /// What reading, decoding and resizing them took, of all threads together.
    long decodingNanos() {
        return decodingNanos.get();
    }

    /// The picture of `sample`.
    ///
    /// @throws IOException if it cannot be read, or too many cannot be decoded
    Made make(EpochOrder.Sample sample) throws IOException {
        SplittableRandom random = EpochOrder.random(config.seed(), sample.pass(), sample.pair());
        int pair = sample.pair();
        for (int tries = 0; ; tries++) {
            try (Augmentation.Resized picture = resized(pair)) {
                float[] pixels = new float[3 * preprocessor.cropSize() * preprocessor.cropSize()];
                preprocessor.normalize(augmentation.apply(picture, random), pixels, 0);
                return new Made(pair, pixels);
            } catch (DataException e) {
                rejections.undecodable(e);
                if (tries == TRIES) throw e;
            }
            pair = order.another(sample, tries);
        }
    }

    private Augmentation.Resized resized(int pair) throws IOException {
        if (memory != null) {
            RgbImage kept = memory[pair];
            if (kept == null) {
                kept = augmentation.whole(pairs.picture(pair), pairs.pictureName(pair));
                memory[pair] = kept;
            }
            return Augmentation.Resized.of(kept);
        }
        PictureCache cache = disk;
        if (cache != null) {
            Augmentation.Resized kept = cache.find(pair);
            if (kept != null) return kept;
        }
        long before = nanoTime.getAsLong();
        try {
            RgbImage image = pairs.picture(pair);
            if (cache == null) {
                return new Timed(augmentation.lazily(image, pairs.pictureName(pair)));
            }
            RgbImage whole = augmentation.whole(image, pairs.pictureName(pair));
            cache.keep(pair, whole);
            return Augmentation.Resized.of(whole);
        } finally {
            decoded.incrementAndGet();
            decodingNanos.addAndGet(nanoTime.getAsLong() - before);
        }
    }

    /// Counts the time that its resizing takes.
    private final class Timed implements Augmentation.Resized {
        private final Augmentation.Resized picture;

        Timed(Augmentation.Resized picture) {
            this.picture = picture;
        }

        @Override
        public int width() {
            return picture.width();
        }

        @Override
        public int height() {
            return picture.height();
        }

        @Override
        public RgbImage crop(int x, int y, int side) throws IOException {
            long before = nanoTime.getAsLong();
            RgbImage crop = picture.crop(x, y, side);
            decodingNanos.addAndGet(nanoTime.getAsLong() - before);
            return crop;
        }
    }
}
