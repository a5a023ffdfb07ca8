package org.openplip.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

class SearchIndexTest {
    private static final int WIDTH = 32;

    @TempDir Path temporary;

    private static float[] unit(Random random) {
        double[] vector = random.doubles(WIDTH, -1, 1).toArray();
        double length =
                Math.sqrt(IntStream.range(0, WIDTH).mapToDouble(d -> vector[d] * vector[d]).sum());
        float[] unit = new float[WIDTH];
        for (int d = 0; d < WIDTH; d++) unit[d] = (float) (vector[d] / length);
        return unit;
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int d = 0; d < a.length; d++) {
            dot += (double) a[d] * b[d];
            aa += (double) a[d] * a[d];
            bb += (double) b[d] * b[d];
        }
        return dot / Math.sqrt(aa * bb);
    }

    private static Item picture(String id, String caption, float[] embedding) {
        return new Item(id, "picture", "atlas", id + ".png", caption, "TUM", null, embedding);
    }

    private static List<Item> items(int n, long seed) {
        Random random = new Random(seed);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            boolean tile = i % 3 == 0;
            items.add(
                    new Item(
                            "item-" + i,
                            tile ? "tile" : "picture",
                            "source-" + i % 5,
                            null,
                            "",
                            "",
                            tile ? new Region(i, 2L * i, 224, 224) : null,
                            unit(random)));
        }
        return items;
    }

    private static List<String> ids(List<Hit> hits) {
        return hits.stream().map(hit -> hit.item().id()).toList();
    }

    private static List<String> bruteForce(List<Item> items, float[] query, int k) {
        return items.stream()
                .sorted(Comparator.comparingDouble(item -> -cosine(query, item.embedding())))
                .limit(k)
                .map(Item::id)
                .toList();
    }

    @Test
    void findsWhatAFullComparisonFinds() throws IOException {
        List<Item> items = items(2000, 1);
        Random random = new Random(2);
        try (SearchIndex index = SearchIndex.create(temporary.resolve("index"), WIDTH)) {
            // Four commits leave several segments.
            for (int part = 0; part < 4; part++) {
                index.addAll(items.subList(part * 500, part * 500 + 500));
                index.commit();
            }
            for (int i = 0; i < 200; i++) {
                index.delete("item-" + 7 * i);
            }
            index.commit();
            List<Item> left =
                    items.stream()
                            .filter(
                                    item -> {
                                        int n = Integer.parseInt(item.id().substring(5));
                                        return n % 7 != 0 || n >= 1400;
                                    })
                            .toList();
            assertThat(index.size()).isEqualTo(left.size());
            Filter filter = Filter.any().kinds("tile").sources("source-1", "source-4");
            List<Item> filtered =
                    left.stream()
                            .filter(item -> item.kind().equals("tile"))
                            .filter(item -> filter.sources().contains(item.source()))
                            .toList();
            for (int q = 0; q < 50; q++) {
                float[] query = unit(random);
                List<Hit> hits = index.nearest(query, 20, Filter.any());
                assertThat(ids(hits)).isEqualTo(bruteForce(left, query, 20));
                for (Hit hit : hits) {
                    assertThat(hit.similarity())
                            .isCloseTo(cosine(query, hit.item().embedding()), within(1e-7));
                }
                assertThat(ids(index.nearest(query, 20, filter)))
                        .isEqualTo(bruteForce(filtered, query, 20));
            }
            assertThat(index.nearest(unit(random), 5000, Filter.any())).hasSize(left.size());
            assertThat(index.nearest(unit(random), 5, Filter.any().kinds("video"))).isEmpty();
        }
    }

    @Test
    void findsNearlyAllAlongTheGraph() throws IOException {
        List<Item> items = items(2000, 3);
        Path folder = temporary.resolve("index");
        try (SearchIndex index = SearchIndex.create(folder, WIDTH)) {
            index.addAll(items);
            index.commit();
        }
        Random random = new Random(4);
        int found = 0;
        try (SearchIndex index = SearchIndex.open(folder, 0)) {
            for (int q = 0; q < 50; q++) {
                float[] query = unit(random);
                List<Hit> hits = index.nearest(query, 20, Filter.any());
                assertThat(hits).hasSize(20);
                assertThat(hits)
                        .isSortedAccordingTo(
                                Comparator.comparingDouble(Hit::similarity).reversed());
                Set<String> right = new HashSet<>(bruteForce(items, query, 20));
                right.retainAll(ids(hits));
                found += right.size();
                for (Hit hit : index.nearest(query, 5, Filter.any().sources("source-2"))) {
                    assertThat(hit.item().source()).isEqualTo("source-2");
                }
            }
        }
        assertThat(found / 1000.0).as("recall at 20").isGreaterThan(0.8);
    }

    @Test
    void givesBackAllThatWasAdded() throws IOException {
        float[] embedding = unit(new Random(5));
        Item tile =
                new Item(
                        "slide@1,2",
                        "tile",
                        "slide",
                        "slide.svs",
                        "Skin",
                        "",
                        new Region(1, 5_000_000_000L, 448, 448),
                        embedding);
        Item bare = new Item("é", "picture", "", null, "", "", null, embedding);
        Path folder = temporary.resolve("index");
        try (SearchIndex index = SearchIndex.create(folder, WIDTH, "sha256:abc")) {
            index.addAll(List.of(tile, bare));
            index.commit();
        }
        try (SearchIndex index = SearchIndex.open(folder)) {
            assertThat(index.width()).isEqualTo(WIDTH);
            assertThat(index.checkpoint()).isEqualTo("sha256:abc");
            assertThat(index.get("slide@1,2")).get().usingRecursiveComparison().isEqualTo(tile);
            assertThat(index.get("é")).get().usingRecursiveComparison().isEqualTo(bare);
            assertThat(index.get("e")).isEmpty();
            assertThat(index.nearest(embedding, 1, Filter.any()).getFirst().similarity())
                    .isEqualTo(1);
            float[] opposite = embedding.clone();
            for (int d = 0; d < WIDTH; d++) opposite[d] *= -2.5f;
            assertThat(index.nearest(opposite, 1, Filter.any()).getFirst().similarity())
                    .isCloseTo(-1, within(1e-12));
        }
    }

    @Test
    void countsWhatAFilterLetsThrough() throws IOException {
        try (SearchIndex index = SearchIndex.create(temporary.resolve("index"), WIDTH)) {
            index.addAll(items(30, 8));
            index.commit();
            assertThat(index.count(Filter.any())).isEqualTo(30);
            assertThat(index.count(Filter.any().kinds("tile"))).isEqualTo(10);
            assertThat(index.count(Filter.any().kinds("tile").sources("source-0"))).isEqualTo(2);
            assertThat(index.count(Filter.any().sources("elsewhere"))).isZero();
            index.delete("item-0");
            index.commit();
            assertThat(index.count(Filter.any().kinds("tile"))).isEqualTo(9);
        }
    }

    @Test
    void findsCaptionsByTheirWords() throws IOException {
        Random random = new Random(6);
        try (SearchIndex index = SearchIndex.create(temporary.resolve("index"), WIDTH)) {
            index.add(picture("a", "An H&E image of lymphocytes", unit(random)));
            index.add(picture("b", "Lymphocyte-rich stroma of the colon", unit(random)));
            index.add(picture("c", "Adipose tissue", unit(random)));
            index.commit();
            assertThat(ids(index.words("lymphocytes", 10, Filter.any()))).containsOnly("a", "b");
            assertThat(ids(index.words("stroma with lymphocyte", 10, Filter.any())))
                    .containsExactly("b", "a");
            assertThat(index.words("stroma", 10, Filter.any().kinds("tile"))).isEmpty();
            assertThat(index.words("the of", 10, Filter.any())).isEmpty();
            assertThat(index.words("", 10, Filter.any())).isEmpty();
            // Signs that mean something to query languages are only text here.
            assertThat(ids(index.words("adipose AND (NOT [* ~\"", 10, Filter.any())))
                    .containsExactly("c");
            assertThat(index.words("stroma word ".repeat(5000), 10, Filter.any())).hasSize(1);
        }
    }

    @Test
    void replacesAnItemOfTheSameIdAndForgetsWhatWasDeleted() throws IOException {
        Random random = new Random(7);
        try (SearchIndex index = SearchIndex.create(temporary.resolve("index"), WIDTH)) {
            index.add(picture("a", "first", unit(random)));
            index.add(picture("b", "other", unit(random)));
            index.commit();
            index.add(picture("a", "second", unit(random)));
            index.delete("b");
            assertThat(index.get("a").orElseThrow().caption()).isEqualTo("first");
            index.commit();
            assertThat(index.size()).isEqualTo(1);
            assertThat(index.get("a").orElseThrow().caption()).isEqualTo("second");
            assertThat(index.get("b")).isEmpty();
            assertThat(index.words("first", 10, Filter.any())).isEmpty();
        }
    }

    @Test
    void forgetsWhatWasNotCommittedAndSeesWhatAnotherCommitted() throws IOException {
        Random random = new Random(8);
        Path folder = temporary.resolve("index");
        SearchIndex.create(folder, WIDTH).close();
        try (SearchIndex reading = SearchIndex.open(folder)) {
            try (SearchIndex writing = SearchIndex.open(folder)) {
                writing.add(picture("a", "", unit(random)));
                writing.commit();
                writing.add(picture("b", "", unit(random)));
                assertThatThrownBy(() -> reading.add(picture("c", "", unit(random))))
                        .isInstanceOf(DataException.class)
                        .hasMessage(folder + ": is being written by another process");
            }
            assertThat(reading.size()).isZero();
            reading.refresh();
            assertThat(reading.size()).isEqualTo(1);
            reading.add(picture("c", "", unit(random)));
            reading.commit();
            assertThat(reading.size()).isEqualTo(2);
            assertThat(reading.get("b")).isEmpty();
        }
        try (SearchIndex index = SearchIndex.open(folder)) {
            assertThat(index.size()).isEqualTo(2);
            assertThat(index.width()).isEqualTo(WIDTH);
        }
    }

    @Test
    void answersWhileItemsAreAdded() throws Exception {
        List<Item> items = items(600, 9);
        AtomicBoolean done = new AtomicBoolean();
        try (SearchIndex index = SearchIndex.create(temporary.resolve("index"), WIDTH);
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                Random random = new Random(reader);
                readers.add(
                        threads.submit(
                                () -> {
                                    int seen = 0;
                                    while (!done.get()) {
                                        List<Hit> hits =
                                                index.nearest(unit(random), 1000, Filter.any());
                                        // A commit is seen whole, and never taken back.
                                        assertThat(hits.size() % 60).isZero();
                                        assertThat(hits.size()).isGreaterThanOrEqualTo(seen);
                                        seen = hits.size();
                                    }
                                    return seen;
                                }));
            }
            try {
                for (int part = 0; part < 10; part++) {
                    index.addAll(items.subList(part * 60, part * 60 + 60));
                    index.commit();
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isLessThanOrEqualTo(600);
            }
            assertThat(index.size()).isEqualTo(600);
        }
    }

    @Test
    void saysInOneLineWhatIsWrongWithAFolder() throws IOException {
        Path folder = temporary.resolve("index");
        assertBroken(folder, "is not a search index");
        Files.createDirectory(folder);
        assertBroken(folder, "is not a search index");
        Files.writeString(folder.resolve("notes.txt"), "x");
        assertBroken(folder, "is not a search index");
        assertThatThrownBy(() -> SearchIndex.create(folder, WIDTH))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is not empty");

        Path foreign = temporary.resolve("foreign");
        try (FSDirectory directory = FSDirectory.open(foreign);
                IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
            writer.addDocument(new Document());
        }
        assertBroken(foreign, "is a Lucene index, but not one of OpenPLIP");

        Path good = temporary.resolve("good");
        try (SearchIndex index = SearchIndex.create(good, WIDTH)) {
            index.addAll(items(20, 1));
            index.commit();
        }
        assertThatThrownBy(() -> SearchIndex.openOfWidth(good, 64))
                .isInstanceOf(DataException.class)
                .hasMessage(good + ": holds embeddings of width 32, expected 64");
        SearchIndex.openOfWidth(good, WIDTH).close();

        try (Stream<Path> files = Files.list(good)) {
            Path segments =
                    files.filter(f -> f.getFileName().toString().startsWith("segments_"))
                            .findFirst()
                            .orElseThrow();
            byte[] bytes = Files.readAllBytes(segments);
            bytes[bytes.length / 2] ^= 1;
            Files.write(segments, bytes);
        }
        assertBroken(good, "is damaged: ");
    }

    @Test
    void whatIsDeletedLeavesNothingOnDisk() throws IOException {
        Random random = new Random(3);
        Path folder = temporary.resolve("index");
        try (SearchIndex index = SearchIndex.create(folder, WIDTH)) {
            for (int i = 0; i < 40; i++) {
                index.add(picture("p" + i, i == 7 ? "zebrastripes" : "glands", unit(random)));
            }
            index.commit();
            assertThat(onDisk(folder, "zebrastrip")).isTrue();
            assertThat(index.deleteIf(item -> item.caption().equals("zebrastripes"))).isEqualTo(1);
            index.commit();
            assertThat(index.get("p7")).isEmpty();
            assertThat(index.size()).isEqualTo(39);
            assertThat(index.deleteIf(item -> item.caption().equals("zebrastripes"))).isZero();
        }
        assertThat(onDisk(folder, "zebrastrip")).isFalse();
        assertThat(onDisk(folder, "gland")).isTrue();
    }

    private static boolean onDisk(Path folder, String text) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) return true;
            }
        }
        return false;
    }

    private static void assertBroken(Path folder, String reason) {
        assertThatThrownBy(() -> SearchIndex.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(folder + ": " + reason)
                .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1));
    }

    @Test
    void refusesVectorsThatCannotBeCompared() throws IOException {
        try (SearchIndex index = SearchIndex.create(temporary.resolve("index"), WIDTH)) {
            float[] notANumber = unit(new Random(1));
            notANumber[3] = Float.NaN;
            for (float[] wrong : List.of(new float[WIDTH], new float[WIDTH - 1], notANumber)) {
                assertThatThrownBy(() -> index.add(picture("a", "", wrong)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("embedding");
                assertThatThrownBy(() -> index.nearest(wrong, 1, Filter.any()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("query");
            }
            assertThatThrownBy(() -> index.nearest(unit(new Random(1)), 0, Filter.any()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("k:");
            assertThat(index.nearest(unit(new Random(1)), 3, Filter.any())).isEmpty();
        }
    }
}
