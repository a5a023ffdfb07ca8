package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.jerolba.carpet.CarpetWriter;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Plip;
import org.openplip.io.Json;
import org.openplip.io.Npy;
import org.openplip.io.Progress;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.OpenPathBuild;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

class WebCommandTest {
    @TempDir private Path folder = Path.of("");

    /// A row of the service's index: what it answers, the address apart.
    private record Row(String picture, String caption, String unsafe, double similarity) {}

    /// A row of `metadata_0.parquet`.
    record Metadata(String url, String caption) {}

    private final List<Row> rows = new CopyOnWriteArrayList<>();
    private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
    private final Map<String, byte[]> pictures = new ConcurrentHashMap<>();
    private HttpServer server;

    WebCommandTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    /// A clip-retrieval service, and the web that its rows are of.
    @BeforeEach
    void starts() {
        System.setProperty("org.openplip.home", Path.of("..").toAbsolutePath().toString());
        server.createContext(
                "/knn-service",
                exchange -> {
                    asked.add(Json.MAPPER.readTree(exchange.getRequestBody().readAllBytes()));
                    ArrayNode answer = Json.MAPPER.createArrayNode();
                    int id = 0;
                    for (Row row : rows) {
                        answer.addObject()
                                .put("url", address("/web/" + row.picture))
                                .put("caption", row.caption)
                                .put("id", id++)
                                .put("NSFW", row.unsafe)
                                .put("similarity", row.similarity);
                    }
                    byte[] body = Json.MAPPER.writeValueAsBytes(answer);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.createContext(
                "/web/",
                exchange -> {
                    byte[] body = pictures.get(exchange.getRequestURI().getPath().substring(5));
                    exchange.sendResponseHeaders(
                            body == null ? 404 : 200, body == null ? -1 : body.length);
                    if (body != null) exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stops() {
        server.stop(0);
        System.clearProperty("org.openplip.home");
    }

    private String address(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private static void ends(Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
    }

    private Ended web(Object... arguments) {
        List<Object> words =
                new ArrayList<>(List.of("openpath", "web", "--collected", "2024-03-31"));
        words.addAll(List.of(arguments));
        return plip(words.toArray());
    }

    @Test
    void rowsOfAServiceGoThroughTheBuildBesidePosts() throws IOException {
        // Posts, and of another world pictures that no post shows.
        Path world = folder.resolve("world");
        PhantomWorld.write(world, new PhantomOptions(60, 1, 5, 2), Progress.none());
        Path alone = folder.resolve("alone");
        OpenPathBuild.run(
                BuildConfig.of(List.of(world.resolve("posts.jsonl")), alone, List.of()),
                Progress.none());
        Path other = folder.resolve("other");
        PhantomWorld.write(other, new PhantomOptions(60, 1, 977, 2), Progress.none());
        Path elsewhere = folder.resolve("elsewhere");
        OpenPathBuild.run(
                BuildConfig.of(List.of(other.resolve("posts.jsonl")), elsewhere, List.of()),
                Progress.none());
        Pair shown;
        try (Release posts = Release.open(alone);
                Release web = Release.open(elsewhere)) {
            shown = posts.pairs().getFirst();
            pictures.put("copy", posts.picture(shown));
            List<Pair> unseen = web.pairs();
            for (int i = 0; i < 3; i++) pictures.put("" + i, web.picture(unseen.get(4 * i)));
        }
        rows.add(
                new Row(
                        "0",
                        "Is this melanoma of the skin? Nests at the junction",
                        "UNLIKELY",
                        0.9));
        rows.add(new Row("1", "Picture of a gland that is better not shown", "NSFW", 0.8));
        rows.add(new Row("copy", "A copy of a picture that a post shows as well", "UNLIKELY", 0.7));
        rows.add(
                new Row(
                        "2",
                        "Una imagen de la mucosa del colon con inflamación crónica",
                        "UNLIKELY",
                        0.6));
        rows.add(new Row("gone", "Too far from the seed to be of any use here", "UNLIKELY", 0.1));

        Path texts = Files.writeString(folder.resolve("texts"), "melanoma\n");
        Path found = folder.resolve("found");
        Ended asking =
                web(
                        "--service",
                        address("/knn-service"),
                        "--index",
                        "laion",
                        "--texts",
                        texts,
                        "--threshold",
                        "0.5",
                        "--out",
                        found);
        ends(asking);
        assertThat(asking.out()).contains("5 rows near to them, 4 kept", "below_threshold=1");
        assertThat(asked)
                .singleElement()
                .satisfies(body -> assertThat(body.path("text").asText()).isEqualTo("melanoma"));

        Path media = folder.resolve("media");
        ends(
                plip(
                        "openpath",
                        "fetch",
                        "--allow-private",
                        "--posts",
                        found.resolve("posts.jsonl"),
                        "--out",
                        media));
        Path release = folder.resolve("release");
        ends(
                plip(
                        "openpath",
                        "build",
                        "--posts",
                        world.resolve("posts.jsonl"),
                        media.resolve("posts.jsonl"),
                        "--out",
                        release));

        try (Release built = Release.open(release);
                Release before = Release.open(alone)) {
            List<Pair> web =
                    built.pairs().stream().filter(pair -> pair.source().equals("web")).toList();
            assertThat(web).hasSize(1);
            Pair row = web.getFirst();
            assertThat(row.caption())
                    .isEqualTo("Is this melanoma of the skin? Nests at the junction");
            assertThat(row.split()).as("no split by time").isEqualTo("train");
            assertThat(row.createdAt()).hasToString("2024-03-31T00:00:00Z");
            assertThat(row.hashtags()).isEmpty();
            assertThat(row.link()).isEqualTo(address("/web/0"));
            assertThat(row.url()).isEqualTo(address("/web/0"));
            assertThat(row.postId()).startsWith("web_").isEqualTo(row.captionPostId());
            assertThat(built.picture(row)).isEqualTo(pictures.get("0"));
            // The posts are what they were without the web.
            assertThat(built.pairs()).hasSize(before.pairs().size() + 1);
        }
        Map<String, String> ids = new TreeMap<>();
        for (String line : Files.readAllLines(found.resolve("posts.jsonl"))) {
            JsonNode post = Json.MAPPER.readTree(line);
            ids.put(post.path("link").asText(), post.path("id").asText());
        }
        assertThat(why(release, ids.get(address("/web/1")))).contains("no  sensitive");
        assertThat(why(release, ids.get(address("/web/2")))).contains("no  language");
        assertThat(why(release, ids.get(address("/web/copy"))))
                .contains("no  duplicate", "merged with " + shown.duplicateGroup());
    }

    private static String why(Path release, @Nullable String found) {
        String id = Objects.requireNonNull(found);
        Ended ended = plip("openpath", "why", id, "--release", release);
        ends(ended);
        return ended.out();
    }

    @Test
    void aServiceIsAskedByThePictureOrByTheEmbeddingOfAModel() throws IOException {
        Path model = TinyCheckpoint.write(folder.resolve("model"));
        List<Path> seeds = TinyCheckpoint.pictures(folder.resolve("seeds"), 2);
        String service = address("/knn-service");
        ends(
                web(
                        "--service",
                        service,
                        "--index",
                        "laion",
                        "--seeds",
                        seeds.getFirst(),
                        "--threshold",
                        "0",
                        "--out",
                        folder.resolve("a")));
        ends(
                web(
                        "--service",
                        service,
                        "--index",
                        "laion",
                        "--seeds",
                        folder.resolve("seeds"),
                        "--model",
                        model,
                        "--threshold",
                        "0",
                        "--out",
                        folder.resolve("b")));
        assertThat(asked).hasSize(3);
        assertThat(asked.getFirst().path("image").binaryValue())
                .isEqualTo(Files.readAllBytes(seeds.getFirst()));
        try (Plip plip = Plip.load(model)) {
            float[][] expected = plip.encodeImages(seeds);
            for (int i = 0; i < 2; i++) {
                assertThat(
                                Json.MAPPER.convertValue(
                                        asked.get(i + 1).path("embedding_input"), float[].class))
                        .isEqualTo(expected[i]);
            }
        }
        Ended wrong =
                web(
                        "--service",
                        service,
                        "--texts",
                        seeds.getFirst(),
                        "--threshold",
                        "0",
                        "--out",
                        folder.resolve("c"));
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("--service: needs --index");
    }

    @Test
    void aCollectionIsSearchedByTheEmbeddingsOfAModel() throws IOException {
        Path model = TinyCheckpoint.write(folder.resolve("model"));
        List<Path> shown = TinyCheckpoint.pictures(folder.resolve("shown"), 6);
        Path collection = Files.createDirectories(folder.resolve("collection"));
        List<Metadata> table = new ArrayList<>();
        List<String> captions = List.of("normal mucus", "an H&E image patch of tumor");
        try (Plip plip = Plip.load(model);
                OutputStream matrix = Files.newOutputStream(collection.resolve("img_emb_0.npy"))) {
            float[][] embeddings = plip.encodeImages(shown);
            float[][] texts = plip.encodeTexts(captions);
            matrix.write(Npy.header(Npy.Type.FLOAT32, 8, plip.width()));
            for (float[] row : embeddings) matrix.write(Npy.Type.FLOAT32.row(row).array());
            for (float[] row : texts) matrix.write(Npy.Type.FLOAT32.row(row).array());
        }
        for (int i = 0; i < 8; i++) table.add(new Metadata("http://x.example/" + i, "row " + i));
        try (OutputStream out = Files.newOutputStream(collection.resolve("metadata_0.parquet"));
                CarpetWriter<Metadata> writer =
                        new CarpetWriter.Builder<>(out, Metadata.class).build()) {
            for (Metadata row : table) writer.write(row);
        }
        Path out = folder.resolve("out");
        Ended byPicture =
                web(
                        "--collection",
                        collection,
                        "--model",
                        model,
                        "--seeds",
                        shown.get(4),
                        "--neighbours",
                        "1",
                        "--threshold",
                        "0.9999",
                        "--out",
                        out);
        ends(byPicture);
        assertThat(byPicture.out()).contains("1 kept", "8 rows looked at");
        assertThat(Json.read(out.resolve("posts.jsonl")).path("link").asText())
                .isEqualTo("http://x.example/4");

        Path words = Files.writeString(folder.resolve("words"), captions.get(1) + "\n");
        Path byText = folder.resolve("by-text");
        ends(
                web(
                        "--collection",
                        collection,
                        "--model",
                        model,
                        "--texts",
                        words,
                        "--neighbours",
                        "1",
                        "--threshold",
                        "0.9999",
                        "--out",
                        byText));
        assertThat(Json.read(byText.resolve("posts.jsonl")).path("link").asText())
                .isEqualTo("http://x.example/7");

        Ended wrong =
                web(
                        "--collection",
                        collection,
                        "--texts",
                        words,
                        "--threshold",
                        "0",
                        "--out",
                        folder.resolve("none"));
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("--collection: needs --model");
    }
}
