package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.Post;
import org.openplip.openpath.acquire.LoopbackServer.Reply;

/// Acquires from a fake of X on loopback.
@Timeout(60)
class AcquisitionTest {
    private static final Instant START = Instant.parse("2022-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("2023-01-01T00:00:00Z");
    private static final List<String> TAGS = List.of("GIPath", "dermpath");

    @TempDir private Path folder;
    private FakeX x;

    @BeforeEach
    void fill() throws IOException {
        x = new FakeX();
        for (int i = 0; i < 40; i++) {
            x.add(
                    1_500_000_000_000_000_000L + 1000L * i,
                    START.plus(Duration.ofDays(9L * i)),
                    i % 4,
                    i % 2 == 0 ? new String[] {"gipath"} : new String[] {"GIPath", "dermPath"});
        }
        x.add(1_500_000_000_000_500_001L, START.plusSeconds(60), 2, "football");
    }

    @AfterEach
    void stop() throws IOException {
        x.close();
    }

    private AcquisitionSummary acquire(@Nullable Instant since, @Nullable Instant until)
            throws IOException, InterruptedException {
        return acquire(folder, since, until, Progress.none());
    }

    private AcquisitionSummary acquire(
            Path into, @Nullable Instant since, @Nullable Instant until, Progress progress)
            throws IOException, InterruptedException {
        try (XSource source = x.source();
                Acquisition acquisition = Acquisition.open(into, TAGS, progress)) {
            acquisition.search(source, since, until);
            acquisition.replies(source);
            return acquisition.count();
        }
    }

    private List<Post> posts() throws IOException {
        List<Post> posts = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("posts.jsonl"))) {
            posts.add(Post.parse(line.getBytes(StandardCharsets.UTF_8)));
        }
        return posts;
    }

    private Set<String> expected(Instant since, Instant until) {
        Set<String> ids = new TreeSet<>();
        for (FakeX.Tweet tweet : x.tweets) {
            boolean found =
                    tweet.answers() == null
                            ? tweet.hashtags().contains("gipath")
                                    || tweet.hashtags().contains("GIPath")
                            : ids.contains(String.valueOf(tweet.answers()));
            if (!found) continue;
            if (tweet.answers() == null
                    && (tweet.created().isBefore(since) || !tweet.created().isBefore(until))) {
                continue;
            }
            ids.add(String.valueOf(tweet.id()));
        }
        return ids;
    }

    private Set<String> ids() throws IOException {
        return new TreeSet<>(posts().stream().map(Post::id).toList());
    }

    @Test
    void bringsPostsAndTheirAnswersOnceEach() throws Exception {
        AcquisitionSummary summary = acquire(START, END);
        assertThat(posts()).hasSize(100).doesNotHaveDuplicates();
        assertThat(ids()).isEqualTo(expected(START, END));
        assertThat(summary.posts()).isEqualTo(100);
        assertThat(summary.repliesBySource()).containsExactly(Map.entry("x", 60L));
        assertThat(summary.byHashtag())
                .containsExactly(Map.entry("gipath", 40L), Map.entry("dermpath", 20L));
        assertThat(Json.read(folder.resolve("counts.json"), AcquisitionSummary.class))
                .isEqualTo(summary);
    }

    @Test
    void writesWhatOpenPathReadsAndAuthorsAreNamedBy() throws Exception {
        acquire(START, END);
        JsonNode line = null;
        for (String text : Files.readAllLines(folder.resolve("posts.jsonl"))) {
            JsonNode one = Json.MAPPER.readTree(text);
            if (one.path("id").asText().equals("1500000000000001000")) line = one;
        }
        assertThat(line)
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                {"source": "x", "id": "1500000000000001000",
                                 "text": "Tubular adenoma &amp; more, 1500000000000001000",
                                 "created_at": "2022-01-10T00:00:00.000Z", "author_id": "%1$d",
                                 "username": "dr%1$d",
                                 "link": "https://x.com/dr%1$d/status/1500000000000001000",
                                 "conversation_id": "1500000000000001000", "lang": "en",
                                 "possibly_sensitive": false,
                                 "public_metrics": {"like_count": 5, "reply_count": 1,
                                   "retweet_count": 2, "quote_count": 1},
                                 "entities": {"hashtags": [{"tag": "GIPath"}, {"tag": "dermPath"}]},
                                 "attachments": {"media_keys": ["3_15000000000000010000",
                                   "3_15000000000000010001"]},
                                 "media": [
                                   {"media_key": "3_15000000000000010000", "type": "photo",
                                    "url": "https://pbs.twimg.com/media/15000000000000010000.jpg",
                                    "alt_text": "glands"},
                                   {"media_key": "3_15000000000000010001", "type": "photo",
                                    "url": "https://pbs.twimg.com/media/15000000000000010001.jpg",
                                    "alt_text": "glands"}]}
                                """
                                        .formatted(1_500_000_000_000_001_000L % 7)));
    }

    @Test
    void asksForNothingTwice() throws Exception {
        acquire(START, END);
        int before = x.server.requests.size();
        byte[] posts = Files.readAllBytes(folder.resolve("posts.jsonl"));
        acquire(START, END);
        assertThat(x.server.requests).hasSize(before);
        assertThat(folder.resolve("posts.jsonl")).hasBinaryContent(posts);
    }

    @Test
    void asksOnlyForTheTimesThatAreNotCovered() throws Exception {
        Instant march = Instant.parse("2022-03-01T00:00:00Z");
        Instant may = Instant.parse("2022-05-01T00:00:00Z");
        acquire(march, may);
        assertThat(ids()).isEqualTo(expected(march, may));
        x.server.requests.clear();
        acquire(START, END);
        assertThat(ids()).isEqualTo(expected(START, END));
        assertThat(x.server.requests.stream().map(r -> r.parameters().get("end_time")))
                .contains(march.toString(), END.toString())
                .doesNotContain(may.toString());
    }

    @Test
    void bringsWhatIsNewWhenItIsGivenAgainLater() throws Exception {
        acquire(START, null);
        Instant news = x.server.clock().plus(Duration.ofHours(1));
        x.add(1_600_000_000_000_000_000L, news, 0, "gipath");
        x.server.ticker.sleep(Duration.ofHours(3));
        x.server.requests.clear();
        acquire(START, null);
        assertThat(ids()).contains("1600000000000000000");
        assertThat(x.server.requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {-86_400, 86_400})
    void looksAtTheServersClockForNow(long skew) throws Exception {
        x.server.skew = Duration.ofSeconds(skew);
        x.add(1_700_000_000_000_000_000L, x.server.clock().minusSeconds(120), 0, "gipath");
        acquire(START, null);
        assertThat(ids()).contains("1700000000000000000");
    }

    @Test
    void searchesTheLastSevenDays() throws Exception {
        x.add(1_700_000_000_000_000_000L, x.server.clock().minusSeconds(900), 3, "gipath");
        try (XSource source = x.recent();
                Acquisition acquisition = Acquisition.open(folder, TAGS, Progress.none())) {
            acquisition.search(source, null, null);
            acquisition.replies(source);
        }
        assertThat(ids()).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsToTheWindowsOfRequests(boolean told) throws Exception {
        x.requestsPerWindow = 5;
        x.tellsRemaining = told;
        x.server.skew = Duration.ofDays(-5);
        acquire(START, END);
        assertThat(ids()).isEqualTo(expected(START, END));
        int windows = (x.server.requests.size() - x.refused - 1) / 5;
        assertThat(windows).isGreaterThan(2);
        assertThat(x.refused).isEqualTo(told ? 0 : windows);
    }

    @Test
    void surfacesABadTokenWithoutShowingIt() throws Exception {
        try (XSource source = new XSource(x.server.address(), "wr0ng", false, x.server.client());
                Acquisition acquisition = Acquisition.open(folder, TAGS, Progress.none())) {
            assertThatThrownBy(() -> acquisition.search(source, START, END))
                    .isInstanceOf(DataException.class)
                    .hasMessage(
                            "x: (#GIPath OR #dermpath) has:images -is:retweet: answers 401"
                                    + " (Unauthorized); is X_BEARER_TOKEN the bearer token of an"
                                    + " app?");
        }
    }

    @Test
    void comesThroughABadDayOfTheServer() throws Exception {
        x.server.faults.add(Reply.status(503, "<html>"));
        x.server.faults.add(Reply.json("{\"data\": [{\"id\": \"1").cut(4));
        x.server.faults.add(Reply.json("{\"data\": ["));
        acquire(START, END);
        assertThat(ids()).isEqualTo(expected(START, END));
        assertThat(Files.readString(folder.resolve("left-out.jsonl"))).isEmpty();
    }

    @Test
    void leavesOutWhatIsNoPostAndKeepsTheRestOfThePage() throws Exception {
        x.server.faults.add(
                Reply.json(
                        """
                        {"data": [
                          {"id": "1", "text": "no date"},
                          {"id": "2", "text": "bad date", "created_at": "yesterday"},
                          {"id": "3", "text": "", "created_at": "2022-02-03T04:05:06.000Z"},
                          {"id": "3", "text": "", "created_at": "2022-02-03T04:05:06.000Z"},
                          7]}
                        """));
        AcquisitionSummary summary = acquire(START, END);
        assertThat(ids()).containsExactly("3");
        assertThat(summary.leftOut()).containsExactly(Map.entry("malformed", 3L));
        assertThat(Files.readAllLines(folder.resolve("left-out.jsonl")))
                .contains(
                        "{\"source\":\"x\",\"id\":\"1\",\"reason\":\"malformed\","
                                + "\"detail\":\"no created_at\"}");
    }

    @Test
    void stopsWhenTheServerSendsTheSamePageOverAndOver() throws Exception {
        for (int i = 0; i < 3; i++) {
            x.server.faults.add(Reply.json("{\"meta\": {\"next_token\": \"again\"}}"));
        }
        assertThatThrownBy(() -> acquire(START, END))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("sends the same page over and over");
    }

    @Test
    void looksUpIdsAndSaysWhichAreGone() throws Exception {
        Path ids = folder.resolve("ids.csv");
        StringBuilder table = new StringBuilder(",source,hashtag,weblink,id,media ID\n");
        for (FakeX.Tweet tweet : x.tweets) {
            table.append("0,Twitter,a,https://twitter.com/a/status/%d,x,y\n".formatted(tweet.id()));
        }
        for (int i = 1; i <= 120; i++) {
            table.append("0,Twitter,a,https://twitter.com/a/status/%d,x,y\n".formatted(i));
            if (i <= 60) x.gone.put(String.valueOf(i), "resource-not-found");
            else if (i <= 110) x.gone.put(String.valueOf(i), "not-authorized-for-resource");
        }
        table.append("0,PathLAION,----,https://example.org/a.jpg,17,y\n");
        Files.writeString(ids, table);
        Path out = folder.resolve("out");
        for (int time = 0; time < 2; time++) {
            try (XSource source = x.source();
                    Acquisition acquisition = Acquisition.open(out, TAGS, Progress.none())) {
                acquisition.lookUp(source, ids);
                AcquisitionSummary summary = acquisition.count();
                assertThat(summary.posts()).isEqualTo(x.tweets.size());
                assertThat(summary.leftOut())
                        .containsExactly(
                                Map.entry("no_id", 1L),
                                Map.entry("not_authorized_for_resource", 50L),
                                Map.entry("not_found", 60L),
                                Map.entry("not_returned", 10L));
            }
            assertThat(x.server.requests).hasSize((x.tweets.size() + 120 + 99) / 100);
        }
    }

    /// Stops the work at the page of number `page`, as a kill between two writes would.
    static Progress dying(int page) {
        AtomicInteger pages = new AtomicInteger();
        return (_, _) ->
                new Progress.Task() {
                    @Override
                    public void advance(long count) {
                        if (pages.incrementAndGet() == page) throw new Killed();
                    }

                    @Override
                    public void note(String remark) {}

                    @Override
                    public void close() {}
                };
    }

    static final class Killed extends RuntimeException {}

    @Test
    void givesTheSameBytesWhereverItIsKilled() throws Exception {
        Path whole = folder.resolve("whole");
        acquire(whole, START, END, Progress.none());
        int pages = x.server.requests.size();
        assertThat(pages).isGreaterThan(20);
        for (int page = 0; page < pages; page += 3) {
            x.server.requests.clear();
            Path killed = folder.resolve("killed" + page);
            if (page == 0) {
                Acquisition.open(killed, TAGS, Progress.none()).close(); // during the first page
            } else {
                Progress dying = dying(page);
                assertThatThrownBy(() -> acquire(killed, START, END, dying))
                        .isInstanceOf(Killed.class);
            }
            // What a page leaves that was being written when the end came.
            append(killed.resolve("posts.jsonl"), "{\"id\": \"9\", \"text\": \"half a po");
            append(killed.resolve("left-out.jsonl"), "{\"source\":\"x\",\"reason\":\"lost\"}\n");
            append(killed.resolve("journal.jsonl"), "{\"query\":{\"sou");
            acquire(killed, START, END, Progress.none());
            for (String file : List.of("posts.jsonl", "left-out.jsonl", "counts.json")) {
                assertThat(killed.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
            }
            assertThat(x.server.requests).as("pages when killed at %d", page).hasSize(pages);
        }
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    @Test
    void beginsASearchAgainWhoseCursorIsNotKnownAnyMore() throws Exception {
        assertThatThrownBy(() -> acquire(folder, START, END, dying(3))).isInstanceOf(Killed.class);
        Path journal = folder.resolve("journal.jsonl");
        Files.writeString(journal, Files.readString(journal).replace("\"p9\"", "\"expired\""));
        acquire(START, END);
        assertThat(ids()).isEqualTo(expected(START, END));
        assertThat(posts()).doesNotHaveDuplicates();
    }

    @Test
    void refusesAFolderThatIsInUseOrWasChanged() throws Exception {
        acquire(START, END);
        try (Acquisition _ = Acquisition.open(folder, TAGS, Progress.none())) {
            assertThatThrownBy(() -> acquire(START, END))
                    .isInstanceOf(DataException.class)
                    .hasMessage(folder + ": another plip openpath acquire is at work here");
        }
        Path posts = folder.resolve("posts.jsonl");
        byte[] bytes = Files.readAllBytes(posts);
        Files.write(posts, java.util.Arrays.copyOf(bytes, 100));
        assertThatThrownBy(() -> acquire(START, END))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 100 bytes, by journal.jsonl it had " + bytes.length);
        Files.delete(folder.resolve("journal.jsonl"));
        assertThatThrownBy(() -> acquire(START, END))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("holds posts but no journal");
        assertThat(posts).hasSize(100);
    }

    @Test
    void splitsHashtagsSoThatNoQueryIsTooLong() throws Exception {
        List<String> tags = new ArrayList<>(Acquisition.paperHashtags());
        for (int i = 0; i < 300; i++) tags.add("Pathology" + "x".repeat(i % 60));
        try (XSource source = x.source()) {
            List<String> searches = source.searches(tags);
            assertThat(searches).allSatisfy(s -> assertThat(s.length()).isLessThanOrEqualTo(512));
            assertThat(searches)
                    .allSatisfy(s -> assertThat(s).matches("\\(#.+\\) has:images -is:retweet"));
            List<String> asked = new ArrayList<>();
            for (String search : searches) {
                for (String part : search.substring(1, search.indexOf(')')).split(" OR ")) {
                    asked.add(part.substring(1));
                }
            }
            assertThat(asked).isEqualTo(tags);
            assertThat(source.searches(Acquisition.paperHashtags())).hasSize(1);
        }
    }

    @Test
    void refusesWhatIsNoHashtag() {
        assertThatThrownBy(() -> Acquisition.open(folder, List.of("a) OR from:b"), Progress.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hashtag: expected letters and digits, got \"a) OR from:b\"");
    }
}
