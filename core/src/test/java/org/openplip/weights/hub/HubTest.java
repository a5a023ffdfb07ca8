package org.openplip.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.openplip.weights.hub.LoopbackHub.COMMIT;
import static org.openplip.weights.hub.LoopbackHub.cutAfter;
import static org.openplip.weights.hub.LoopbackHub.ignoreRange;
import static org.openplip.weights.hub.LoopbackHub.silentAfter;
import static org.openplip.weights.hub.LoopbackHub.slow;
import static org.openplip.weights.hub.LoopbackHub.status;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

/// Pulls from a hub on loopback.
@Timeout(60)
class HubTest {
    private static final ModelName TINY = ModelName.parse("owner/tiny").orElseThrow();
    private static final String WEIGHTS = "model.safetensors";
    private static final String SECRET = "hf_secretsecret";

    @TempDir private Path folder;
    private LoopbackHub hub;
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();
    private Duration silence = Duration.ofSeconds(20);
    private @Nullable Token token;
    private boolean offline;

    @BeforeEach
    void fill() throws IOException {
        hub = new LoopbackHub();
        hub.put("config.json", "{}");
        hub.put("preprocessor_config.json", "{\"size\": 224}");
        hub.put("tokenizer.json", bytes(100_000, 2), false);
        hub.put("README.md", "A tiny one.");
        hub.put(".gitattributes", "*.safetensors filter=lfs");
        hub.put("training.log", "not wanted");
        hub.put("flax_model.msgpack", bytes(10, 3), true);
        hub.put("pytorch_model.bin", bytes(10, 4), true);
        hub.put(WEIGHTS, bytes(3_000_000, 1), true);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private HubCache cache() {
        return new HubCache(folder.resolve("hub"));
    }

    private HubSettings settings(URI endpoint) {
        return new HubSettings(endpoint, cache(), token, folder.resolve("token"), offline);
    }

    private Patience patience() {
        return new Patience(4, Duration.ofSeconds(1), Duration.ofMinutes(10), silence, pauses::add);
    }

    private Hub.Pulled pull(ModelName name, Progress progress) throws Exception {
        try (Hub client = Hub.open(settings(hub.endpoint()), patience(), HttpClient.newBuilder())) {
            return client.pull(name, progress);
        }
    }

    private Hub.Pulled pull(ModelName name) throws Exception {
        return pull(name, Progress.none());
    }

    private void assertPullFails(ModelName name, String message) {
        assertThatThrownBy(() -> pull(name))
                .isInstanceOf(DataException.class)
                .hasMessage(message)
                .hasMessageNotContaining(SECRET);
    }

    private Path model() {
        return folder.resolve("hub/models--owner--tiny");
    }

    private Path blob(String file) {
        return model().resolve("blobs").resolve(hub.hash(file));
    }

    private Path incomplete(String file) {
        return model().resolve("blobs").resolve(hub.hash(file) + ".incomplete");
    }

    /// Every file and link below a folder: links by where they lead, files by `size BYTES`.
    private static Map<String, String> tree(Path root) throws IOException {
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                String name = root.relativize(path).toString();
                if (Files.isSymbolicLink(path)) {
                    tree.put(name, "-> " + Files.readSymbolicLink(path));
                } else if (Files.isRegularFile(path)) {
                    tree.put(name, "size " + Files.size(path));
                }
            }
        }
        return tree;
    }

    // ---- what is fetched, and where it lies -----------------------------------------------

    @Test
    void aPullLaysFilesOutAsHuggingfaceHubDoes() throws Exception {
        Hub.Pulled pulled = pull(TINY);

        String snapshot = "models--owner--tiny/snapshots/" + COMMIT + "/";
        Map<String, String> expected = new TreeMap<>();
        expected.put("models--owner--tiny/refs/main", "size 40");
        for (String file :
                List.of(
                        "config.json",
                        "preprocessor_config.json",
                        "tokenizer.json",
                        "README.md",
                        WEIGHTS)) {
            String hash = hub.hash(file);
            expected.put(snapshot + file, "-> ../../blobs/" + hash);
            expected.put("models--owner--tiny/blobs/" + hash, "size " + hub.content(file).length);
            expected.put(".locks/models--owner--tiny/" + hash + ".lock", "size 0");
        }
        assertThat(tree(folder.resolve("hub"))).isEqualTo(expected);
        assertThat(model().resolve("refs/main")).hasContent(COMMIT);
        assertThat(pulled.commit()).isEqualTo(COMMIT);
        assertThat(pulled.snapshot()).isEqualTo(model().resolve("snapshots").resolve(COMMIT));
        for (String file : pulled.files()) {
            assertThat(pulled.snapshot().resolve(file)).hasBinaryContent(hub.content(file));
        }
        assertThat(pulled.size())
                .isEqualTo(pulled.files().stream().mapToLong(f -> hub.content(f).length).sum());
    }

    @Test
    void aSecondPullAsksForNoFile() throws Exception {
        pull(TINY);
        hub.requests.clear();
        assertThat(pull(TINY).files()).hasSize(5);
        assertThat(hub.requests)
                .extracting(LoopbackHub.Request::path)
                .containsExactly("/api/models/owner/tiny/revision/main");
    }

    @Test
    void aNewCommitFetchesOnlyWhatChanged() throws Exception {
        pull(TINY);
        hub.requests.clear();
        String next = COMMIT.replace('0', 'f');
        hub.revision("main", next);
        hub.put("config.json", "{\"new\": true}");

        Hub.Pulled pulled = pull(TINY);

        assertThat(pulled.commit()).isEqualTo(next);
        assertThat(pulled.snapshot().resolve("config.json")).hasContent("{\"new\": true}");
        assertThat(model().resolve("snapshots").resolve(COMMIT).resolve("config.json"))
                .hasContent("{}");
        assertThat(hub.requests("GET", "files", "")).isEmpty();
        assertThat(hub.requests("GET", "hub", "/resolve/")).hasSize(1);
    }

    @Test
    void aPullRequestIsARevision() throws Exception {
        String commit = COMMIT.replace('1', 'e');
        hub.revision("refs/pr/4", commit);
        assertThat(pull(TINY.at("refs/pr/4")).commit()).isEqualTo(commit);
        assertThat(model().resolve("refs/refs/pr/4")).hasContent(commit);
        assertThat(Models.resolve("owner/tiny@refs/pr/4", cache()))
                .isEqualTo(model().resolve("snapshots").resolve(commit));
    }

    @Test
    void aPinnedCommitThatIsWholeNeedsNoNetwork() throws Exception {
        pull(TINY.at(COMMIT));
        assertThat(model().resolve("refs")).doesNotExist();
        hub.requests.clear();
        assertThat(pull(TINY.at(COMMIT)).files()).hasSize(5);
        assertThat(hub.requests).isEmpty();
    }

    @Test
    void aPinnedCommitOfWhichAPartIsThereIsCompleted() throws Exception {
        pull(TINY.at(COMMIT));
        Path tokenizer = model().resolve("snapshots").resolve(COMMIT).resolve("tokenizer.json");
        Files.delete(tokenizer);
        Files.delete(blob("tokenizer.json"));
        pull(TINY.at(COMMIT));
        assertThat(tokenizer).hasBinaryContent(hub.content("tokenizer.json"));
    }

    @Test
    void offlineAnswersFromTheCacheAndAsksNobody() throws Exception {
        pull(TINY);
        hub.requests.clear();
        offline = true;
        assertThat(pull(TINY).commit()).isEqualTo(COMMIT);
        assertPullFails(
                TINY.at("v2"), "owner/tiny@v2: is not in the cache, and HF_HUB_OFFLINE is set");
        assertThat(hub.requests).isEmpty();
    }

    @Test
    void picklesAreTakenWhereThereIsNothingBetter() throws Exception {
        hub.remove(WEIGHTS);
        assertThat(pull(TINY).files()).contains("pytorch_model.bin").doesNotContain(WEIGHTS);
    }

    @Test
    void shardsComeWithTheirIndex() throws Exception {
        hub.remove(WEIGHTS);
        hub.remove("pytorch_model.bin");
        hub.put("model-00001-of-00002.safetensors", bytes(50, 5), true);
        hub.put("model.safetensors.index.json", "{}");
        assertPullFails(TINY, "owner/tiny: holds no CLIP weights in a known format (9 files)");
        hub.put("model-00002-of-00002.safetensors", bytes(50, 6), true);
        assertThat(pull(TINY).files())
                .containsSubsequence(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
    }

    @Test
    void openClipNamesAreTaken() throws Exception {
        hub.remove(WEIGHTS);
        hub.remove("pytorch_model.bin");
        hub.put("open_clip_config.json", "{}");
        hub.put("open_clip_pytorch_model.bin", bytes(50, 6), true);
        assertThat(pull(TINY).files())
                .contains("open_clip_config.json", "open_clip_pytorch_model.bin");
    }

    @Test
    void anEmptyFileIsAFile() throws Exception {
        hub.put("merges.txt", "");
        assertThat(pull(TINY).snapshot().resolve("merges.txt")).isEmptyFile();
        assertThat(hub.hash("merges.txt")).isEqualTo("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    // ---- bad lines ------------------------------------------------------------------------

    @Test
    void aCutLineGoesOnWhereItWasCut() throws Exception {
        hub.fail("GET files/model.*", cutAfter(1_000_001), cutAfter(1_500_000));
        AtomicLong told = new AtomicLong();
        Hub.Pulled pulled = pull(TINY, counting(told));
        assertThat(pulled.snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        // What had not been read when the line was cut may be lost.
        List<LoopbackHub.Request> parts = hub.requests("GET", "files", "model");
        assertThat(parts).hasSize(3);
        assertThat(parts.getFirst().range()).isNull();
        assertThat(start(parts.get(1))).isBetween(800_000, 1_000_001);
        assertThat(start(parts.get(2)) - start(parts.get(1))).isBetween(1_300_000, 1_500_000);
        assertThat(hub.requests("GET", "files", "model"))
                .extracting(LoopbackHub.Request::ifRange)
                .containsExactly(null, "\"part-3000000\"", "\"part-3000000\"");
        assertThat(told).hasValue(pulled.size());
    }

    private static int start(LoopbackHub.Request request) {
        assertThat(request.range()).matches("bytes=[0-9]+-");
        return Integer.parseInt(String.valueOf(request.range()).replaceAll("[^0-9]", ""));
    }

    @Test
    void aPullThatGaveUpIsTakenUpByTheNext() throws Exception {
        hub.fail("GET files/model.*", cutAfter(70_000), cutAfter(0), cutAfter(0), cutAfter(0));
        assertPullFails(
                TINY, "owner/tiny: " + WEIGHTS + ": given up after 4 attempts: the line was cut");
        assertThat(pauses)
                .containsExactly(
                        Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
        long part = Files.size(incomplete(WEIGHTS));
        assertThat(part).isBetween(1L, 70_000L);
        assertThat(cache().find(TINY)).isEmpty();
        assertThat(model().resolve("snapshots")).doesNotExist();

        hub.requests.clear();
        AtomicLong told = new AtomicLong();
        Hub.Pulled pulled = pull(TINY, counting(told));
        assertThat(pulled.snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        assertThat(hub.requests("GET", "files", "model"))
                .extracting(LoopbackHub.Request::range)
                .containsExactly("bytes=" + part + "-");
        assertThat(incomplete(WEIGHTS)).doesNotExist();
        assertThat(told).hasValue(pulled.size());
    }

    @Test
    void aServerThatIgnoresRangeStartsTheFileAgain() throws Exception {
        hub.fail("GET files/model.*", cutAfter(2_000_000), ignoreRange());
        AtomicLong told = new AtomicLong();
        Hub.Pulled pulled = pull(TINY, counting(told));
        assertThat(pulled.snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        assertThat(told).hasValue(pulled.size());
    }

    @Test
    void aServerThatSendsAnotherPartIsNotBelieved() throws Exception {
        hub.fail(
                "GET files/model.*",
                cutAfter(2_000_000),
                status(206, "Content-Range", "bytes 0-1/3000000"),
                cutAfter(2_000_000),
                status(416));
        assertThat(pull(TINY).snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        assertThat(hub.requests("GET", "files", "model"))
                .extracting(request -> request.range() != null)
                .containsExactly(false, true, false, true, false);
    }

    @Test
    void aPartThatIsLongerThanTheFileIsDropped() throws Exception {
        Files.createDirectories(blob(WEIGHTS).getParent());
        Files.write(incomplete(WEIGHTS), bytes(3_000_001, 9));
        assertThat(pull(TINY).snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
    }

    @Test
    void aPartThatWasSpoiledIsFetchedAnew() throws Exception {
        Files.createDirectories(blob(WEIGHTS).getParent());
        Files.write(incomplete(WEIGHTS), new byte[1000]);
        assertThat(pull(TINY).snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        assertThat(hub.requests("GET", "files", "model")).hasSize(2);
    }

    @Test
    void aServerThatFallsSilentIsLeft() throws Exception {
        silence = Duration.ofSeconds(1);
        hub.fail("GET files/model.*", silentAfter(1_500_000));
        assertThat(pull(TINY).snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        assertThat(hub.requests("GET", "files", "model")).hasSize(2);
    }

    @Test
    void aServerThatIsSlowIsNotLeft() throws Exception {
        silence = Duration.ofSeconds(1);
        hub.fail("GET files/model.*", slow(200_000, Duration.ofMillis(100))); // 1.5 s in all
        assertThat(pull(TINY).snapshot().resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
        assertThat(hub.requests("GET", "files", "model")).hasSize(1);
    }

    @Test
    void aServerThatDoesNotAnswerIsLeft() throws Exception {
        silence = Duration.ofSeconds(1);
        hub.fail(
                "GET hub/api/models/.*",
                (exchange, _) -> {
                    try {
                        Thread.sleep(Duration.ofDays(1));
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                });
        assertThat(pull(TINY).files()).hasSize(5);
        assertThat(pauses).hasSize(1);
    }

    @Test
    void aServerThatIsNotThereIsGivenUp() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (Hub client =
                Hub.open(
                        settings(URI.create("http://127.0.0.1:" + port)),
                        patience(),
                        HttpClient.newBuilder())) {
            assertThatThrownBy(() -> client.pull(TINY, Progress.none()))
                    .hasMessage(
                            "owner/tiny: given up after 4 attempts: cannot connect to 127.0.0.1");
        }
    }

    @Test
    void retryAfterIsHonoured() throws Exception {
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(90));
        hub.fail("GET hub/api/models/.*", status(429, "Retry-After", "7"));
        hub.fail("HEAD hub/.*", status(429, "Retry-After", date));
        hub.fail("GET files/model.*", status(429));
        pull(TINY);
        assertThat(pauses).hasSize(3);
        assertThat(pauses.getFirst()).isEqualTo(Duration.ofSeconds(7));
        assertThat(pauses.get(1)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(90));
        assertThat(pauses.getLast()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aWaitOfHoursIsNotTaken() {
        hub.fail("GET hub/api/models/.*", status(429, "Retry-After", "7200"));
        assertPullFails(TINY, "owner/tiny: the hub asks to wait for 7200 s; try again then");
        assertThat(pauses).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504})
    void troubleOfTheServerPasses(int status) throws Exception {
        hub.fail("GET hub/api/models/.*", status(status), status(status));
        hub.fail("HEAD hub/.*config.json", status(status));
        hub.fail("GET hub/.*config.json", status(status));
        assertThat(pull(TINY).files()).hasSize(5);
        assertThat(pauses).hasSize(4);
    }

    @Test
    void troubleThatStaysIsGivenUp() {
        hub.fail("GET hub/api/models/.*", status(500), status(500), status(500), status(500));
        assertPullFails(TINY, "owner/tiny: given up after 4 attempts: the hub answers 500");
    }

    // ---- wrong content --------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"model.safetensors, SHA-256, files", "tokenizer.json, git SHA-1, hub"})
    void contentThatIsNotWhatTheHashSaysIsRemoved(String file, String algorithm, String server)
            throws Exception {
        byte[] wrong = hub.content(file).clone();
        wrong[17] ^= 1;
        LoopbackHub.Fault send = (exchange, _) -> LoopbackHub.send(exchange, 200, wrong);
        hub.fail("GET " + server + "/.*" + file + ".*", send);
        String found =
                algorithm.equals("SHA-256")
                        ? LoopbackHub.sha256(wrong)
                        : LoopbackHub.gitHash(wrong);
        assertPullFails(
                TINY,
                "owner/tiny: %s: the content is not what the hub says: %s %s, expected %s; it was removed"
                        .formatted(file, algorithm, found, hub.hash(file)));
        assertThat(blob(file)).doesNotExist();
        assertThat(incomplete(file)).doesNotExist();
        assertThat(pull(TINY).snapshot().resolve(file)).hasBinaryContent(hub.content(file));
    }

    @Test
    void aBodyThatDoesNotEndIsLeft() {
        LoopbackHub.Fault endless =
                (exchange, _) -> {
                    exchange.sendResponseHeaders(200, 0);
                    byte[] block = new byte[1 << 16];
                    for (int i = 0; i < 10_000; i++) exchange.getResponseBody().write(block);
                };
        hub.fail("GET files/model.*", endless);
        assertPullFails(
                TINY,
                "owner/tiny: "
                        + WEIGHTS
                        + ": the hub sends more than the 3000000 bytes it told of");
        assertThat(incomplete(WEIGHTS)).isEmptyFile();
    }

    @Test
    void aFileWithoutAHashIsNotFetched() {
        hub.fail("HEAD hub/.*config.json", status(200, "ETag", "\"5d41402abc\""));
        assertPullFails(
                TINY, "owner/tiny: config.json: the hub gives no hash to check the file by");
    }

    @Test
    void aHostileListLeadsNowhere() throws Exception {
        for (String name :
                List.of(
                        "../escaped.json",
                        "/tmp/escaped.json",
                        "a/../../config.json",
                        "../model-00001-of-00001.safetensors",
                        "config.json/../../x",
                        "..")) {
            hub.list(name);
        }
        Hub.Pulled pulled = pull(TINY);
        assertThat(pulled.files()).hasSize(5).noneMatch(file -> file.contains("/"));
        assertThat(tree(folder).keySet()).allMatch(path -> path.startsWith("hub/"));
        assertThat(tree(pulled.snapshot())).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sha\":\"../../../etc\",\"siblings\":[]}",
                "{\"siblings\":[]}",
                "[]",
                "<html>",
                ""
            })
    void anAnswerThatIsNoListIsRefused(String body) {
        hub.fail(
                "GET hub/api/models/.*",
                (exchange, _) ->
                        LoopbackHub.send(exchange, 200, body.getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> pull(TINY))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(hub.endpoint() + "/api/models/owner/tiny/revision/main: ");
    }

    @Test
    void aHashThatIsAPathIsRefused() {
        hub.fail(
                "HEAD hub/.*config.json",
                status(200, "X-Linked-Etag", "\"../../../../x\"", "X-Linked-Size", "2"));
        assertPullFails(
                TINY, "owner/tiny: config.json: the hub gives no hash to check the file by");
    }

    // ---- refusals -------------------------------------------------------------------------

    @Test
    void refusalsSayWhatToDo() {
        String advice = "a token is needed: set HF_TOKEN, or write it to " + folder + "/token";
        hub.fail("GET hub/api/models/.*", status(401), status(403), status(404), status(418));
        assertPullFails(
                TINY,
                "owner/tiny: there is no such model, or it is private (401); if private, "
                        + advice);
        assertPullFails(TINY, "owner/tiny: the hub denies access (403); " + advice);
        assertPullFails(
                TINY,
                "owner/tiny: there is no such model or revision at " + hub.endpoint() + " (404)");
        assertPullFails(TINY, "owner/tiny: the hub answers 418");
        hub.fail("HEAD hub/.*config.json", status(401, "X-Error-Code", "GatedRepo"));
        assertPullFails(
                TINY,
                "owner/tiny: config.json: is gated (401): ask for access at "
                        + hub.endpoint()
                        + "/owner/tiny; "
                        + advice);
        assertThat(pauses).isEmpty();
    }

    @Test
    void refusalsOfATokenDoNotShowIt() {
        token = new Token(SECRET, "HF_TOKEN");
        hub.fail("GET hub/api/models/.*", status(401), status(403));
        assertPullFails(TINY, "owner/tiny: the hub refuses the token of HF_TOKEN (401)");
        assertPullFails(
                TINY,
                "owner/tiny: the hub denies access (403); the token of HF_TOKEN must be of an"
                        + " account that has access");
        assertThat(settings(hub.endpoint()).toString()).doesNotContain(SECRET);
    }

    @Test
    void whatIsNotThereIsSaid() {
        assertPullFails(
                ModelName.parse("owner/none").orElseThrow(),
                "owner/none: there is no such model at " + hub.endpoint() + " (404)");
        assertPullFails(TINY.at("v9"), "owner/tiny@v9: has no revision \"v9\" (404)");
        hub.list("vocab.json");
        assertPullFails(
                TINY, "owner/tiny: vocab.json: the hub lists this file but has it not (404)");
    }

    // ---- where the token goes -------------------------------------------------------------

    @Test
    void theTokenGoesToTheHubAlone() throws Exception {
        token = new Token(SECRET, "HF_TOKEN");
        pull(TINY);
        assertThat(hub.requests("GET", "files", "")).isNotEmpty();
        assertThat(hub.requests)
                .allSatisfy(
                        request ->
                                assertThat(request.authorization())
                                        .isEqualTo(
                                                request.server().equals("hub")
                                                        ? "Bearer " + SECRET
                                                        : null));
    }

    @Test
    void httpsIsNotLeftForHttp() throws Exception {
        KeyStore keys = keys();
        HttpsServer secure =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(context(keys)));
        secure.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        exchange.getResponseHeaders()
                                .set(
                                        "Location",
                                        hub.endpoint().toString() + exchange.getRequestURI());
                        exchange.sendResponseHeaders(302, -1);
                    }
                });
        secure.start();
        URI address = URI.create("https://localhost:" + secure.getAddress().getPort());
        try (Hub trusting =
                        Hub.open(
                                settings(address),
                                patience(),
                                HttpClient.newBuilder().sslContext(context(keys)));
                Hub distrusting =
                        Hub.open(settings(address), patience(), HttpClient.newBuilder())) {
            assertThatThrownBy(() -> trusting.pull(TINY, Progress.none()))
                    .hasMessage(
                            "owner/tiny: the hub redirects from https to http, at 127.0.0.1;"
                                    + " refused");
            assertThatThrownBy(() -> distrusting.pull(TINY, Progress.none()))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith("localhost: no secure connection: ");
        } finally {
            secure.stop(0);
        }
        assertThat(hub.requests).isEmpty();
        assertThat(pauses).isEmpty();
    }

    private KeyStore keys() throws Exception {
        Path file = folder.resolve("keys.p12");
        int made =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "hub",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "san=dns:localhost",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                "secret",
                                "-keystore",
                                file.toString())
                        .inheritIO()
                        .start()
                        .waitFor();
        assertThat(made).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, "secret".toCharArray());
        }
        return keys;
    }

    private static SSLContext context(KeyStore keys) throws Exception {
        KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
        own.init(keys, "secret".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @ParameterizedTest
    @ValueSource(strings = {"http:", "ftp://127.0.0.1/x", "http://[", "file:///etc/passwd"})
    void aRedirectToNoAddressIsRefused(String location) {
        hub.fail("GET hub/api/models/.*", status(302, "Location", location));
        assertPullFails(TINY, "owner/tiny: the hub redirects to what is no address");
    }

    @Test
    void aRedirectInCirclesEnds() {
        LoopbackHub.Fault circle = status(302, "Location", "/api/models/owner/tiny/revision/main");
        LoopbackHub.Fault[] circles = new LoopbackHub.Fault[50];
        Arrays.fill(circles, circle);
        hub.fail("GET hub/api/models/.*", circles);
        assertPullFails(TINY, "owner/tiny: the hub redirects in circles");
    }

    // ---- the disk -------------------------------------------------------------------------

    @Test
    void whatTheDiskCannotHoldIsNotBegun() {
        hub.fail(
                "HEAD hub/.*model.safetensors",
                status(
                        200,
                        "X-Linked-Etag",
                        hub.hash(WEIGHTS),
                        "X-Linked-Size",
                        "1" + "0".repeat(14)));
        assertThatThrownBy(() -> pull(TINY))
                .isInstanceOf(DataException.class)
                .hasMessageMatching(
                        ".*/hub: no room: 100000000\\.1 MB are to be fetched, [0-9.]+ MB are free");
        assertThat(hub.requests("GET", "hub", "/resolve/")).isEmpty();
    }

    @Test
    void aDiskThatFillsUpIsSaid() throws Exception {
        Files.createDirectories(blob(WEIGHTS).getParent());
        Files.createSymbolicLink(incomplete(WEIGHTS), Path.of("/dev/full"));
        assertThatThrownBy(() -> pull(TINY))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(incomplete(WEIGHTS) + ": No space left on device");
        assertThat(pauses).isEmpty();
        Files.delete(incomplete(WEIGHTS));
    }

    // ---- several at once ------------------------------------------------------------------

    @Test
    void pullsAtOnceFetchEachFileOnce() throws Exception {
        int pulls = 4;
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(pulls)) {
            List<Future<Hub.Pulled>> results = new ArrayList<>();
            for (int i = 0; i < pulls; i++) {
                Callable<Hub.Pulled> pull =
                        () -> {
                            go.await();
                            return pull(TINY);
                        };
                results.add(threads.submit(pull));
            }
            go.countDown();
            for (Future<Hub.Pulled> result : results) {
                assertThat(result.get().snapshot().resolve(WEIGHTS))
                        .hasBinaryContent(hub.content(WEIGHTS));
            }
        }
        assertThat(hub.requests("GET", "files", "")).hasSize(1);
        assertThat(hub.requests("GET", "hub", "/resolve/")).hasSize(5);
    }

    @Test
    void aFileThatAnotherProcessFetchesIsWaitedFor() throws Exception {
        Path lock = folder.resolve("hub/.locks/models--owner--tiny/" + hub.hash(WEIGHTS) + ".lock");
        Files.createDirectories(lock.getParent());
        Process other =
                new ProcessBuilder(
                                "flock", "--close", lock.toString(), "sh", "-c", "echo held; cat")
                        .start();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            assertThat(other.inputReader().readLine()).isEqualTo("held");
            CountDownLatch waiting = new CountDownLatch(1);
            Future<Hub.Pulled> pulled =
                    threads.submit(
                            () ->
                                    pull(
                                            TINY,
                                            noting(
                                                    "another process is fetching " + WEIGHTS,
                                                    waiting)));
            waiting.await();
            Files.write(blob(WEIGHTS), hub.content(WEIGHTS));
            other.outputWriter().close();
            assertThat(pulled.get().snapshot().resolve(WEIGHTS))
                    .hasBinaryContent(hub.content(WEIGHTS));
        } finally {
            other.destroy();
        }
        assertThat(hub.requests("GET", "files", "")).isEmpty();
    }

    // ---- names ----------------------------------------------------------------------------

    @Test
    void aNameThatWasPulledIsACheckpoint() throws Exception {
        assertThatThrownBy(() -> Models.resolve("owner/tiny", cache()))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "owner/tiny: is no file or folder, and no model in the cache; to fetch it:"
                                + " plip pull owner/tiny");
        pull(TINY);
        Path snapshot = model().resolve("snapshots").resolve(COMMIT);
        assertThat(Models.resolve("owner/tiny", cache())).isEqualTo(snapshot);
        assertThat(Models.resolve("owner/tiny@" + COMMIT, cache())).isEqualTo(snapshot);
        assertThat(Models.resolve(snapshot.toString(), cache())).isEqualTo(snapshot);
        assertThatThrownBy(() -> Models.resolve("owner/tiny@v2", cache()))
                .hasMessageEndingWith("plip pull owner/tiny@v2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/absolute", "./here", "a/b/c", "../up/there", "one", "a/b@../c", ""})
    void whatIsNoNameIsAPath(String text) throws Exception {
        assertThat(ModelName.parse(text)).isEmpty();
        assertThat(Models.resolve(text, cache())).isEqualTo(Path.of(text));
    }

    private static Progress counting(AtomicLong told) {
        return (name, total) -> {
            Progress.Task none = Progress.none().begin(name, total);
            return new Progress.Task() {
                @Override
                public void advance(long count) {
                    told.addAndGet(count);
                }

                @Override
                public void note(String remark) {
                    none.note(remark);
                }

                @Override
                public void close() {
                    assertThat(told.get()).isLessThanOrEqualTo(total);
                }
            };
        };
    }

    private static Progress noting(String awaited, CountDownLatch came) {
        return (_, _) ->
                new Progress.Task() {
                    @Override
                    public void advance(long count) {}

                    @Override
                    public void note(String remark) {
                        if (remark.equals(awaited)) came.countDown();
                    }

                    @Override
                    public void close() {}
                };
    }
}
