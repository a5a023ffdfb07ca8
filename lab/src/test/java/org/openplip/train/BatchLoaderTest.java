package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
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
        public RgbImage picture(int i) throws IOException {
            if (i == unreadable) {
                throw new DataException("shard.tar", i + ".jpg", "is truncated", null);
            }
            byte[] pixels = new byte[3 * 20 * 14];
            new SplittableRandom(i).nextBytes(pixels);
            return new RgbImage(20, 14, pixels);
        }
    }

    private TrainConfig config(int epochs, int batch) {
        return new TrainConfig(
                7,
                null,
                new TrainConfig.Pictures(10, true, true),
                new TrainConfig.Optimiser(1e-3, 0.9, 0.98, 1e-6, 0.2, 1),
                epochs,
                batch,
                100,
                1);
    }

    private List<BatchLoader.Batch> all(int pairs, long firstStep, int threads) throws Exception {
        List<BatchLoader.Batch> batches = new ArrayList<>();
        try (BatchLoader loader =
                new BatchLoader(
                        new Noise(pairs, -1),
                        tokenizer,
                        CONTEXT,
                        ImagePreprocessor.clip(SIZE),
                        config(3, 4),
                        firstStep,
                        threads)) {
            for (var batch = loader.next(); batch != null; batch = loader.next()) {
                batches.add(batch);
            }
        }
        return batches;
    }

    @Test
    void givesEveryPairOnceAnEpochInAnotherOrderEachTime() throws Exception {
        List<BatchLoader.Batch> batches = all(12, 0, 2);
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
                                                    batch.ids(), i * CONTEXT, (i + 1) * CONTEXT)));
                }
            }
            assertThat(captions).doesNotHaveDuplicates().hasSize(12);
            orders.add(captions);
        }
        assertThat(orders).hasSize(3);
    }

    @Test
    void isTheSameFromAnyStepAndWithAnyNumberOfThreads() throws Exception {
        List<BatchLoader.Batch> whole = all(13, 0, 1);
        List<BatchLoader.Batch> rest = all(13, 4, 3);
        assertThat(whole).hasSize(9);
        assertThat(rest).hasSize(5);
        for (int i = 0; i < rest.size(); i++) {
            assertThat(rest.get(i).step()).isEqualTo(whole.get(i + 4).step()).isEqualTo(i + 4);
            assertThat(rest.get(i).pixels()).isEqualTo(whole.get(i + 4).pixels());
            assertThat(rest.get(i).ids()).isEqualTo(whole.get(i + 4).ids());
        }
    }

    @Test
    void namesThePictureThatItCannotRead() throws Exception {
        try (BatchLoader loader =
                new BatchLoader(
                        new Noise(8, 5),
                        tokenizer,
                        CONTEXT,
                        ImagePreprocessor.clip(SIZE),
                        config(1, 8),
                        0,
                        2)) {
            assertThatThrownBy(loader::next)
                    .isInstanceOf(DataException.class)
                    .hasMessage("shard.tar: 5.jpg: is truncated");
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
