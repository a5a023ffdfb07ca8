package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.acquire.LoopbackServer.Reply;
import org.openplip.openpath.acquire.LoopbackServer.Request;

@Timeout(60)
class MastodonSourceTest {
    private static final String ID = "mastodon:127.0.0.1/";

    /// Statuses a day apart, of numbers 1 to 30, newest first on a timeline.
    private static final Instant FIRST = Instant.parse("2022-06-01T00:00:00Z");

    @TempDir private Path folder;
    private LoopbackServer server;
    private int requestsPerWindow = 300;
    private int used;
    private Instant windowEnd = Instant.EPOCH;
    private int refused;
    private boolean wantsToken;

    @BeforeEach
    void start() throws IOException {
        server = new LoopbackServer(this::answer);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private Reply answer(Request request) {
        if (wantsToken) {
            return Reply.status(422, "{\"error\":\"This method requires an authenticated user\"}");
        }
        if (!server.clock().isBefore(windowEnd)) {
            windowEnd = server.clock().plusSeconds(300);
            used = 0;
        }
        Reply reply;
        if (++used > requestsPerWindow) {
            refused++;
            reply = Reply.status(429, "{\"error\":\"Too many requests\"}");
        } else if (request.path().equals("/api/v1/timelines/tag/gipath")) {
            reply = timeline(request);
        } else if (request.path().equals("/api/v1/statuses/12/context")) {
            reply = Reply.json("{\"ancestors\":[],\"descendants\":[" + answerTo12() + "]}");
        } else {
            reply = Reply.status(404, "{\"error\":\"Record not found\"}");
        }
        return reply.with("X-RateLimit-Limit", "300")
                .with("X-RateLimit-Remaining", String.valueOf(requestsPerWindow - used))
                .with("X-RateLimit-Reset", windowEnd.toString());
    }

    private Reply timeline(Request request) {
        String max = request.parameters().get("max_id");
        int from = max == null ? 30 : Integer.parseInt(max) - 1;
        List<String> statuses = new ArrayList<>();
        int id = from;
        for (; id > 0 && id > from - 4; id--) statuses.add(status(id));
        Reply page = Reply.json("[" + String.join(",", statuses) + "]");
        String here = server.address() + "/api/v1/timelines/tag/gipath";
        String prev = "<" + here + "?min_id=" + from + ">; rel=\"prev\"";
        return page.with(
                "Link",
                id == 0
                        ? prev
                        : "<" + here + "?limit=4&max_id=" + (id + 1) + ">; rel=\"next\", " + prev);
    }

    private static String status(int id) {
        boolean full = id == 12;
        return """
        {"id": "%d", "created_at": "%s", "in_reply_to_id": null, "sensitive": %b,
         "spoiler_text": "", "visibility": "public", "language": "en",
         "uri": "https://m.example/users/a/statuses/%d", "url": "https://m.example/@a/%d",
         "replies_count": %d, "reblogs_count": 2, "favourites_count": 9,
         "content": "<p>Crypt abscess</p>", "reblog": null,
         "account": {"id": "77", "username": "a", "acct": "a", "noindex": %b},
         "media_attachments": %s, "mentions": [], "tags": [{"name": "gipath", "url": "u"}]}
        """
                .formatted(
                        id,
                        FIRST.plus(Duration.ofDays(id)),
                        id == 13,
                        id,
                        id,
                        full || id == 13 ? 1 : 0,
                        id == 14,
                        full || id == 13
                                ? """
                                  [{"id": "900", "type": "image", "url": "https://files/1.png",
                                    "remote_url": null, "description": "colon",
                                    "license": {"id": 11, "title": "CC BY 4.0"}},
                                   {"id": "901", "type": "gifv", "url": "https://files/2.mp4"}]
                                  """
                                : "[]");
    }

    private static String answerTo12() {
        return """
        {"id": "500", "created_at": "2022-07-01T00:00:00.000Z", "in_reply_to_id": "12",
         "sensitive": false, "language": null, "uri": "https://n.example/s/500", "url": null,
         "replies_count": 0, "reblogs_count": 0, "favourites_count": 3,
         "content": "<p>Ulcerative colitis</p>",
         "account": {"id": "78", "acct": "b@n.example"}, "media_attachments": [], "tags": []}
        """;
    }

    private AcquisitionSummary acquire(Instant since, Instant until) throws Exception {
        try (MastodonSource source = new MastodonSource(server.address(), null, server.client());
                Acquisition acquisition =
                        Acquisition.open(folder, List.of("gipath"), Progress.none())) {
            acquisition.search(source, since, until);
            acquisition.replies(source);
            return acquisition.count();
        }
    }

    private static Instant day(int day) {
        return FIRST.plus(Duration.ofDays(day));
    }

    private Map<String, JsonNode> posts() throws IOException {
        Map<String, JsonNode> lines = new TreeMap<>();
        for (String line : Files.readAllLines(folder.resolve("posts.jsonl"))) {
            JsonNode node = Json.MAPPER.readTree(line);
            lines.put(node.path("id").asText(), node);
        }
        return lines;
    }

    private JsonNode post(String local) throws IOException {
        return Objects.requireNonNull(posts().get(ID + local));
    }

    @Test
    void bringsTheTimeAskedForAndStopsBeforeIt() throws Exception {
        AcquisitionSummary summary = acquire(day(10), day(20));
        // 10 to 19 without 14, and an answer
        assertThat(posts()).hasSize(10).containsKeys(ID + "10", ID + "19", ID + "500");
        assertThat(posts()).doesNotContainKeys(ID + "9", ID + "20");
        assertThat(summary.leftOut())
                .containsExactly(Map.entry("author_opted_out", 1L), Map.entry("not_found", 1L));
        // 30-27, 26-23, ... 10-7, then two contexts
        assertThat(server.requests).hasSize(6 + 2);
    }

    @Test
    void mapsAStatusToTheFieldsOfOpenPath() throws Exception {
        acquire(day(10), day(20));
        assertThat(post("12"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                {"source": "mastodon", "id": "mastodon:127.0.0.1/12",
                                 "text": "Crypt abscess", "created_at": "2022-06-13T00:00:00Z",
                                 "author_id": "mastodon:127.0.0.1/accounts/77",
                                 "username": "a@127.0.0.1", "link": "https://m.example/@a/12",
                                 "conversation_id": "mastodon:127.0.0.1/12", "lang": "en",
                                 "possibly_sensitive": false,
                                 "public_metrics": {"like_count": 9, "reply_count": 1,
                                   "retweet_count": 2, "quote_count": 0},
                                 "entities": {"hashtags": [{"tag": "gipath"}]},
                                 "attachments": {"media_keys": ["mastodon:127.0.0.1/12#1",
                                   "mastodon:127.0.0.1/12#2"]},
                                 "media": [
                                   {"media_key": "mastodon:127.0.0.1/12#1", "type": "photo",
                                    "url": "https://files/1.png", "alt_text": "colon",
                                    "license": "CC BY 4.0"},
                                   {"media_key": "mastodon:127.0.0.1/12#2",
                                    "type": "animated_gif", "url": "https://files/2.mp4"}]}
                                """));
        JsonNode answer = post("500");
        assertThat(answer.path("referenced_tweets"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                "[{\"type\":\"replied_to\",\"id\":\"mastodon:127.0.0.1/12\"}]"));
        assertThat(answer.path("conversation_id").asText()).isEqualTo(ID + "12");
        assertThat(answer.path("username").asText()).isEqualTo("b@n.example");
        assertThat(answer.path("link").asText()).isEqualTo("https://n.example/s/500");
        assertThat(post("13").path("possibly_sensitive").asBoolean()).isTrue();
    }

    @Test
    void keepsToTheLimitWithoutBeingRefused() throws Exception {
        requestsPerWindow = 3;
        server.skew = Duration.ofHours(-30);
        acquire(day(0), day(31));
        assertThat(posts()).hasSize(30 - 1 + 1);
        assertThat(refused).isZero();
        assertThat(server.ticker.sleeps).anyMatch(sleep -> sleep.toSeconds() > 200);
    }

    @Test
    void saysThatAServerWantsAToken() {
        wantsToken = true;
        assertThatThrownBy(() -> acquire(day(1), day(9)))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "mastodon:127.0.0.1: gipath: answers 422 (This method requires an"
                                + " authenticated user); this server wants a token: set"
                                + " MASTODON_TOKEN");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    <p>One</p><p>Two<br>three</p> | One__Two_three
                    <p>Ki-67 &lt; 5% &amp; p53</p> | Ki-67 < 5% & p53
                    <p>See <a href="https://a.org/x?y=1" rel="n"><span class="invisible">https://</span><span class="ellipsis">a.org/x</span><span class="invisible">?y=1</span></a> now</p> | See https://a.org/x?y=1 now
                    <p><a href="https://m/tags/gipath" class="mention hashtag" rel="tag">#<span>GIPath</span></a> <span class="h-card"><a href="https://m/@b" class="u-url mention">@<span>b</span></a></span></p> | #GIPath @b
                    plain | plain
                    """)
    void turnsHtmlIntoText(String html, String text) {
        assertThat(MastodonSource.text(html)).isEqualTo(text.replace('_', '\n'));
    }
}
