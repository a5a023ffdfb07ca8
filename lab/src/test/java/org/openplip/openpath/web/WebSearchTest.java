package org.openplip.openpath.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.jerolba.carpet.CarpetWriter;
import com.jerolba.carpet.annotation.Alias;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Embeddings;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Npy;
import org.openplip.io.Progress;
import org.openplip.openpath.PostLines;
import org.openplip.openpath.fetch.LoopbackServer;
import org.openplip.openpath.fetch.LoopbackServer.Reply;
import org.openplip.openpath.fetch.Patience;
import org.openplip.openpath.fetch.Waits;

class WebSearchTest {
    private static final long SEED = 90210;
    private static final int WIDTH = 32;
    private static final LocalDate DAY = LocalDate.of(2022, 3, 31);

    @TempDir private Path folder;

    record New(@Nullable String url, @Nullable String caption, double punsafe, float similarity) {}

    record Old(
            @Alias("URL") @Nullable String url,
            @Alias("TEXT") @Nullable String text,
            @Alias("NSFW") @Nullable String nsfw) {}

    private static <T> void parquet(Path file, List<T> rows, Class<T> type) throws IOException {
        Files.createDirectories(file.getParent());
        try (OutputStream out = Files.newOutputStream(file);
                CarpetWriter<T> writer =
                        new CarpetWriter.Builder<>(out, type)
                                .withCompressionCodec(CompressionCodecName.SNAPPY)
                                .build()) {
            for (T row : rows) writer.write(row);
        }
    }

