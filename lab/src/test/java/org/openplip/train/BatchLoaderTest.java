package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.ImageEncoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.model.PairBatch;
import org.openplip.tensor.Peers;
import org.openplip.tokenizer.ClipTokenizer;
import org.openplip.train.source.DataSource;
import org.openplip.train.source.DataSources;

class BatchLoaderTest {
    private static final int CONTEXT = 8;
    private static final int SIZE = 8;

    @TempDir private Path folder;

    private long memory = 1 << 20;
    private LongSupplier clock = () -> 0;

    private final ClipTokenizer tokenizer =
            ClipTokenizer.train(List.of("pair one", "pair two", "pair three"), 520);

    /// Noise whose caption tells its number.
    ///
    /// @param unreadable numbers of pictures that are none
    private record Noise(int size, Set<Integer> unreadable) implements PairSource {
        Noise(int size, Integer... unreadable) {
            this(size, Set.of(unreadable));
        }

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
            if (unreadable.contains(i)) {
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
                    c.pictures = TrainConfigs.pictures(10);
                    c.epochs = epochs;
                    c.batch = batch;
                    c.part = part;
                    return c;
                });
    }

    private RejectionLog log(PairSource pairs, double atMost) throws IOException {
        TrainingData data =
                new TrainingData(pairs, pairs, new TreeMap<>(), List.of(), pairs.size());
        return RejectionLog.open(folder, data, atMost);
    }

    private BatchLoader loader(PairSource pairs, TrainConfig config, long firstStep, int threads)
            throws IOException {
        return loader(pairs, config, firstStep, Peers.none(), threads);
    }

    private BatchLoader loader(
            PairSource pairs, TrainConfig config, long firstStep, Peers peers, int threads)
            throws IOException {
        return new BatchLoader(
                pairs,
                new EpochOrder(pairs, config),
                tokenizer,
                CONTEXT,
                ImagePreprocessor.clip(SIZE),
                config,
                log(pairs, 0.3),
                new BatchLoader.Keeping(memory, folder.resolve("pictures"), clock),
                firstStep,
                peers,
                threads);
    }

    private record Read(long step, PairBatch.Part part) {}

    private List<Read> all(int pairs, long firstStep, int threads) throws Exception {
        return all(new Noise(pairs), config(3, 4, 4), firstStep, threads);
    }

    private List<Read> all(PairSource pairs, TrainConfig config, long firstStep, int threads)
            throws Exception {
        List<Read> batches = new ArrayList<>();
        try (BatchLoader loader = loader(pairs, config, firstStep, threads)) {
            for (var batch = loader.next(); batch != null; batch = loader.next()) {
                for (int reading = 0; reading < 2; reading++) {
                    for (int part = 0; part < batch.parts(); part++) {
                        batches.add(new Read(batch.step(), batch.part(part)));
                    }
                    if (batch.parts() == 1) break;
                }
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
    void anotherPairStandsInForAPictureThatCannotBeDecoded() throws Exception {
        TrainConfig config = config(2, 4, 4);
        List<Read> one = all(new Noise(12, 5, 7), config, 0, 1);
        List<Read> other = all(new Noise(12, 5, 7), config, 0, 3);
        assertThat(one).hasSize(6);
        for (int i = 0; i < one.size(); i++) {
            assertThat(one.get(i).part().pixels()).isEqualTo(other.get(i).part().pixels());
            assertThat(one.get(i).part().ids()).isEqualTo(other.get(i).part().ids());
        }
        // With the caption of the pair that stands in, and all others as they were.
        List<Read> sound = all(new Noise(12), config, 0, 1);
        int replaced = 0;
        for (int i = 0; i < one.size(); i++) {
            Map<String, String> whole = rows(sound.get(i).part());
            Map<String, String> repaired = rows(one.get(i).part());
            for (String pixels : repaired.keySet()) {
                if (!whole.containsKey(pixels)) replaced++;
                else assertThat(repaired.get(pixels)).isEqualTo(whole.get(pixels));
            }
            assertThat(repaired.values()).doesNotContain(ids(5), ids(7));
        }
        assertThat(replaced).isEqualTo(2 * 2);
        assertThat(Files.readAllLines(folder.resolve("rejected.jsonl")))
                .containsExactlyInAnyOrder(
                        "{\"row\":\"shard.tar: 5.jpg\",\"rule\":\"undecodable\",\"reason\":\"is"
                                + " truncated\"}",
                        "{\"row\":\"shard.tar: 7.jpg\",\"rule\":\"undecodable\",\"reason\":\"is"
                                + " truncated\"}");
    }

    /// Captions' tokens by the picture's pixels.
    private static Map<String, String> rows(PairBatch.Part part) {
        Map<String, String> rows = new HashMap<>();
        int n = part.groups().length;
        int pixels = part.pixels().length / n;
        for (int i = 0; i < n; i++) {
            rows.put(
                    Arrays.toString(
                            Arrays.copyOfRange(part.pixels(), i * pixels, (i + 1) * pixels)),
                    Arrays.toString(
                            Arrays.copyOfRange(part.ids(), i * CONTEXT, (i + 1) * CONTEXT)));
        }
        return rows;
    }

    private String ids(int pair) {
        return Arrays.toString(tokenizer.row("pair " + pair, CONTEXT));
    }

    @Test
    void tooManyPicturesThatCannotBeDecodedEndTheRun() throws Exception {
        try (BatchLoader loader = loader(new Noise(8, 1, 3, 5), config(1, 8, 8), 0, 2)) {
            BatchLoader.Batch batch = Objects.requireNonNull(loader.next());
            assertThatThrownBy(() -> batch.part(0))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(folder.resolve("rejected.jsonl") + ": 3 of 8 rows")
                    .hasMessageContaining("more than data.rejected_at_most = 0.3 lets pass")
                    .hasMessageEndingWith(".jpg: is truncated");
        }
    }

    @Test
    void aDiskThatIsGoneEndsTheRunAtOnce() throws Exception {
        PairSource gone =
                new ForwardingPairs(new Noise(8)) {
                    @Override
                    public RgbImage picture(int i) throws IOException {
                        throw new IOException("no such device");
                    }
                };
        try (BatchLoader loader = loader(gone, config(1, 8, 8), 0, 2)) {
            BatchLoader.Batch batch = Objects.requireNonNull(loader.next());
            assertThatThrownBy(() -> batch.part(0)).hasMessage("no such device");
        }
        assertThat(folder.resolve("rejected.jsonl")).doesNotExist();
    }

    @Test
    void pixelsAreTheSameWhicheverWayPairsAreKept() throws Exception {
        Noise pairs = new Noise(13);
        Path table = folder.resolve("pairs.csv");
        StringBuilder rows = new StringBuilder("image,caption,group\n");
        for (int i = 0; i < pairs.size(); i++) {
            rows.append("%02d.png,%s,%s\n".formatted(i, pairs.caption(i), pairs.duplicateGroup(i)));
            Files.write(
                    folder.resolve("%02d.png".formatted(i)), ImageEncoder.png(pairs.picture(i)));
            Files.writeString(folder.resolve("%02d.txt".formatted(i)), pairs.caption(i));
        }
        Files.writeString(table, rows);
        List<Read> expected = all(pairs, config(3, 4, 3), 0, 1);
        List<String> tar = new ArrayList<>(List.of("tar", "cf", "shards.tar"));
        for (int i = 0; i < pairs.size(); i++) {
            tar.addAll(List.of("%02d.png".formatted(i), "%02d.txt".formatted(i)));
        }
        assertThat(new ProcessBuilder(tar).directory(folder.toFile()).start().waitFor()).isZero();
        for (Path place : List.of(table, folder.resolve("shards.tar"))) {
            try (DataSources sources =
                    DataSources.open(
                            List.of(new DataSource(place.toString(), 1)),
                            null,
                            new TrainConfig.Data(0, 0),
                            folder,
                            Progress.none())) {
                for (int threads : new int[] {1, 3}) {
                    List<Read> read = all(sources.data().training(), config(3, 4, 3), 0, threads);
                    assertThat(read).hasSameSizeAs(expected);
                    for (int i = 0; i < read.size(); i++) {
                        assertThat(read.get(i).part().pixels())
                                .isEqualTo(expected.get(i).part().pixels());
                        assertThat(read.get(i).part().ids())
                                .isEqualTo(expected.get(i).part().ids());
                    }
                }
            }
        }
    }

    @Test
    void pixelsAreTheSameWhereverDecodedPicturesAreKept() throws Exception {
        PairSource pairs = new Noise(13);
        List<Read> inMemory = all(pairs, config(3, 4, 4), 0, 2);
        memory = 0;
        List<Read> notKept = all(pairs, config(3, 4, 4), 0, 2);
        Files.createDirectories(folder.resolve("pictures"));
        List<Read> onDisk = all(pairs, config(3, 4, 4), 0, 2);
        PairSource unread =
                new ForwardingPairs(pairs) {
                    @Override
                    public RgbImage picture(int i) {
                        throw new IllegalStateException("is kept");
                    }
                };
        List<Read> fromDisk = all(unread, config(3, 4, 4), 0, 2);
        for (int i = 0; i < inMemory.size(); i++) {
            float[] pixels = inMemory.get(i).part().pixels();
            assertThat(notKept.get(i).part().pixels()).isEqualTo(pixels);
            assertThat(onDisk.get(i).part().pixels()).isEqualTo(pixels);
            assertThat(fromDisk.get(i).part().pixels()).isEqualTo(pixels);
        }
    }

    @Test
    void keepsDecodedPicturesOnDiskWhereDecodingTakesMuchOfTheTime() throws Exception {
        memory = 0;
        PairSource pairs = new Noise(600);
        List<Read> notKept = all(pairs, config(4, 100, 100), 0, 1);
        assertThat(folder.resolve("pictures")).doesNotExist();
        AtomicLong time = new AtomicLong();
        clock = time::incrementAndGet; // only decoding lets time pass
        List<Read> kept = all(pairs, config(4, 100, 100), 0, 1);
        assertThat(folder.resolve("pictures/0000")).isNotEmptyDirectory();
        for (int i = 0; i < kept.size(); i++) {
            assertThat(kept.get(i).part().pixels()).isEqualTo(notKept.get(i).part().pixels());
        }
    }

    /// Augmentation included: the second pass must see what the first saw.
    @Test
    void givesThePartsOfABatchTwiceAndTheyAreThoseOfTheWhole() throws Exception {
        Noise pairs = new Noise(13);
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
                    assertThat(joined(first.ids(), second.ids())).isEqualTo(expected.ids());
                }
            }
            assertThat(parts.next()).isNull();
        }
    }

    @Test
    void severalProcessesHaveTheBatchBetweenThem() throws Exception {
        Noise pairs = new Noise(13);
        TrainConfig listed =
                TrainConfigs.of(
                        c -> {
                            c.pictures = TrainConfigs.pictures(10);
                            c.order = TrainConfig.Order.AS_LISTED;
                            c.batch = 8; // and 5
                            return c;
                        });
        try (BatchLoader whole = loader(pairs, listed, 0, 2);
                BatchLoader first = loader(pairs, listed, 0, new OnePeer(0, 2), 1);
                BatchLoader second = loader(pairs, listed, 0, new OnePeer(1, 2), 1)) {
            for (var batch = whole.next(); batch != null; batch = whole.next()) {
                PairBatch.Part all = batch.part(0);
                PairBatch.Part one = Objects.requireNonNull(first.next()).part(0);
                PairBatch.Part other = Objects.requireNonNull(second.next()).part(0);
                assertThat(joined(one.pixels(), other.pixels())).isEqualTo(all.pixels());
                assertThat(joined(one.ids(), other.ids())).isEqualTo(all.ids());
                assertThat(joined(one.groups(), other.groups())).isEqualTo(all.groups());
                assertThat(one.groups()).hasSize(all.groups().length / 2);
            }
            assertThat(first.next()).isNull();
        }
    }

    private static long[] joined(long[] first, long[] second) {
        return LongStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    private static float[] joined(float[] first, float[] second) {
        float[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    void numbersNearDuplicatesAlike() throws Exception {
        try (BatchLoader loader = loader(new Noise(8), config(1, 8, 8), 0, 1)) {
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
                RgbImage flipped = Augmentation.flipped(image, x, y);
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
