package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;
import org.openplip.openpath.Post;

/// Bluesky by its lexicons `app.bsky.feed.searchPosts` and `app.bsky.feed.getPostThread`.
///
/// Authors who ask not to be shown to the public (`!no-unauthenticated`) are left out. Reposts are
/// not found by searching. The search is meant for people rather than for harvesting, and its index
/// is not promised to be complete.
public final class BlueskySource extends PostSource {
    /// Who logs in.
    ///
    /// @param handle such as `name.bsky.social`
    /// @param appPassword made in the account's settings for this purpose
    public record Login(String handle, String appPassword) {
        @Override
        public String toString() {
            return "login of " + handle;
        }
    }

    /// Where to search with a login.
    public static final URI SERVER = URI.create("https://bsky.social");

    /// Where to search without; it often refuses to, and to give more than a first page.
    public static final URI PUBLIC_SERVER = URI.create("https://public.api.bsky.app");

    private static final String NOT_PUBLIC = "!no-unauthenticated";

    /// What posts are labelled with that X would call possibly sensitive; `!hide` and `!warn` are.
    private static final Set<String> SENSITIVE =
            Set.of(
                    "porn",
                    "sexual",
                    "nudity",
                    "nsfl",
                    "gore",
                    "graphic-media",
                    "sexual-figurative",
                    "self-harm",
                    "intolerant");

    /// Answers to answers, so many times; deeper ones are no captions, and JSON has its limit.
    private static final String DEPTH = "100";

    /// Bluesky opened to invited people in 2023; nothing is lost by asking from here on.
    private static final Instant FIRST = Instant.parse("2022-11-01T00:00:00Z");

    private final URI server;
    private final @Nullable Login login;
    private @Nullable String token;

    BlueskySource(URI server, @Nullable Login login, JsonClient client) {
        super(client);
        this.server = server;
        this.login = login;
    }

    /// Bluesky at `server`.
    ///
    /// @param login null for what the public may see
    public static BlueskySource open(URI server, @Nullable Login login) {
        return new BlueskySource(
                server, login, new JsonClient(Patience.NORMAL, InstantSource.system()));
    }

    @Override
    String name() {
        return "bluesky";
    }

    @Override
    Instant now() throws InterruptedException {
        return client.serverTime(server);
    }

    @Override
    Instant earliest() {
        return FIRST;
    }

    @Override
    List<String> searches(List<String> hashtags) {
        return List.copyOf(hashtags);
    }

    @Override
    @Nullable String conversation(Post post) {
        return post.id().startsWith("at://")
                        && post.publicMetrics().replyCount() > 0
                        && !post.photos().isEmpty()
                ? post.conversationId()
                : null;
    }

    @Override
    int conversationsPerQuery(List<String> waiting) {
        return 1;
    }

    @Override
    Page page(Query query, @Nullable String cursor) throws IOException, InterruptedException {
        return switch (query.kind()) {
            case SEARCH -> search(query, cursor);
            case REPLIES -> thread(query.targets().getFirst());
            case LOOKUP, ARCHIVE ->
                    throw new IllegalArgumentException("query: expected a search or replies");
        };
    }

    private Page search(Query query, @Nullable String cursor)
            throws IOException, InterruptedException {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("q", "#" + query.text());
        parameters.put("tag", query.text());
        parameters.put("sort", "latest");
        parameters.put("since", query.period().since().toString());
        parameters.put("until", query.period().until().toString());
        parameters.put("limit", "100");
        if (cursor != null) parameters.put("cursor", cursor);
        JsonNode page = ask("app.bsky.feed.searchPosts", parameters);
        Page found = new Page(new ArrayList<>(), new ArrayList<>(), XPosts.text(page, "cursor"));
        page.path("posts").forEach(post -> add(found, post));
        return found;
    }