    private static void npy(Path file, Npy.Type type, float[][] rows) throws IOException {
        Files.createDirectories(file.getParent());
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(Npy.header(type, rows.length, WIDTH));
            for (float[] row : rows) out.write(type.row(row).array());
        }
    }

    private static float[][] random(Random random, int rows) {
        float[][] matrix = new float[rows][WIDTH];
        for (float[] row : matrix) {
            for (int i = 0; i < WIDTH; i++) row[i] = (float) random.nextGaussian();
        }
        return matrix;
    }

    /// A row that brute force finds.
    private record Truth(int shard, int row, double similarity) {
        String place() {
            return shard + ":" + row;
        }
    }

    private static List<Truth> nearest(float[] seed, List<float[][]> shards, int k) {
        List<Truth> all = new ArrayList<>();
        for (int shard = 0; shard < shards.size(); shard++) {
            float[][] rows = shards.get(shard);
            for (int row = 0; row < rows.length; row++) {
                all.add(new Truth(shard, row, Embeddings.similarity(seed, rows[row])));
            }
        }
        all.sort(Comparator.comparingDouble(Truth::similarity).reversed());
        return all.subList(0, k);
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) lines.add(Json.MAPPER.readTree(line));
        return lines;
    }

    /// Three shards, the second in float32 and longer than a block; their rows as written.
    private List<float[][]> collection(Path to) throws IOException {
        System.out.println("WebSearchTest: seed " + SEED);
        Random random = new Random(SEED);
        List<float[][]> shards = new ArrayList<>();
        int[] sizes = {700, 9000, 1};
        for (int shard = 0; shard < sizes.length; shard++) {
            Npy.Type type = shard == 1 ? Npy.Type.FLOAT32 : Npy.Type.FLOAT16;
            Path file = to.resolve("img_emb/img_emb_%d.npy".formatted(shard));
            npy(file, type, random(random, sizes[shard]));
            shards.add(Npy.read(file));
            List<New> rows = new ArrayList<>();
            for (int row = 0; row < sizes[shard]; row++) {
                String name = shard + "_" + row;
                rows.add(new New("http://x.example/" + name, "Is it " + name + "?", 0.1, 0.3f));
            }
            parquet(to.resolve("metadata/metadata_%d.parquet".formatted(shard)), rows, New.class);
        }
        return shards;
    }

    @Test
    void findsWhatBruteForceFinds() throws IOException {
        List<float[][]> shards = collection(folder.resolve("c"));
        float[][] seeds = random(new Random(SEED + 1), 20);
        int k = 15;
        WebSummary summary =
                new WebSearch(k, -1, DAY)
                        .scan(folder.resolve("c"), seeds, folder.resolve("out"), Progress.none());

        Set<String> expected = new TreeSet<>();
        Map<String, Double> best = new HashMap<>();
        for (float[] seed : seeds) {
            for (Truth truth : nearest(seed, shards, k)) {
                expected.add(truth.place());
                best.merge(truth.place(), truth.similarity, Math::max);
            }
        }
        List<JsonNode> posts = lines(folder.resolve("out/posts.jsonl"));
        Set<String> places = new TreeSet<>();
        double before = 1;
        for (JsonNode post : posts) {
            String place = post.path("web").path("place").asText();
            double similarity = post.path("web").path("similarity").asDouble();
            places.add(place);
            assertThat(similarity).isCloseTo(best.getOrDefault(place, 9.0), within(1e-5));
            assertThat(similarity).isLessThanOrEqualTo(before);
            before = similarity;
            assertThat(post.path("text").asText())
                    .isEqualTo("Is it " + place.replace(':', '_') + "?");
        }
        assertThat(places).isEqualTo(expected);
        assertThat(summary.kept()).isEqualTo(expected.size());
        assertThat(summary.scanned()).isEqualTo(9701);
        assertThat(summary.rejected()).isEmpty();
        try (Stream<Path> left = Files.list(folder.resolve("out"))) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("posts.jsonl", "rejected.jsonl");
        }
    }

    private static org.assertj.core.data.Offset<Double> within(double difference) {
        return org.assertj.core.data.Offset.offset(difference);
    }

    @Test
    void keepsOnlyWhatReachesTheThreshold() throws IOException {
        List<float[][]> shards = collection(folder.resolve("c"));
        float[][] seeds = random(new Random(SEED + 2), 1);
        List<Truth> all = nearest(seeds[0], shards, 9701);
        double threshold = (all.get(6).similarity + all.get(7).similarity) / 2;
        WebSummary summary =
                new WebSearch(5000, threshold, DAY)
                        .scan(folder.resolve("c"), seeds, folder.resolve("out"), Progress.none());

        assertThat(summary.kept()).isEqualTo(7);
    }

    @Test
    void aScanThatWasStoppedGoesOnWithTheSameBytes() throws IOException {
        collection(folder.resolve("c"));
        float[][] seeds = random(new Random(SEED + 3), 3);
        WebSearch search = new WebSearch(40, 0.2, DAY);
        search.scan(folder.resolve("c"), seeds, folder.resolve("whole"), Progress.none());

        Path out = folder.resolve("out");
        int[] told = {0};
        Progress stops =
                (_, _) ->
                        new Progress.Task() {
                            @Override
                            public void advance(long count) {
                                told[0] += (int) count;
                                if (told[0] == 2) throw new IllegalStateException("stopped");
                            }

                            @Override
                            public void note(String remark) {}

                            @Override
                            public void close() {}
                        };
        assertThatThrownBy(() -> search.scan(folder.resolve("c"), seeds, out, stops))
                .hasMessage("stopped");
        assertThat(out.resolve("posts.jsonl")).doesNotExist();
        // What is done is not looked at again.
        Path first = folder.resolve("c/img_emb/img_emb_0.npy");
        byte[] bytes = Files.readAllBytes(first);
        for (int i = Npy.HEADER_BYTES; i < bytes.length; i++) bytes[i] = 0;
        Files.write(first, bytes);
        search.scan(folder.resolve("c"), seeds, out, Progress.none());

        for (String name : List.of("posts.jsonl", "rejected.jsonl")) {
            assertThat(out.resolve(name)).hasSameBinaryContentAs(folder.resolve("whole/" + name));
        }
    }

    /// Four rows along the first axis, the first nearest, under the names of LAION-400M.
    private Path old(List<Old> rows) throws IOException {
        float[][] matrix = new float[rows.size()][WIDTH];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i][0] = 1;
            matrix[i][1] = 0.1f * i;
        }
        npy(folder.resolve("old/img_emb_0000.npy"), Npy.Type.FLOAT16, matrix);
        parquet(folder.resolve("old/metadata_0000.parquet"), rows, Old.class);
        return folder.resolve("old");
    }

    private static float[][] axis() {
        float[][] seed = new float[1][WIDTH];
        seed[0][0] = 3;
        return seed;
    }

    @Test
    void rowsThatSayTheSameAreOneAndTheOthersAreWrittenDown() throws IOException {
        Path old =
                old(
                        List.of(
                                new Old("http://x.example/a", "Colon  adenocarcinoma?", "UNLIKELY"),
                                new Old("http://x.example/a", "another", "UNLIKELY"),
                                new Old("http://x.example/b", "colon Adenocarcinoma? ", "UNLIKELY"),
                                new Old("http://x.example/c", "skin", "NSFW"),
                                new Old(null, "gland", null),
                                new Old("http://x.example/d", " ", null)));
        WebSummary summary =
                new WebSearch(10, 0, DAY).scan(old, axis(), folder.resolve("out"), Progress.none());

        assertThat(summary.neighbours()).isEqualTo(6);
        assertThat(summary.kept()).isEqualTo(2);
        assertThat(summary.rejected())
                .isEqualTo(
                        Map.of("same_url", 1L, "same_caption", 1L, "no_url", 1L, "no_caption", 1L));
        assertThat(lines(folder.resolve("out/rejected.jsonl")))
                .extracting(line -> line.path("place").asText(), l -> l.path("reason").asText())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("0000:1", "same_url"),
                        org.assertj.core.groups.Tuple.tuple("0000:2", "same_caption"),
                        org.assertj.core.groups.Tuple.tuple("0000:4", "no_url"),
                        org.assertj.core.groups.Tuple.tuple("0000:5", "no_caption"));

        try (PostLines posts = new PostLines(folder.resolve("out/posts.jsonl"))) {
            PostLines.Read first = (PostLines.Read) posts.next().parse();
            PostLines.Read second = (PostLines.Read) posts.next().parse();
            assertThat(first.post().text()).isEqualTo("Colon  adenocarcinoma?");
            assertThat(first.post().createdAt()).isEqualTo(Instant.parse("2022-03-31T00:00:00Z"));
            assertThat(first.post().possiblySensitive()).isFalse();
            assertThat(first.post().photos().getFirst().url()).isEqualTo("http://x.example/a");
            assertThat(second.post().possiblySensitive()).isTrue();
            assertThat(second.post().id()).matches("web_[0-9a-f]{24}");
        }
        assertThat(lines(folder.resolve("out/posts.jsonl")))
                .allSatisfy(post -> assertThat(post.path("source").asText()).isEqualTo("web"));
    }

    @Test
    void rowsWithoutDirectionAreCounted() throws IOException {
        Path old = old(List.of(new Old("http://x.example/a", "a", null)));
        npy(
                old.resolve("img_emb_1.npy"),
                Npy.Type.FLOAT32,
                new float[][] {new float[WIDTH], axis()[0], nan()});
        List<Old> rows = new ArrayList<>();
        for (int i = 0; i < 3; i++) rows.add(new Old("http://x.example/1" + i, "b" + i, null));
        parquet(old.resolve("metadata_1.parquet"), rows, Old.class);
        WebSummary summary =
                new WebSearch(10, -1, DAY)
                        .scan(old, axis(), folder.resolve("out"), Progress.none());

        assertThat(summary.withoutDirection()).isEqualTo(2);
        assertThat(summary.kept()).isEqualTo(2);
    }

    private static float[] nan() {
        float[] row = new float[WIDTH];
        row[5] = Float.NaN;
        return row;
    }

    @Test
    void metadataOfAnotherLengthAreRefused() throws IOException {
        Path old = old(List.of(new Old("http://x.example/a", "a", null)));
        npy(old.resolve("img_emb_0000.npy"), Npy.Type.FLOAT32, new float[][] {axis()[0], nan()});

        assertThatThrownBy(
                        () ->
                                new WebSearch(1, 0, DAY)
                                        .scan(old, axis(), folder.resolve("o"), Progress.none()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 1 rows, the embeddings 2");
    }

    @Test
    void theTopRowsAreThoseOfASort() {
        Random random = new Random(SEED);
        for (int k : List.of(1, 2, 7, 64, 65, 300)) {
            TopRows top = new TopRows(1, k);
            List<float[]> all = new ArrayList<>();
            for (int row = 0; row < 250; row++) {
                float similarity = random.nextInt(20) / 20f; // with many ties
                top.offer(0, similarity, row / 100, row % 100);
                all.add(new float[] {similarity, row});
            }
            all.sort(Comparator.comparingDouble((float[] row) -> -row[0])); // stable
            Set<Long> expected = new TreeSet<>();
            for (float[] row : all.subList(0, Math.min(k, 250))) expected.add((long) row[1]);
            Set<Long> kept = new TreeSet<>();
            top.forEach((_, _, shard, row) -> kept.add(100L * shard + row));
            assertThat(kept).as("k " + k).isEqualTo(expected);
        }
    }

    // ---- the service ----------------------------------------------------------------------

    private static final Patience BRIEF =
            new Patience(3, Duration.ofSeconds(1), Duration.ofMinutes(1));

    private static final Waits NO_WAITS =
            new Waits() {
                @Override
                public Instant now() {
                    return Instant.EPOCH;
                }

                @Override
                public void pause(Duration time) {}
            };

    private WebSummary ask(LoopbackServer server, List<Query> queries) throws Exception {
        return new WebSearch(3, 0.5, DAY)
                .ask(
                        URI.create(server.address("/knn-service")),
                        "laion5B",
                        queries,
                        folder.resolve("out"),
                        BRIEF,
                        NO_WAITS,
                        Progress.none());
    }

    private static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aServiceIsAskedByTextPictureAndEmbedding() throws Exception {
        Set<JsonNode> asked = new LinkedHashSet<>();
        try (LoopbackServer server =
                new LoopbackServer(
                        request -> {
                            asked.add(json(request.body()));
                            int n = asked.size();
                            return Reply.of(
                                    200,
                                    """
                                    [{"id":7,"url":"http://x.example/7","caption":"why?","similarity":0.%d},
                                     {"id":1%d,"url":"http://x.example/1%d","caption":"c%d","similarity":0.6},
                                     {"id":2%d,"similarity":0.55},
                                     {"id":3%d,"url":"u","caption":"far","similarity":0.4}]
                                    """
                                            .formatted(6 + n, n, n, n, n, n));
                        })) {
            WebSummary summary =
                    ask(
                            server,
                            List.of(
                                    new Query.OfText("gland"),
                                    new Query.OfPicture(new byte[] {1, 2, 3}),
                                    new Query.OfEmbedding(new float[] {0.5f, -1})));

            assertThat(summary.neighbours()).isEqualTo(10);
            assertThat(summary.kept()).isEqualTo(4);
            assertThat(summary.rejected()).isEqualTo(Map.of("no_url", 3L, "below_threshold", 3L));
            JsonNode first = lines(folder.resolve("out/posts.jsonl")).getFirst();
            assertThat(first.path("text").asText()).isEqualTo("why?");
            assertThat(first.path("web").path("seed").asInt()).isEqualTo(2);
        }
        List<JsonNode> queries = new ArrayList<>(asked);
        assertThat(queries)
                .allSatisfy(
                        query -> {
                            assertThat(query.path("indice_name").asText()).isEqualTo("laion5B");
                            assertThat(query.path("modality").asText()).isEqualTo("image");
                            assertThat(query.path("num_images").asInt()).isEqualTo(3);
                            assertThat(query.path("num_result_ids").asInt()).isEqualTo(3);
                            assertThat(query.path("image_url").isNull()).isTrue();
                        });
        assertThat(queries.get(0).path("text").asText()).isEqualTo("gland");
        assertThat(queries.get(0).path("image").isNull()).isTrue();
        assertThat(Base64.getDecoder().decode(queries.get(1).path("image").asText()))
                .containsExactly(1, 2, 3);
        assertThat(queries.get(2).path("embedding_input")).hasToString("[0.5,-1.0]");
    }

    @Test
    void aSearchThatAServiceEndedGoesOnAfterTheLastAnswer() throws Exception {
        boolean[] well = {false};
        int[] requests = {0};
        try (LoopbackServer server =
                new LoopbackServer(
                        request -> {
                            requests[0]++;
                            boolean second = request.body().contains("second");
                            if (!second) return Reply.of(200, "[]");
                            return well[0] ? Reply.of(200, "[]") : Reply.of(503, "busy");
                        })) {
            List<Query> queries = List.of(new Query.OfText("first"), new Query.OfText("second"));
            assertThatThrownBy(() -> ask(server, queries))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("answers 503, after 3 attempts");
            assertThat(requests[0]).isEqualTo(4);
            well[0] = true;
            ask(server, queries);
            assertThat(requests[0]).isEqualTo(5);
        }
    }

    @Test
    void aServiceThatRefusesEndsTheSearchAtOnce() throws Exception {
        try (LoopbackServer server = new LoopbackServer(_ -> Reply.of(404, ""))) {
            assertThatThrownBy(() -> ask(server, List.of(new Query.OfText("a"))))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("answers 404");
            assertThat(server.asked("/knn-service")).isEqualTo(1);
        }
    }
}
