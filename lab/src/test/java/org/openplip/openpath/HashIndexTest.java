package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;

class HashIndexTest {
    @Test
    void findsWhatAScanOfAllFinds() {
        Random random = new Random(11);
        for (int bits : new int[] {0, 3, 8, 15}) {
            HashIndex index = new HashIndex(bits);
            List<Long> hashes = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                long hash = random.nextLong();
                if (i % 2 == 1) {
                    hash = hashes.getLast();
                    for (int flips = random.nextInt(20); flips > 0; flips--) {
                        hash ^= 1L << random.nextInt(64);
                    }
                }
                hashes.add(hash);
                index.add(hash);
            }
            for (long query : hashes) {
                List<Integer> expected = new ArrayList<>();
                for (int i = 0; i < hashes.size(); i++) {
                    if (Long.bitCount(query ^ hashes.get(i)) <= bits) expected.add(i);
                }
                assertThat(index.near(query)).containsExactly(expected.toArray(Integer[]::new));
            }
        }
    }

    static RgbImage noise(long seed, int size, int cell, int base, int spread) {
        Random random = new Random(seed);
        RgbImage small =
                new RgbImage(size / cell, size / cell, new byte[3 * (size / cell) * (size / cell)]);
        for (int i = 0; i < small.pixels().length; i++) {
            small.pixels()[i] =
                    (byte) Math.clamp(base + random.nextInt(-spread, spread + 1), 0, 255);
        }
        return Resampler.bicubic(small, size, size);
    }

    private static NearDuplicates.Look look(RgbImage image, int quality) throws Exception {
        byte[] jpeg = ImageEncoder.jpeg(image, quality);
        return new NearDuplicates.Look(
                Fingerprint.of(jpeg, ImageDecoder.decode(jpeg, "test")), null);
    }

    private static NearDuplicates.@Nullable Match find(
            NearDuplicates seen, NearDuplicates.Look look) throws Exception {
        return seen.lookup(List.of(look)).find(0);
    }

    @Test
    void copiesAreFoundAndBlankGlassIsNot() throws Exception {
        NearDuplicates seen =
                NearDuplicates.inMemory(12, BuildSettings.defaults().duplicateSimilarity());
        for (int i = 0; i < 60; i++) {
            // Every third is glass: near white, with faint dirt.
            boolean glass = i % 3 == 0;
            RgbImage image = noise(i, 224, glass ? 8 : 16, glass ? 240 : 150, glass ? 3 : 100);
            NearDuplicates.Look look = look(image, 85);
            assertThat(find(seen, look)).as("picture %d is new", i).isNull();
            seen.add("picture " + i, look);
            if (!glass) {
                NearDuplicates.Match match =
                        find(seen, look(Resampler.bilinear(image, 260, 251), 70));
                assertThat(match).isNotNull();
                assertThat(Objects.requireNonNull(match).name()).isEqualTo("picture " + i);
                RgbImage trimmed = image.crop(4, 6, 216, 214);
                match = find(seen, look(trimmed, 80));
                assertThat(match).as("trimmed %d", i).isNotNull();
                assertThat(Objects.requireNonNull(match).name()).isEqualTo("picture " + i);
            }
        }
    }
}