    private Page thread(String root) throws IOException, InterruptedException {
        Page found = new Page(new ArrayList<>(), new ArrayList<>(), null);
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("uri", root);
        parameters.put("depth", DEPTH);
        parameters.put("parentHeight", "0");
        JsonNode answer;
        try {
            answer = ask("app.bsky.feed.getPostThread", parameters);
        } catch (Refusal e) {
            if (!e.code().equals("NotFound") && e.status() != 404) throw e;
            found.leftOut().add(new LeftOut(name(), root, "not_found", "answers to it"));
            return found;
        }
        Deque<JsonNode> open = new ArrayDeque<>(List.of(answer.path("thread")));
        while (!open.isEmpty()) {
            JsonNode node = open.removeFirst();
            if (node.has("post")) {
                add(found, node.path("post"));
            } else {
                String reason = node.path("blocked").asBoolean(false) ? "blocked" : "not_found";
                found.leftOut().add(new LeftOut(name(), XPosts.text(node, "uri"), reason, ""));
            }
            node.path("replies").forEach(open::addLast);
        }
        return found;
    }

    private void add(Page page, JsonNode view) {
        String uri = XPosts.text(view, "uri");
        for (JsonNode label : view.path("author").path("labels")) {
            if (label.path("val").asText().equals(NOT_PUBLIC)) {
                page.leftOut().add(new LeftOut(name(), uri, "author_opted_out", NOT_PUBLIC));
                return;
            }
        }
        JsonNode author = view.path("author");
        String did = XPosts.text(author, "did");
        if (uri == null || did == null || !view.path("record").path("text").isTextual()) {
            page.leftOut().add(new LeftOut(name(), uri, "malformed", "no uri, author or text"));
            return;
        }
        page.posts().add(post(view, uri, did, XPosts.text(author, "handle")));
    }

    private static AcquiredPost post(
            JsonNode view, String uri, String did, @Nullable String handle) {
        JsonNode record = view.path("record");
        Set<String> labels = labels(view);
        List<AcquiredPost.Reference> references = new ArrayList<>();
        String parent = XPosts.text(record.path("reply").path("parent"), "uri");
        if (parent != null) references.add(new AcquiredPost.Reference("replied_to", parent));
        String quoted = quoted(view.path("embed"));
        if (quoted != null) references.add(new AcquiredPost.Reference("quoted", quoted));
        String root = XPosts.text(record.path("reply").path("root"), "uri");
        JsonNode languages = record.path("langs");
        List<AcquiredPost.Medium> media = media(view.path("embed"), uri);
        return new AcquiredPost(
                "bluesky",
                uri,
                record.path("text").asText(),
                created(view),
                did,
                handle,
                "https://bsky.app/profile/"
                        + did
                        + "/post/"
                        + uri.substring(uri.lastIndexOf('/') + 1),
                root == null ? uri : root,
                // Several are the writer's languages rather than the text's.
                languages.size() == 1 ? languages.get(0).asText() : null,
                labels.stream().anyMatch(l -> l.startsWith("!") || SENSITIVE.contains(l)),
                List.copyOf(labels),
                new AcquiredPost.PublicMetrics(
                        view.path("likeCount").asLong(0),
                        view.path("replyCount").asLong(0),
                        view.path("repostCount").asLong(0),
                        view.path("quoteCount").asLong(0)),
                List.copyOf(references),
                AcquiredPost.hashtags(hashtags(record)),
                AcquiredPost.attachments(media),
                media);
    }

    /// What the author and the moderators call a post, less what was taken back.
    private static Set<String> labels(JsonNode view) {
        Set<String> labels = new LinkedHashSet<>();
        for (JsonNode label : view.path("record").path("labels").path("values")) {
            labels.add(label.path("val").asText());
        }
        for (JsonNode label : view.path("labels")) {
            if (!label.path("neg").asBoolean(false)) labels.add(label.path("val").asText());
        }
        return labels;
    }

