package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.Post;
import org.openplip.openpath.acquire.LoopbackServer.Reply;
import org.openplip.openpath.acquire.LoopbackServer.Request;

@Timeout(60)
class BlueskySourceTest {
    private static final Instant SINCE = Instant.parse("2022-11-01T00:00:00Z");
    private static final Instant UNTIL = Instant.parse("2023-01-01T00:00:00Z");
    private static final String ROOT = "at://did:plc:abc/app.bsky.feed.post/3kroot";

    @TempDir private Path folder;
    private LoopbackServer server;
    private String validToken = "jwt1";
    private int logins;

    @BeforeEach
    void start() throws IOException {
        server = new LoopbackServer(this::answer);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private Reply answer(Request request) {
        if (request.path().equals("/xrpc/com.atproto.server.createSession")) {
            boolean right =
                    request.body()
                            .equals("{\"identifier\":\"me.bsky.social\",\"password\":\"p-w\"}");
            if (!right) {
                return Reply.status(
                        401, "{\"error\":\"AuthenticationRequired\",\"message\":\"Invalid\"}");
            }
            logins++;
            return Reply.json("{\"accessJwt\": \"jwt" + logins + "\", \"refreshJwt\": \"r\"}");
        }
        String token = request.headers().get("authorization");
        if (token == null) {
            return Reply.status(
                    403, "{\"error\":\"AuthMissing\",\"message\":\"Authentication Required\"}");
        }
        if (!token.equals("Bearer " + validToken)) {
            return Reply.status(
                    400, "{\"error\":\"ExpiredToken\",\"message\":\"Token has expired\"}");
        }
        Map<String, String> asked = request.parameters();
        return switch (request.path()) {
            case "/xrpc/app.bsky.feed.searchPosts" -> {
                assertThat(asked)
                        .containsEntry("q", "#gipath")
                        .containsEntry("tag", "gipath")
                        .containsEntry("since", SINCE.toString())
                        .containsEntry("until", UNTIL.toString());
                yield asked.get("cursor") == null
                        ? Reply.json(
                                "{\"cursor\":\"2\",\"posts\":[" + root() + "," + hidden() + "]}")
                        : Reply.json("{\"posts\":[" + quote() + "," + root() + "]}");
            }
            case "/xrpc/app.bsky.feed.getPostThread" ->
                    ROOT.equals(asked.get("uri"))
                            ? Reply.json(thread())
                            : Reply.status(400, "{\"error\":\"NotFound\",\"message\":\"gone\"}");
            default -> Reply.status(501, "{\"error\":\"MethodNotImplemented\"}");
        };
    }

    private static String author(String handle) {
        return "\"author\":{\"did\":\"did:plc:abc\",\"handle\":\"%s\",\"labels\":[]}"
                .formatted(handle);
    }

    private static String root() {
        return """
        {"uri": "%s", "cid": "c", %s,
         "record": {"$type": "app.bsky.feed.post", "text": "Signet ring cells #GIPath #pathology",
           "createdAt": "2022-12-01T10:00:00.123Z", "langs": ["en"], "tags": ["gross"],
           "facets": [
             {"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "GIPath"}]},
             {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.b"}]},
             {"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "pathology"}]}]},
         "embed": {"$type": "app.bsky.embed.images#view", "images": [
           {"thumb": "https://cdn/t1", "fullsize": "https://cdn/f1", "alt": "low power"},
           {"thumb": "https://cdn/t2", "fullsize": "https://cdn/f2", "alt": ""}]},
         "replyCount": 2, "repostCount": 3, "likeCount": 40, "quoteCount": 1,
         "indexedAt": "2022-12-01T10:00:01.000Z", "labels": []}
        """
                .formatted(ROOT, author("dr.example.org"));
    }

    /// Of an author who asks not to be shown to the public.
    private static String hidden() {
        return """
        {"uri": "at://did:plc:hid/app.bsky.feed.post/1", "author": {"did": "did:plc:hid",
         "handle": "h", "labels": [{"val": "!no-unauthenticated"}]},
         "record": {"text": "t #gipath", "createdAt": "2022-12-01T10:00:00Z"}}
        """;
    }

    /// Labelled by a moderator, with a label taken back, in two languages, dated to the future.
    private static String quote() {
        return """
        {"uri": "at://did:plc:abc/app.bsky.feed.post/3kquote", %s,
         "record": {"text": "Compare #gipath", "createdAt": "2031-01-01T00:00:00Z",
           "langs": ["en", "es"], "labels": {"values": [{"val": "nudity"}]}},
         "embed": {"$type": "app.bsky.embed.recordWithMedia#view",
           "record": {"record": {"uri": "at://did:plc:q/app.bsky.feed.post/9"}},
           "media": {"$type": "app.bsky.embed.video#view", "cid": "v",
             "playlist": "https://video/p.m3u8"}},
         "replyCount": 7, "indexedAt": "2022-12-05T00:00:00.000Z",
         "labels": [{"val": "graphic-media"}, {"val": "spam", "neg": true}]}
        """
                .formatted(author("dr.example.org"));
    }

    private static String reply(String key, String parent, String text) {
        return """
        {"uri": "at://did:plc:abc/app.bsky.feed.post/%s", %s,
         "record": {"text": "%s", "createdAt": "2022-12-02T00:00:00Z",
           "reply": {"root": {"uri": "%s"}, "parent": {"uri": "%s"}}},
         "likeCount": 5, "indexedAt": "2022-12-02T00:00:01Z"}
        """
                .formatted(key, author("b"), text, ROOT, parent);
    }

    private static String thread() {
        String first = "at://did:plc:abc/app.bsky.feed.post/r1";
        return """
        {"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": %s, "replies": [
          {"$type": "app.bsky.feed.defs#threadViewPost", "post": %s, "replies": [
            {"$type": "app.bsky.feed.defs#threadViewPost", "post": %s, "replies": []}]},
          {"$type": "app.bsky.feed.defs#blockedPost", "blocked": true,
           "uri": "at://did:plc:no/app.bsky.feed.post/b"},
          {"$type": "app.bsky.feed.defs#notFoundPost", "notFound": true,
           "uri": "at://did:plc:no/app.bsky.feed.post/n"}]}}
        """
                .formatted(
                        root(),
                        reply("r1", ROOT, "Gastric adenocarcinoma"),
                        reply("r2", first, "Agreed"));
    }

    private AcquisitionSummary acquire(BlueskySource.@Nullable Login login) throws Exception {
        try (BlueskySource source = new BlueskySource(server.address(), login, server.client());
                Acquisition acquisition =
                        Acquisition.open(folder, List.of("gipath"), Progress.none())) {
            acquisition.search(source, SINCE, UNTIL);
            acquisition.replies(source);
            return acquisition.count();
        }
    }

    private static final BlueskySource.Login ME = new BlueskySource.Login("me.bsky.social", "p-w");

    private Map<String, JsonNode> lines(String file) throws IOException {
        Map<String, JsonNode> lines = new TreeMap<>();
        for (String line : Files.readAllLines(folder.resolve(file))) {
            JsonNode node = Json.MAPPER.readTree(line);
            String id = node.path("id").asText();
            lines.put(id.substring(id.lastIndexOf('/') + 1), node);
        }
        return lines;
    }

    private JsonNode post(String key) throws IOException {
        return Objects.requireNonNull(lines("posts.jsonl").get(key));
    }

    @Test
    void bringsPostsPagesAndThreads() throws Exception {
        AcquisitionSummary summary = acquire(ME);
        assertThat(lines("posts.jsonl")).containsOnlyKeys("3kroot", "3kquote", "r1", "r2");
        assertThat(summary.bySource()).containsExactly(Map.entry("bluesky", 4L));
        assertThat(summary.repliesBySource()).containsExactly(Map.entry("bluesky", 2L));
        assertThat(summary.leftOut())
                .containsExactly(
                        Map.entry("author_opted_out", 1L),
                        Map.entry("blocked", 1L),
                        Map.entry("not_found", 1L));
    }

    @Test
    void mapsAPostToTheFieldsOfOpenPath() throws Exception {
        acquire(ME);
        assertThat(post("3kroot"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                {"source": "bluesky", "id": "%1$s",
                                 "text": "Signet ring cells #GIPath #pathology",
                                 "created_at": "2022-12-01T10:00:00.123Z",
                                 "author_id": "did:plc:abc", "username": "dr.example.org",
                                 "link": "https://bsky.app/profile/did:plc:abc/post/3kroot",
                                 "conversation_id": "%1$s", "lang": "en",
                                 "possibly_sensitive": false,
                                 "public_metrics": {"like_count": 40, "reply_count": 2,
                                   "retweet_count": 3, "quote_count": 1},
                                 "entities": {"hashtags": [{"tag": "GIPath"}, {"tag": "pathology"},
                                   {"tag": "gross"}]},
                                 "attachments": {"media_keys": ["%1$s#1", "%1$s#2"]},
                                 "media": [
                                   {"media_key": "%1$s#1", "type": "photo",
                                    "url": "https://cdn/f1", "alt_text": "low power"},
                                   {"media_key": "%1$s#2", "type": "photo",
                                    "url": "https://cdn/f2"}]}
                                """
                                        .formatted(ROOT)));
    }

    @Test
    void readsLabelsLanguagesQuotesVideosAndDates() throws Exception {
        acquire(ME);
        List<Post> quotes = new ArrayList<>();
        for (JsonNode line : lines("posts.jsonl").values()) {
            Post post = Post.parse(line.toString().getBytes(StandardCharsets.UTF_8));
            if (post.id().endsWith("3kquote")) quotes.add(post);
            if (post.id().endsWith("/r2")) {
                assertThat(post.repliedTo()).endsWith("/r1");
                assertThat(post.conversationId()).isEqualTo(ROOT);
            }
        }
        Post quote = quotes.getFirst();
        assertThat(quote.possiblySensitive()).isTrue();
        assertThat(quote.lang()).isNull();
        assertThat(quote.createdAt()).isEqualTo("2022-12-05T00:00:00Z");
        assertThat(quote.referencedTweets())
                .containsExactly(
                        new Post.Reference("quoted", "at://did:plc:q/app.bsky.feed.post/9"));
        assertThat(quote.media()).extracting(Post.Media::type).containsExactly("video");
        assertThat(post("3kquote").path("labels"))
                .isEqualTo(Json.MAPPER.readTree("[\"nudity\", \"graphic-media\"]"));
    }

    @Test
    void logsInAgainWhenItsTokenHasExpired() throws Exception {
        validToken = "jwt2";
        assertThat(acquire(ME).posts()).isEqualTo(4);
        assertThat(logins).isEqualTo(2);
    }

    @Test
    void asksForAnAccountWhereThePublicMayNotSearch() {
        assertThatThrownBy(() -> acquire(null))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "bluesky: gipath: answers 403 (Authentication Required); searching needs"
                                + " BLUESKY_HANDLE and BLUESKY_APP_PASSWORD");
    }

    @Test
    void saysThatAPasswordIsWrongWithoutShowingIt() {
        assertThatThrownBy(() -> acquire(new BlueskySource.Login("me.bsky.social", "sesame")))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "bluesky: gipath: answers 401 (Invalid); are BLUESKY_HANDLE and"
                                + " BLUESKY_APP_PASSWORD right?");
        assertThat(new BlueskySource.Login("me", "sesame").toString()).isEqualTo("login of me");
    }
}
