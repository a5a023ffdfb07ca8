package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.Post;

/// A server of Mastodon, or of what speaks its API: hashtag timelines and the context of posts.
///
/// A server knows its own posts and those of others that have reached it, so another server gives
/// other posts, and the same under other ids. Posts of authors who ask not to be indexed
/// (`noindex`) are left out. A timeline is read from its newest post back; what is newer than asked
/// for is passed over.
public final class MastodonSource extends PostSource {
    private static final Pattern NEXT =
            Pattern.compile("<[^>]*[?&]max_id=([^&>]+)[^>]*>;\\s*rel=\"?next\"?");

    /// Mastodon's first release.
    private static final Instant FIRST = Instant.parse("2016-10-01T00:00:00Z");

    private final URI server;
    private final @Nullable String token;

    MastodonSource(URI server, @Nullable String token, JsonClient client) {
        super(client);
        if (server.getHost() == null) {
            throw new IllegalArgumentException("server: expected https://HOST, got " + server);
        }
        this.server = server;
        this.token = token;
    }

    /// Mastodon at `server`.
    ///
    /// @param token of an app there, where the server does not answer without
    public static MastodonSource open(URI server, @Nullable String token) {
        return new MastodonSource(
                server, token, new JsonClient(Patience.NORMAL, InstantSource.system()));
    }

    @Override
    String name() {
        return "mastodon:" + server.getHost();
    }

    private String id(String local) {
        return name() + "/" + local;
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
        return post.id().startsWith(id(""))
                        && post.publicMetrics().replyCount() > 0
                        && !post.photos().isEmpty()
                ? post.id()
                : null;
    }

    @Override
    int conversationsPerQuery(List<String> waiting) {
        return 1;
    }

    @Override
    Page page(Query query, @Nullable String cursor) throws IOException, InterruptedException {
        return switch (query.kind()) {
            case SEARCH -> timeline(query.text(), query.period(), cursor);
            case REPLIES -> context(query.targets().getFirst());
            case LOOKUP, ARCHIVE ->
                    throw new IllegalArgumentException("query: expected a search or replies");
        };
    }

    private Page timeline(String hashtag, Period period, @Nullable String cursor)
            throws IOException, InterruptedException {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("limit", "40");
        if (cursor != null) parameters.put("max_id", cursor);
        JsonClient.Answer answer =
                ask("/api/v1/timelines/tag/" + JsonClient.escape(hashtag), parameters);
        Page all = new Page(new ArrayList<>(), new ArrayList<>(), null);
        answer.body().forEach(status -> add(all, status, null));
        List<AcquiredPost> within = new ArrayList<>();
        boolean older = false;
        for (AcquiredPost post : all.posts()) {
            Instant created = instant(post.createdAt());
            if (created == null || period.contains(created)) within.add(post);
            older |= created != null && created.isBefore(period.since());
        }
        Matcher next = NEXT.matcher(answer.headers().firstValue("Link").orElse(""));
        return new Page(within, all.leftOut(), !older && next.find() ? next.group(1) : null);
    }

