package org.openplip.phantom;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.openplip.image.RgbImage;

/// A picture's recipe: all that its file's bytes depend on, so that pictures can be made in any
/// order, and copies without looking at files.
sealed interface Picture {
    /// The bytes of the file; empty for a file that is missing.
    byte[] bytes();

    /// `tissue`, or what else it shows.
    String kind();

    record Tissue(TissueClass tissue, Attributes attributes, long seed, int quality)
            implements Picture {
        static Tissue random(TissueClass tissue, Attributes attributes, SplittableRandom random) {
            return new Tissue(tissue, attributes, random.nextLong(), random.nextInt(58, 96));
        }

        RgbImage image() {
            return PhantomTissue.draw(tissue, attributes, seed);
        }

        @Override
        public byte[] bytes() {
            return PictureFiles.jpeg(image(), quality);
        }

        @Override
        public String kind() {
            return "tissue";
        }
    }

    record Other(NonPathology.Kind subject, long seed) implements Picture {
        boolean png() {
            return subject == NonPathology.Kind.CHART || subject == NonPathology.Kind.SCREENSHOT;
        }

        @Override
        public byte[] bytes() {
            RgbImage image = NonPathology.draw(subject, seed);
            return png() ? PictureFiles.png(image) : PictureFiles.jpeg(image, 85);
        }

        @Override
        public String kind() {
            return switch (subject) {
                case CHART -> "chart";
                case FACE -> "face";
                case SCREENSHOT -> "screenshot";
                case GROSS -> "gross";
                case TALK -> "talk";
                case LANDSCAPE -> "landscape";
            };
        }
    }

    /// Seen before: decoded, changed a little and encoded again.
    record PassedOn(Tissue original, long seed) implements Picture {
        @Override
        public byte[] bytes() {
            return PictureFiles.passedOn(original.image(), new SplittableRandom(seed));
        }

        @Override
        public String kind() {
            return "tissue";
        }
    }

    /// A download that broke off.
    record Truncated(Tissue whole) implements Picture {
        @Override
        public byte[] bytes() {
            byte[] bytes = whole.bytes();
            return Arrays.copyOf(bytes, bytes.length / 2);
        }

        @Override
        public String kind() {
            return "tissue";
        }
    }

    /// Named by a post, but not there.
    record Missing() implements Picture {
        @Override
        public byte[] bytes() {
            return new byte[0];
        }

        @Override
        public String kind() {
            return "missing";
        }
    }
}