    /// When it was written, as its author's program says; when it was seen, where that is no time
    /// or a later one, as programs write what they like.
    private static String created(JsonNode view) {
        String written = view.path("record").path("createdAt").asText("");
        String seen = view.path("indexedAt").asText("");
        try {
            OffsetDateTime time = OffsetDateTime.parse(written);
            if (seen.isEmpty() || !time.isAfter(OffsetDateTime.parse(seen))) return written;
        } catch (DateTimeException _) {
            return seen.isEmpty() ? written : seen;
        }
        return seen;
    }

    /// Those in the text, then those beside it.
    private static List<String> hashtags(JsonNode record) {
        Set<String> hashtags = new LinkedHashSet<>();
        for (JsonNode facet : record.path("facets")) {
            for (JsonNode feature : facet.path("features")) {
                if (feature.path("$type").asText().equals("app.bsky.richtext.facet#tag")) {
                    hashtags.add(feature.path("tag").asText());
                }
            }
        }
        record.path("tags").forEach(tag -> hashtags.add(tag.asText()));
        hashtags.remove("");
        return List.copyOf(hashtags);
    }

    private static @Nullable String quoted(JsonNode embed) {
        return switch (embed.path("$type").asText()) {
            case "app.bsky.embed.record#view" -> XPosts.text(embed.path("record"), "uri");
            case "app.bsky.embed.recordWithMedia#view" ->
                    XPosts.text(embed.path("record").path("record"), "uri");
            default -> null;
        };
    }

    private static List<AcquiredPost.Medium> media(JsonNode embed, String uri) {
        return switch (embed.path("$type").asText()) {
            case "app.bsky.embed.recordWithMedia#view" -> media(embed.path("media"), uri);
            case "app.bsky.embed.images#view" -> {
                List<AcquiredPost.Medium> images = new ArrayList<>();
                for (JsonNode image : embed.path("images")) {
                    images.add(
                            new AcquiredPost.Medium(
                                    uri + "#" + (images.size() + 1),
                                    "photo",
                                    null,
                                    XPosts.text(image, "fullsize"),
                                    described(image),
                                    null));
                }
                yield List.copyOf(images);
            }
            case "app.bsky.embed.video#view" ->
                    List.of(
                            new AcquiredPost.Medium(
                                    uri + "#1",
                                    "video",
                                    null,
                                    XPosts.text(embed, "playlist"),
                                    described(embed),
                                    null));
            default -> List.of();
        };
    }

    private static @Nullable String described(JsonNode medium) {
        String alt = medium.path("alt").asText("");
        return alt.isEmpty() ? null : alt;
    }

    private JsonNode ask(String method, Map<String, String> parameters)
            throws IOException, InterruptedException {
        URI address = JsonClient.address(server, "/xrpc/" + method, parameters);
        if (login == null) return client.fetch(address, Map.of()).body();
        if (token == null) token = logIn(login);
        try {
            return client.fetch(address, bearer(token)).body();
        } catch (Refusal e) {
            if (!e.code().equals("ExpiredToken")) throw e;
            token = logIn(login); // a token lasts about two hours
            return client.fetch(address, bearer(token)).body();
        }
    }

    private static Map<String, String> bearer(String token) {
        return Map.of("Authorization", "Bearer " + token);
    }

    private String logIn(Login login) throws IOException, InterruptedException {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("identifier", login.handle).put("password", login.appPassword);
        URI address =
                JsonClient.address(server, "/xrpc/com.atproto.server.createSession", Map.of());
        JsonNode session = client.send(address, Map.of(), body).body();
        String token = XPosts.text(session, "accessJwt");
        if (token == null) throw new Refusal(200, "", "gives no accessJwt");
        return token;
    }

    @Override
    String advice(int status) {
        return switch (status) {
            case 401 -> "; are BLUESKY_HANDLE and BLUESKY_APP_PASSWORD right?";
            case 403 ->
                    login == null
                            ? "; searching needs BLUESKY_HANDLE and BLUESKY_APP_PASSWORD"
                            : "";
            default -> "";
        };
    }
}
