package org.openplip.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Hashes;

/// `plip pull` from a hub on loopback that serves the small model of core's tests.
@Timeout(180)
class PullTest {
    private static final Path TINY = PlipProcess.HOME.resolve("core/src/test/resources/tiny-clip");
    private static final Path PICTURE =
            PlipProcess.HOME.resolve("core/src/test/resources/slide/small.png");
    private static final String COMMIT = "89abcdef0123456789abcdef0123456789abcdef";
    private static final String WEIGHTS = "model.safetensors";

    @TempDir private Path folder;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch half = new CountDownLatch(1);
    private volatile boolean stopHalfWay;
    private HttpServer hub;

    @BeforeEach
    void start() throws IOException {
        hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.setExecutor(threads);
        hub.createContext("/", this::answer);
        hub.start();
    }

    @AfterEach
    void stop() {
        hub.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String range = exchange.getRequestHeaders().getFirst("Range");
            requests.add(
                    exchange.getRequestMethod() + " " + path + (range == null ? "" : " " + range));
            if (path.startsWith("/api/models/owner/tiny/")) {
                String list =
                        "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"config.json\"},{\"rfilename\":\"%s\"}]}"
                                .formatted(COMMIT, WEIGHTS);
                byte[] bytes = list.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            } else if (path.startsWith("/owner/tiny/resolve/" + COMMIT + "/")) {
                sendFile(exchange, TINY.resolve(path.substring(path.lastIndexOf('/') + 1)), range);
            } else {
                exchange.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private void sendFile(HttpExchange exchange, Path file, String range) throws IOException {
        byte[] content = Files.readAllBytes(file);
        exchange.getResponseHeaders().set("ETag", '"' + Hashes.sha256(content) + '"');
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", "" + content.length);
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        exchange.getResponseHeaders()
                .set(
                        "Content-Range",
                        "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
        byte[] rest = Arrays.copyOfRange(content, from, content.length);
        if (stopHalfWay && file.endsWith(WEIGHTS)) {
            exchange.getResponseBody().write(rest, 0, rest.length / 2);
            exchange.getResponseBody().flush();
            try {
                half.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        } else {
            exchange.getResponseBody().write(rest);
        }
    }

    private PlipProcess plip(Object... arguments) throws IOException {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) words.add(argument.toString());
        return PlipProcess.start(
                List.of(
                        "env",
                        "HF_ENDPOINT=http://127.0.0.1:" + hub.getAddress().getPort(),
                        "HF_HOME=" + folder.resolve("home"),
                        "HF_TOKEN=hf_secretsecret"),
                words);
    }

    private PlipProcess.Result run(Object... arguments) throws Exception {
        try (PlipProcess plip = plip(arguments)) {
            return plip.await();
        }
    }

    private Path cached() {
        return folder.resolve("home/hub/models--owner--tiny");
    }

    private long incomplete() throws IOException {
        if (!Files.exists(cached().resolve("blobs"))) return 0;
        try (Stream<Path> blobs = Files.list(cached().resolve("blobs"))) {
            for (Path blob : blobs.toList()) {
                if (blob.toString().endsWith(".incomplete")) return Files.size(blob);
            }
        }
        return 0;
    }

    @Test
    void aPulledNameIsAModelWithoutTheNetwork() throws Exception {
        Path out = folder.resolve("copy");
        PlipProcess.Result pulled = run("pull", "owner/tiny", "--out", out);
        assertThat(pulled.exitCode()).as(pulled.err()).isZero();
        assertThat(pulled.out())
                .isEqualTo("owner/tiny is commit %s%n%s: 2 files, 3.6 MB%n".formatted(COMMIT, out));
        assertThat(pulled.err())
                .doesNotContain("secret")
                .contains("fetching owner/tiny: 3 of 3 MB");
        for (String file : List.of("config.json", WEIGHTS)) {
            assertThat(out.resolve(file))
                    .isRegularFile()
                    .hasSameBinaryContentAs(TINY.resolve(file));
            assertThat(Files.isSymbolicLink(out.resolve(file))).isFalse();
            assertThat(cached().resolve("snapshots").resolve(COMMIT).resolve(file))
                    .isSymbolicLink()
                    .hasSameBinaryContentAs(TINY.resolve(file));
        }
        hub.stop(0);
        PlipProcess.Result index =
                run(
                        "index",
                        "--model",
                        "owner/tiny",
                        "--images",
                        PICTURE,
                        "--out",
                        folder.resolve("i"));
        assertThat(index.exitCode()).as(index.err()).isZero();
        assertThat(index.out()).startsWith("1 pictures");
    }

    @Test
    void aNameThatWasNotPulledSaysHowInOneLine() throws Exception {
        PlipProcess.Result index =
                run(
                        "index",
                        "--model",
                        "owner/tiny@v2",
                        "--images",
                        PICTURE,
                        "--out",
                        folder.resolve("i"));
        assertThat(index.exitCode()).isEqualTo(1);
        assertThat(index.err())
                .doesNotContain("Usage")
                .endsWith(
                        "plip: owner/tiny@v2: is no file or folder, and no model in the cache; to"
                                + " fetch it: plip pull owner/tiny@v2\n");
        PlipProcess.Result pull = run("pull", "owner/none");
        assertThat(pull.exitCode()).isEqualTo(1);
        assertThat(pull.err())
                .matches("plip: owner/none: there is no such model at http://.* \\(404\\)\n");
        assertThat(run("pull", "not a name").exitCode()).isEqualTo(2);
        assertThat(requests).hasSize(1);
    }

    @Test
    void aKilledPullGoesOnWhereItWas() throws Exception {
        stopHalfWay = true;
        try (PlipProcess plip = plip("pull", "owner/tiny")) {
            while (plip.running() && incomplete() < 1_500_000) Thread.sleep(5);
            assertThat(plip.running()).as(plip.err()).isTrue();
            plip.kill();
        }
        half.countDown();
        stopHalfWay = false;
        long part = incomplete();
        assertThat(cached().resolve("snapshots")).doesNotExist();
        requests.clear();

        PlipProcess.Result pulled = run("pull", "owner/tiny@" + COMMIT);
        assertThat(pulled.exitCode()).as(pulled.err()).isZero();
        String weights = "/owner/tiny/resolve/" + COMMIT + "/" + WEIGHTS;
        assertThat(requests).contains("GET " + weights + " bytes=" + part + "-");
        assertThat(cached().resolve("snapshots").resolve(COMMIT).resolve(WEIGHTS))
                .hasSameBinaryContentAs(TINY.resolve(WEIGHTS));
    }

    @Test
    void twoProcessesFetchEachFileOnce() throws Exception {
        stopHalfWay = true;
        try (PlipProcess one = plip("pull", "owner/tiny");
                PlipProcess two = plip("pull", "owner/tiny")) {
            String head = "HEAD /owner/tiny/resolve/" + COMMIT + "/" + WEIGHTS;
            while (one.running()
                    && two.running()
                    && requests.stream().filter(head::equals).count() < 2) {
                Thread.sleep(5);
            }
            // Both know that the weights are missing; one fetches and is cut, and asks for the
            // rest.
            stopHalfWay = false;
            half.countDown();
            assertThat(one.await().exitCode()).as(one.err()).isZero();
            assertThat(two.await().exitCode()).as(two.err()).isZero();
        }
        String get = "GET /owner/tiny/resolve/" + COMMIT + "/";
        assertThat(requests.stream().filter((get + "config.json")::equals)).hasSize(1);
        assertThat(requests.stream().filter((get + WEIGHTS)::equals)).hasSize(1);
        assertThat(cached().resolve("snapshots").resolve(COMMIT).resolve(WEIGHTS))
                .hasSameBinaryContentAs(TINY.resolve(WEIGHTS));
    }
}
