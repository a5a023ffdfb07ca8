package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.model.PairBatch;
import org.openplip.tokenizer.ClipTokenizer;

class BatchLoaderTest {
    private static final int CONTEXT = 8;
    private static final int SIZE = 8;

    private final ClipTokenizer tokenizer =
            ClipTokenizer.train(List.of("pair one", "pair two", "pair three"), 520);

    /// Noise whose caption tells its number.
    private record Noise(int size, int unreadable) implements PairSource {
        @Override
        public String caption(int i) {
            return "pair " + i;
        }

        @Override
        public String pictureName(int i) {
            return "picture " + i;
        }

        @Override
        public String duplicateGroup(int i) {
            return "group " + i / 2;
        }

        @Override
        public RgbImage picture(int i) throws IOException {
            if (i == unreadable) {
                throw new DataException("shard.tar", i + ".jpg", "is truncated", null);
            }
            byte[] pixels = new byte[3 * 20 * 14];
            new SplittableRandom(i).nextBytes(pixels);
            return new RgbImage(20, 14, pixels);
        }
    }

    private static TrainConfig config(int epochs, int batch, int part) {
        return TrainConfigs.of(
                c -> {
                    c.seed = 7;
                    c.pictures = new TrainConfig.Pictures(10, true, true);
                    c.epochs = epochs;
                    c.batch = batch;
                    c.part = part;
                    return c;
                });
    }

    private BatchLoader loader(PairSource pairs, TrainConfig config, long firstStep, int threads) {
        return new BatchLoader(
                pairs,
                new EpochOrder(pairs, config),
                tokenizer,
                CONTEXT,
                ImagePreprocessor.clip(SIZE),
                config,
                firstStep,
                threads);
    }

    private record Read(long step, PairBatch.Part part) {}

    private List<Read> all(int pairs, long firstStep, int threads) throws Exception {
        List<Read> batches = new ArrayList<>();
        try (BatchLoader loader =
                loader(new Noise(pairs, -1), config(3, 4, 4), firstStep, threads)) {
            for (var batch = loader.next(); batch != null; batch = loader.next()) {
                assertThat(batch.parts()).isEqualTo(1);
                batches.add(new Read(batch.step(), batch.part(0)));
            }
        }
        return batches;
    }

    @Test
    void givesEveryPairOnceAnEpochInAnotherOrderEachTime() throws Exception {
        List<Read> batches = all(12, 0, 2);
        assertThat(batches).hasSize(9);
        Set<List<Long>> orders = new HashSet<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Long> captions = new ArrayList<>();
            for (var batch : batches.subList(3 * epoch, 3 * epoch + 3)) {
                for (int i = 0; i < 4; i++) {
                    captions.add(
                            (long)
                                    Arrays.hashCode(
                                            Arrays.copyOfRange(
                                                    batch.part().ids(),
                                                    i * CONTEXT,
                                                    (i + 1) * CONTEXT)));
                }
            }
            assertThat(captions).doesNotHaveDuplicates().hasSize(12);
            orders.add(captions);
        }
        assertThat(orders).hasSize(3);
    }

    @Test
    void isTheSameFromAnyStepAndWithAnyNumberOfThreads() throws Exception {
        List<Read> whole = all(13, 0, 1);
        List<Read> rest = all(13, 4, 3);
        assertThat(whole).hasSize(9);
        assertThat(rest).hasSize(5);
        for (int i = 0; i < rest.size(); i++) {
            assertThat(rest.get(i).step()).isEqualTo(whole.get(i + 4).step()).isEqualTo(i + 4);
            assertThat(rest.get(i).part().pixels()).isEqualTo(whole.get(i + 4).part().pixels());
            assertThat(rest.get(i).part().ids()).isEqualTo(whole.get(i + 4).part().ids());
        }
    }

    @Test
    void namesThePictureThatItCannotRead() throws Exception {
        try (BatchLoader loader = loader(new Noise(8, 5), config(1, 8, 8), 0, 2)) {
            BatchLoader.Batch batch = Objects.requireNonNull(loader.next());
            assertThatThrownBy(() -> batch.part(0))
                    .isInstanceOf(DataException.class)
                    .hasMessage("shard.tar: 5.jpg: is truncated");
        }
    }

    /// Augmentation included: the second pass must see what the first saw.
    @Test
    void givesThePartsOfABatchTwiceAndTheyAreThoseOfTheWhole() throws Exception {
        Noise pairs = new Noise(13, -1);
        try (BatchLoader whole = loader(pairs, config(2, 6, 6), 0, 2);
                BatchLoader parts = loader(pairs, config(2, 6, 4), 0, 2)) {
            for (var batch = whole.next(); batch != null; batch = whole.next()) {
                PairBatch.Part expected = batch.part(0);
                BatchLoader.Batch inParts = Objects.requireNonNull(parts.next());
                assertThat(inParts.parts()).isEqualTo(2);
                List<PairBatch.Part> read = new ArrayList<>();
                for (int i = 0; i < 4; i++) read.add(inParts.part(i % 2));
                for (int pass = 0; pass < 4; pass += 2) {
                    PairBatch.Part first = read.get(pass);
                    PairBatch.Part second = read.get(pass + 1);
                    assertThat(first.groups()).hasSize(4);
                    assertThat(second.groups()).hasSize(2);
                    assertThat(joined(first.pixels(), second.pixels()))
                            .isEqualTo(expected.pixels());
                    long[] ids =
                            LongStream.concat(
                                            Arrays.stream(first.ids()), Arrays.stream(second.ids()))
                                    .toArray();
                    assertThat(ids).isEqualTo(expected.ids());
                }
            }
            assertThat(parts.next()).isNull();
        }
    }

    private static float[] joined(float[] first, float[] second) {
        float[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    void numbersNearDuplicatesAlike() throws Exception {
        try (BatchLoader loader = loader(new Noise(8, -1), config(1, 8, 8), 0, 1)) {
            long[] groups = Objects.requireNonNull(loader.next()).part(0).groups();
            // Noise puts two pairs in a group.
            Map<Long, Long> sizes =
                    Arrays.stream(groups)
                            .boxed()
                            .collect(Collectors.groupingBy(g -> g, Collectors.counting()));
            assertThat(sizes).hasSize(4);
            assertThat(sizes.values()).containsOnly(2L);
        }
    }

    @Test
    void mirrorsPixels() {
        byte[] pixels = new byte[3 * 3 * 2];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) i;
        RgbImage image = new RgbImage(3, 2, pixels);
        for (boolean x : new boolean[] {false, true}) {
            for (boolean y : new boolean[] {false, true}) {
                RgbImage flipped = BatchLoader.flipped(image, x, y);
                for (int row = 0; row < 2; row++) {
                    for (int column = 0; column < 3; column++) {
                        assertThat(flipped.rgb(x ? 2 - column : column, y ? 1 - row : row))
                                .isEqualTo(image.rgb(column, row));
                    }
                }
            }
        }
    }
}