    private static @Nullable Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException _) {
            return null; // left out as malformed where posts are kept
        }
    }

    private Page context(String id) throws IOException, InterruptedException {
        Page found = new Page(new ArrayList<>(), new ArrayList<>(), null);
        String local = id.substring(id("").length());
        JsonNode context;
        try {
            context =
                    ask("/api/v1/statuses/" + JsonClient.escape(local) + "/context", Map.of())
                            .body();
        } catch (Refusal e) {
            if (e.status() != 404) throw e;
            found.leftOut().add(new LeftOut(name(), id, "not_found", "answers to it"));
            return found;
        }
        String first = XPosts.text(context.path("ancestors").path(0), "id");
        String conversation = id(first == null ? local : first);
        context.path("descendants").forEach(status -> add(found, status, conversation));
        return found;
    }

    private void add(Page page, JsonNode status, @Nullable String conversation) {
        String local = XPosts.text(status, "id");
        String id = local == null ? null : id(local);
        JsonNode account = status.path("account");
        if (account.path("noindex").asBoolean(false)) {
            page.leftOut().add(new LeftOut(name(), id, "author_opted_out", "noindex"));
            return;
        }
        String created = XPosts.text(status, "created_at");
        if (id == null || created == null || !status.path("content").isTextual()) {
            page.leftOut()
                    .add(new LeftOut(name(), id, "malformed", "no id, created_at or content"));
            return;
        }
        page.posts().add(post(status, id, created, conversation));
    }

    private AcquiredPost post(
            JsonNode status, String id, String created, @Nullable String conversation) {
        JsonNode account = status.path("account");
        List<AcquiredPost.Reference> references = new ArrayList<>();
        String answered = XPosts.text(status, "in_reply_to_id");
        if (answered != null) {
            references.add(new AcquiredPost.Reference("replied_to", id(answered)));
        }
        String passedOn = XPosts.text(status.path("reblog"), "id");
        if (passedOn != null) {
            references.add(new AcquiredPost.Reference("retweeted", id(passedOn)));
        }
        String quoted = XPosts.text(status.path("quote").path("quoted_status"), "id");
        if (quoted != null) references.add(new AcquiredPost.Reference("quoted", id(quoted)));
        String authorId = XPosts.text(account, "id");
        List<String> hashtags = new ArrayList<>();
        status.path("tags").forEach(tag -> hashtags.add(tag.path("name").asText()));
        hashtags.removeIf(String::isEmpty);
        List<AcquiredPost.Medium> media = media(status.path("media_attachments"), id);
        String link = XPosts.text(status, "url");
        return new AcquiredPost(
                "mastodon",
                id,
                text(status.path("content").asText()),
                created,
                authorId == null ? null : id("accounts/" + authorId),
                handle(XPosts.text(account, "acct")),
                link == null ? XPosts.text(status, "uri") : link,
                conversation == null && answered == null ? id : conversation,
                XPosts.text(status, "language"),
                // Set by the server too where a post has a content warning.
                status.path("sensitive").asBoolean(false),
                List.of(),
                new AcquiredPost.PublicMetrics(
                        status.path("favourites_count").asLong(0),
                        status.path("replies_count").asLong(0),
                        status.path("reblogs_count").asLong(0),
                        status.path("quotes_count").asLong(0)),
                List.copyOf(references),
                AcquiredPost.hashtags(hashtags),
                AcquiredPost.attachments(media),
                media);
    }

    /// `name@host`, which a server leaves out for its own.
    private @Nullable String handle(@Nullable String acct) {
        return acct == null || acct.contains("@") ? acct : acct + "@" + server.getHost();
    }

    private static List<AcquiredPost.Medium> media(JsonNode attachments, String id) {
        List<AcquiredPost.Medium> media = new ArrayList<>();
        for (JsonNode medium : attachments) {
            String url = XPosts.text(medium, "url");
            String type = medium.path("type").asText("unknown");
            // Pixelfed speaks Mastodon's API and adds this.
            String license = XPosts.text(medium.path("license"), "title");
            media.add(
                    new AcquiredPost.Medium(
                            id + "#" + (media.size() + 1),
                            switch (type) {
                                case "image" -> "photo";
                                case "gifv" -> "animated_gif";
                                default -> type;
                            },
                            null,
                            url == null ? XPosts.text(medium, "remote_url") : url,
                            XPosts.text(medium, "description"),
                            license));
        }
        return List.copyOf(media);
    }

    /// The text of a post's HTML: paragraphs apart, lines broken where they are, links in full
    /// (they are shown shortened), hashtags and mentions as they are shown.
    static String text(String html) {
        Element body = Jsoup.parseBodyFragment(html).body();
        for (Element link : body.select("a[href]")) {
            boolean word = link.hasClass("mention") || link.hasClass("hashtag");
            link.replaceWith(new TextNode(word ? link.wholeText() : link.attr("href")));
        }
        for (Element paragraph : body.select("p")) paragraph.appendText("\n\n");
        return body.wholeText().strip();
    }

    private JsonClient.Answer ask(String path, Map<String, String> parameters)
            throws IOException, InterruptedException {
        URI address = JsonClient.address(server, path, parameters);
        return client.fetch(
                address, token == null ? Map.of() : Map.of("Authorization", "Bearer " + token));
    }

    @Override
    String advice(int status) {
        return switch (status) {
            case 401, 403, 422 ->
                    token == null
                            ? "; this server wants a token: set MASTODON_TOKEN"
                            : "; is MASTODON_TOKEN a token of this server?";
            default -> "";
        };
    }
}
