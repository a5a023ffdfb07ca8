package org.openplip.train;

import java.io.Closeable;
import java.io.IOException;
import java.util.SplittableRandom;
import org.openplip.image.ImageDecoder;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// What a picture goes through in training: resized, cropped at random, and changed as the recipe
/// says, to a square that the image tower reads. Safe to share between threads.
final class Augmentation {
    /// A picture at the size before the crop, of which no more need be made than is asked for;
    /// whoever has it closes it.
    interface Resized extends Closeable {
        int width();

        int height();

        /// The square whose upper left corner is at `x`, `y`.
        RgbImage crop(int x, int y, int side) throws IOException;

        @Override
        default void close() throws IOException {}

        /// One that is there as a whole.
        static Resized of(RgbImage image) {
            return new Resized() {
                @Override
                public int width() {
                    return image.width();
                }

                @Override
                public int height() {
                    return image.height();
                }

                @Override
                public RgbImage crop(int x, int y, int side) {
                    return image.crop(x, y, side, side);
                }
            };
        }
    }

    private final TrainConfig.Pictures pictures;
    private final int side;

    /// @param side of the square, in pixels
    /// @throws IllegalArgumentException if pictures are resized to less than that
    Augmentation(TrainConfig.Pictures pictures, int side) {
        if (pictures.shortestEdge() < side) {
            throw new IllegalArgumentException(
                    "pictures.shortest_edge: expected at least the model's picture size of %d, got %d"
                            .formatted(side, pictures.shortestEdge()));
        }
        this.pictures = pictures;
        this.side = side;
    }

    /// The square of this picture that `random` draws.
    RgbImage apply(Resized picture, SplittableRandom random) throws IOException {
        int x = random.nextInt(picture.width() - side + 1);
        int y = random.nextInt(picture.height() - side + 1);
        boolean flipX = random.nextBoolean() && pictures.horizontalFlip();
        boolean flipY = random.nextBoolean() && pictures.verticalFlip();
        RgbImage image = picture.crop(x, y, side);
        if (pictures.stainJitter() > 0) {
            image = StainJitter.drawn(image, pictures.stainJitter(), random);
        }
        image = flipped(image, flipX, flipY);
        return switch (pictures.warp()) {
            case NONE -> image;
            case AFFINE_PERSPECTIVE -> Warp.drawn(image, random);
        };
    }

    /// A decoded picture, of which only the crop will be resized: the same pixels for less.
    ///
    /// @param name what errors call it
    /// @throws DataException if it is so long and thin that it cannot be resized
    Resized lazily(RgbImage image, String name) throws DataException {
        int width = resized(image, image.width(), name);
        int height = resized(image, image.height(), name);
        return new Resized() {
            @Override
            public int width() {
                return width;
            }

            @Override
            public int height() {
                return height;
            }

            @Override
            public RgbImage crop(int x, int y, int cropped) {
                return Resampler.bicubic(image, width, height, x, y, cropped, cropped);
            }
        };
    }

    /// A decoded picture, resized.
    ///
    /// @param name what errors call it
    /// @throws DataException if it is so long and thin that it cannot be resized
    RgbImage whole(RgbImage image, String name) throws DataException {
        return Resampler.bicubic(
                image, resized(image, image.width(), name), resized(image, image.height(), name));
    }

    /// A side after resizing. The longer one is cut down, not rounded, as torchvision's `Resize`
    /// does.
    private int resized(RgbImage image, int length, String name) throws DataException {
        int shorter = Math.min(image.width(), image.height());
        long longer = (long) pictures.shortestEdge() * Math.max(image.width(), image.height());
        if (longer / shorter * pictures.shortestEdge() > ImageDecoder.MAXIMUM_PIXELS) {
            throw new DataException(
                    name,
                    null,
                    "has %d x %d pixels, too long and thin to be resized to a shorter side of %d"
                            .formatted(image.width(), image.height(), pictures.shortestEdge()),
                    null);
        }
        return (int) ((long) pictures.shortestEdge() * length / shorter);
    }

    static RgbImage flipped(RgbImage image, boolean flipX, boolean flipY) {
        if (!flipX && !flipY) return image;
        int width = image.width();
        int height = image.height();
        byte[] from = image.pixels();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            int sourceY = flipY ? height - 1 - y : y;
            if (!flipX) {
                System.arraycopy(from, 3 * width * sourceY, to, 3 * width * y, 3 * width);
                continue;
            }
            for (int x = 0; x < width; x++) {
                int source = 3 * (sourceY * width + width - 1 - x);
                int target = 3 * (y * width + x);
                to[target] = from[source];
                to[target + 1] = from[source + 1];
                to[target + 2] = from[source + 2];
            }
        }
        return new RgbImage(width, height, to);
    }
}
