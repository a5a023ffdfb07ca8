package org.openplip.openpath.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.fetch.Fetched.Outcome;
import org.openplip.openpath.fetch.LoopbackServer.Manner;
import org.openplip.openpath.fetch.LoopbackServer.Reply;

class PictureFetchTest {
    static final FetchSettings SETTINGS =
            new FetchSettings(
                    32,
                    16,
                    Duration.ZERO,
                    new Patience(3, Duration.ofMillis(1), Duration.ofMillis(10)),
                    60,
                    Duration.ofHours(1),
                    100_000,
                    Duration.ofSeconds(20),
                    true);

    @TempDir private Path folder;

    private Path posts(List<String> urls) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < urls.size(); i++) {
            lines.add(
                    """
                    {"id":"%d","text":"a?","created_at":"2020-01-01T00:00:00Z","kept":[1],\
                    "media":[{"media_key":"m%d","type":"photo","url":"%s"},\
                    {"media_key":"v%d","type":"video","url":"http://x.example/v.mp4"}]}\
                    """
                            .formatted(i, i, urls.get(i), i));
        }
        Path file = folder.resolve("posts.jsonl");
        Files.write(file, lines);
        return file;
    }

    private FetchSummary run(Path posts, boolean refresh) throws Exception {
        return run(posts, SETTINGS, refresh);
    }

    private FetchSummary run(Path posts, FetchSettings settings, boolean refresh) throws Exception {
        return PictureFetch.run(
                List.of(posts),
                folder.resolve("media"),
                settings,
                refresh,
                new FetcherTest.ClockByHand(),
                Progress.none());
    }

    private Map<String, Fetched> journal() throws IOException {
        Map<String, Fetched> all = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("media/fetch.jsonl"))) {
            Fetched fetched = Json.MAPPER.readValue(line, Fetched.class);
            assertThat(all.put(fetched.url(), fetched)).as(line).isNull();
        }
        return all;
    }

    private List<JsonNode> written() throws IOException {
        List<JsonNode> posts = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("media/posts.jsonl"))) {
            posts.add(Json.MAPPER.readTree(line));
        }
        return posts;
    }

    /// What a server does with the picture of a number: one in ten of each kind of trouble.
    private static Reply reply(int number, int request) {
        byte[] picture = FetcherTest.jpeg("picture " + number / 2); // each twice
        return switch (number * 7919 % 100 / 10) {
            case 0 -> Reply.of(404, "gone");
            case 1 -> request == 1 ? Reply.of(503, "busy") : Reply.of(200, picture);
            case 2 -> request < 3 ? Reply.of(200, picture).by(Manner.CUT) : Reply.of(200, picture);
            case 3 -> Reply.of(500, "broken");
            case 4 -> Reply.of(200, "<html>");
            case 5 -> Reply.of(200, picture).with("X-Robots-Tag", "noai");
            default -> Reply.of(200, picture);
        };
    }

    private static String expected(int number) {
        return switch (number * 7919 % 100 / 10) {
            case 0 -> "status_404";
            case 3 -> "status_500";
            case 4 -> "not_a_picture";
            case 5 -> "robots";
            default -> "kept";
        };
    }

    private static int number(String path) {
        return Integer.parseInt(path.replaceAll("\\D", ""));
    }

    @Test
    void tenThousandPicturesAmongFailuresAreEachAccountedForOnce() throws Exception {
        Map<String, Integer> requests = new java.util.concurrent.ConcurrentHashMap<>();
        try (LoopbackServer server =
                new LoopbackServer(
                        request ->
                                reply(
                                        number(request.path()),
                                        requests.merge(request.path(), 1, Integer::sum)))) {
            int count = 10_000;
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < count; i++) urls.add(server.address("/" + i + ".jpg"));
            FetchSummary summary = run(posts(urls), false);

            Map<String, Fetched> journal = journal();
            Map<String, Long> counted = new HashMap<>();
            for (int i = 0; i < count; i++) {
                Fetched fetched = Objects.requireNonNull(journal.remove(urls.get(i)));
                String came = fetched.outcome() == Outcome.KEPT ? "kept" : fetched.reason();
                assertThat(came).as(urls.get(i)).isEqualTo(expected(i));
                counted.merge(came, 1L, Long::sum);
            }
            assertThat(journal).isEmpty();
            assertThat(summary.pictures()).isEqualTo(count);
            assertThat(summary.kept()).isEqualTo(counted.get("kept"));
            assertThat(summary.rejected())
                    .isEqualTo(
                            Map.of(
                                    "status_404", counted.get("status_404"),
                                    "not_a_picture", counted.get("not_a_picture"),
                                    "robots", counted.get("robots")));
            assertThat(summary.failed()).isEqualTo(Map.of("status_500", counted.get("status_500")));

            List<JsonNode> written = written();
            Set<String> files = new HashSet<>();
            for (int i = 0; i < count; i++) {
                JsonNode post = written.get(i);
                assertThat(post.path("id").asInt()).isEqualTo(i);
                assertThat(post.path("kept")).hasToString("[1]");
                JsonNode path = post.path("media").path(0).path("path");
                assertThat(path.isTextual()).isEqualTo(expected(i).equals("kept"));
                if (path.isTextual() && files.add(path.asText())) {
                    byte[] bytes =
                            Files.readAllBytes(folder.resolve("media").resolve(path.asText()));
                    assertThat(path.asText()).contains(Hashes.sha256(bytes));
                    assertThat(bytes).isEqualTo(FetcherTest.jpeg("picture " + i / 2));
                }
            }
            try (Stream<Path> tree = Files.walk(folder.resolve("media"))) {
                assertThat(tree.filter(f -> f.toString().endsWith(".jpg")).count())
                        .isEqualTo(files.size());
            }
        }
    }

    @Test
    void aSecondRunAsksOnlyForWhatFailed() throws Exception {
        Map<String, Integer> requests = new java.util.concurrent.ConcurrentHashMap<>();
        try (LoopbackServer server =
                new LoopbackServer(
                        request ->
                                request.path().equals("/3.jpg")
                                                && requests.merge("", 1, Integer::sum) <= 3
                                        ? Reply.of(500, "")
                                        : Reply.of(200, FetcherTest.jpeg(request.path())))) {
            Path posts =
                    posts(List.of(server.address("/3.jpg"), server.address("/6.jpg"), "x://a/b"));
            FetchSummary first = run(posts, false);
            assertThat(first.kept()).isEqualTo(1);
            assertThat(first.failed()).containsEntry("status_500", 1L);
            assertThat(first.rejected()).containsEntry("scheme", 1L);

            FetchSummary second = run(posts, false);
            assertThat(second.asked()).isEqualTo(1);
            assertThat(second.kept()).isEqualTo(2);
            assertThat(second.failed()).isEmpty();
            assertThat(server.asked("/6.jpg")).isEqualTo(1);
            assertThat(journal()).hasSize(3);

            // A picture that is lost is fetched again.
            Fetched lost = Objects.requireNonNull(journal().get(server.address("/6.jpg")));
            String path = Objects.requireNonNull(lost.path());
            Files.delete(folder.resolve("media").resolve(path));
            assertThat(run(posts, false).asked()).isEqualTo(1);
        }
    }

    @Test
    void aHostThatFailsAgainAndAgainIsLeftAloneAndAskedAgainByTheNextRun() throws Exception {
        FetchSettings settings =
                new FetchSettings(
                        8,
                        1,
                        SETTINGS.pause(),
                        SETTINGS.patience(),
                        10,
                        Duration.ofHours(1),
                        SETTINGS.largestPicture(),
                        SETTINGS.exchangeLimit(),
                        true);
        AtomicBoolean broken = new AtomicBoolean(true);
        try (LoopbackServer server =
                new LoopbackServer(
                        request ->
                                broken.get() && request.path().startsWith("/broken")
                                        ? Reply.of(503, "")
                                        : Reply.of(200, FetcherTest.jpeg(request.path())))) {
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                urls.add(server.address("127.0.0.2", "/broken/" + i + ".jpg"));
                urls.add(server.address("/" + i + ".jpg"));
            }
            Path posts = posts(urls);
            FetchSummary first = run(posts, settings, false);
            assertThat(first.kept()).as("of the other host").isEqualTo(50);
            assertThat(server.asked()).isEqualTo(50 + 10);
            assertThat(first.failed().keySet())
                    .contains("host_rests")
                    .isSubsetOf("host_rests", "status_503");
            assertThat(first.failed().values().stream().mapToLong(n -> n).sum()).isEqualTo(50);

            broken.set(false);
            FetchSummary second = run(posts, settings, false);
            assertThat(second.asked()).isEqualTo(50);
            assertThat(second.kept()).isEqualTo(100);
        }
    }

    @Test
    void aRefreshTakesOutWhatItsOwnerTookBack() throws Exception {
        boolean[] changed = {false};
        try (LoopbackServer server =
                new LoopbackServer(
                        request -> {
                            if (changed[0] && request.path().equals("/1.jpg")) {
                                return Reply.of(200, FetcherTest.jpeg("1"))
                                        .with("X-Robots-Tag", "noai");
                            }
                            if (changed[0] && request.path().equals("/2.jpg")) {
                                return Reply.of(503, "");
                            }
                            return "\"e\"".equals(request.headers().get("if-none-match"))
                                    ? Reply.of(304, "")
                                    : Reply.of(200, FetcherTest.jpeg(request.path()))
                                            .with("ETag", "\"e\"");
                        })) {
            Path posts =
                    posts(Stream.of("/0.jpg", "/1.jpg", "/2.jpg").map(server::address).toList());
            assertThat(run(posts, false).kept()).isEqualTo(3);
            changed[0] = true;
            FetchSummary summary = run(posts, true);

            assertThat(summary.asked()).isEqualTo(3);
            assertThat(summary.kept()).isEqualTo(2); // of the last, what is there stays
            assertThat(summary.rejected()).isEqualTo(Map.of("robots", 1L));
            assertThat(written().stream().map(p -> p.path("media").path(0).has("path")))
                    .containsExactly(true, false, true);
        }
    }

    @Test
    void aKilledRunGoesOnAfterWhatItsJournalHolds() throws Exception {
        Path media = folder.resolve("media");
        try (LoopbackServer server =
                new LoopbackServer(
                        request -> {
                            Thread.sleep(5);
                            return reply(number(request.path()), 3);
                        })) {
            int count = 1500;
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < count; i++) urls.add(server.address("/" + i + ".jpg"));
            Path posts = posts(urls);
            Set<String> settled = Set.of();
            for (int kill = 0; kill < 3; kill++) {
                Map<String, Integer> before = new HashMap<>();
                for (String url : settled) before.put(url, server.asked(path(url)));
                int asked = server.asked();
                Process child =
                        new ProcessBuilder(
                                        ProcessHandle.current().info().command().orElseThrow(),
                                        "-Xshare:auto",
                                        "-XX:TieredStopAtLevel=1",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        FetchInChild.class.getName(),
                                        posts.toString(),
                                        media.toString())
                                .inheritIO()
                                .start();
                while (server.asked() < asked + 200 && child.isAlive()) Thread.sleep(5);
                assertThat(child.isAlive()).isTrue();
                child.destroyForcibly().waitFor();
                for (String url : settled) {
                    assertThat(server.asked(path(url))).as(url).isEqualTo(before.get(url));
                }
                settled = settled(media);
            }
            assertThat(settled).isNotEmpty();
            // What a kill in the middle of a line leaves.
            Files.writeString(
                    media.resolve("fetch.jsonl"),
                    "{\"url\":\"http://to",
                    StandardOpenOption.APPEND);
            run(posts, false);

            Map<String, Fetched> journal = journal();
            assertThat(journal).hasSize(count);
            for (int i = 0; i < count; i++) {
                Fetched fetched = Objects.requireNonNull(journal.get(urls.get(i)));
                String came = fetched.outcome() == Outcome.KEPT ? "kept" : fetched.reason();
                assertThat(came).as(urls.get(i)).isEqualTo(expected(i));
            }
            assertThat(media.resolve("unfinished")).doesNotExist();
        }
    }

    private static String path(String url) {
        return url.substring(url.lastIndexOf('/'));
    }

    /// The addresses that a journal says are not to be asked again.
    private static Set<String> settled(Path media) throws IOException {
        String text = Files.readString(media.resolve("fetch.jsonl"));
        Set<String> settled = new HashSet<>();
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            Fetched fetched = Json.MAPPER.readValue(line, Fetched.class);
            if (fetched.outcome() != Outcome.FAILED) settled.add(fetched.url());
        }
        return settled;
    }

    @Test
    void picturesThatLieWithThePostsAreCopiedAndLinesThatAreNoPostsStay() throws Exception {
        Files.createDirectories(folder.resolve("old"));
        Files.write(folder.resolve("old/a.jpg"), FetcherTest.jpeg("a"));
        Path posts = folder.resolve("posts.jsonl");
        Files.writeString(
                posts,
                """
                {"id":"1","text":"t","created_at":"2020-01-01T00:00:00Z","media":[\
                {"media_key":"m","type":"photo","path":"old/a.jpg","url":"http://10.0.0.1/a.jpg"},\
                {"media_key":"n","type":"photo","path":"../../etc/hosts"}]}
                not JSON
                """
                        + "["
                        + " ".repeat(1 << 20)
                        + "]\n");
        FetchSummary summary = run(posts, false);

        assertThat(summary.pictures()).isZero();
        List<String> lines = Files.readAllLines(folder.resolve("media/posts.jsonl"));
        JsonNode media = Json.MAPPER.readTree(lines.get(0)).path("media");
        String path = media.path(0).path("path").asText();
        assertThat(folder.resolve("media").resolve(path)).hasBinaryContent(FetcherTest.jpeg("a"));
        assertThat(media.path(1).has("path")).isFalse();
        assertThat(lines.get(1)).isEqualTo("not JSON");
        assertThat(lines.get(2)).isEqualTo("\"longer than 1048576 bytes\"");
    }

    @Test
    void whatWasRefusedAsPrivateIsAskedForOnceThatIsAllowed() throws Exception {
        FetchSettings publicOnly =
                new FetchSettings(
                        SETTINGS.connections(),
                        SETTINGS.perHost(),
                        SETTINGS.pause(),
                        SETTINGS.patience(),
                        SETTINGS.hostFailures(),
                        SETTINGS.hostRest(),
                        SETTINGS.largestPicture(),
                        SETTINGS.exchangeLimit(),
                        false);
        try (LoopbackServer server =
                new LoopbackServer(_ -> Reply.of(200, FetcherTest.jpeg("x")))) {
            Path posts = posts(List.of(server.address("/1.jpg")));
            assertThat(run(posts, publicOnly, false).rejected())
                    .isEqualTo(Map.of("private_address", 1L));
            assertThat(server.asked()).isZero();
            assertThat(run(posts, publicOnly, false).asked()).isZero();
            assertThat(run(posts, SETTINGS, false).kept()).isEqualTo(1);
        }
    }

    @Test
    void aSecondFetchIntoOneFolderIsTurnedAway() throws Exception {
        Path posts = posts(List.of());
        Path media = Files.createDirectories(folder.resolve("media"));
        try (FetchJournal _ = FetchJournal.open(media)) {
            assertThatThrownBy(() -> run(posts, false))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("in use");
        }
    }
}
