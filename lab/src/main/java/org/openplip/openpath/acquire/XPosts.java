package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Posts in the JSON of X: a page of the API v2 (`data`, `includes`), single posts whose media and
/// author may stand in them, and the account archive's own form.
final class XPosts {
    private static final DateTimeFormatter ARCHIVE_TIME =
            DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss Z yyyy", Locale.ENGLISH);

    /// What `source` is in lines of a `posts.jsonl` that are not of X.
    private static final Set<String> OTHERS = Set.of("bluesky", "mastodon", "web");

    /// Posts in the order in which they stand; what is no post is left out.
    record Parsed(List<AcquiredPost> posts, List<LeftOut> leftOut) {
        Parsed() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    /// Pictures that an archive holds.
    @FunctionalInterface
    interface Pictures {
        /// An archive of none.
        Pictures NONE = (_, _) -> null;

        /// Where a picture lies, relative to `posts.jsonl`; null where the archive has it not.
        ///
        /// @param place the path or the address that the post gives
        @Nullable String of(String postId, String place) throws IOException;
    }

    private XPosts() {}

    /// The posts of a page.
    ///
    /// @param source named where something is left out
    /// @throws IOException if a picture cannot be read or kept
    static Parsed page(JsonNode page, String source, Pictures pictures) throws IOException {
        Map<String, JsonNode> media = byField(page.path("includes").path("media"), "media_key");
        Map<String, JsonNode> users = byField(page.path("includes").path("users"), "id");
        Parsed parsed = new Parsed();
        JsonNode data = page.path("data");
        Iterable<JsonNode> posts = data.isObject() ? List.of(data) : data;
        for (JsonNode post : posts) add(parsed, post, media, users, source, pictures);
        return parsed;
    }

    /// One post that stands alone.
    static Parsed single(JsonNode post, String source, Pictures pictures) throws IOException {
        Parsed parsed = new Parsed();
        add(parsed, post, Map.of(), Map.of(), source, pictures);
        return parsed;
    }

    private static void add(
            Parsed parsed,
            JsonNode post,
            Map<String, JsonNode> media,
            Map<String, JsonNode> users,
            String source,
            Pictures pictures)
            throws IOException {
        try {
            parsed.posts.add(post(post, media, users, pictures));
        } catch (DataException | FileSystemException e) {
            throw e;
        } catch (IOException e) {
            parsed.leftOut.add(
                    new LeftOut(
                            source, text(post, "id"), "malformed", String.valueOf(e.getMessage())));
        }
    }

    private static AcquiredPost post(
            JsonNode post,
            Map<String, JsonNode> expanded,
            Map<String, JsonNode> users,
            Pictures pictures)
            throws IOException {
        String id = required(post, "id");
        // A post of more than 280 characters has its beginning in `text`.
        JsonNode note = post.path("note_tweet");
        boolean isLong = note.path("text").isTextual();
        String text = isLong ? note.path("text").asText() : required(post, "text");
        String authorId = text(post, "author_id");
        JsonNode author = authorId == null ? null : users.get(authorId);
        if (author == null) author = post.path("author");
        String username = text(author, "username");
        if (username == null) username = text(post, "username");
        String link = text(post, "link");
        // X has the name of the program that wrote the post there.
        String source = text(post, "source");
        if (source == null || !OTHERS.contains(source)) source = "x";
        List<String> hashtags = new ArrayList<>();
        JsonNode entities = isLong && note.has("entities") ? note : post;
        for (JsonNode tag : entities.path("entities").path("hashtags")) {
            hashtags.add(required(tag, "tag"));
        }
        List<AcquiredPost.Reference> references = new ArrayList<>();
        for (JsonNode reference : post.path("referenced_tweets")) {
            references.add(
                    new AcquiredPost.Reference(
                            required(reference, "type"), required(reference, "id")));
        }
        List<String> labels = new ArrayList<>();
        for (JsonNode label : post.path("labels")) labels.add(label.asText());
        List<AcquiredPost.Medium> media = media(post, id, expanded, pictures);
        JsonNode metrics = post.path("public_metrics");
        return new AcquiredPost(
                source,
                id,
                text,
                required(post, "created_at"),
                authorId,
                username,
                link == null && source.equals("x") ? link(id, username) : link,
                text(post, "conversation_id"),
                text(post, "lang"),
                post.path("possibly_sensitive").asBoolean(false),
                List.copyOf(labels),
                new AcquiredPost.PublicMetrics(
                        metrics.path("like_count").asLong(0),
                        metrics.path("reply_count").asLong(0),
                        metrics.path("retweet_count").asLong(0),
                        metrics.path("quote_count").asLong(0)),
                List.copyOf(references),
                AcquiredPost.hashtags(hashtags),
                AcquiredPost.attachments(media),
                media);
    }

    /// The attached media: from the page, or from within the post; a key that is nowhere expanded
    /// is a photo that is not there.
    private static List<AcquiredPost.Medium> media(
            JsonNode post, String id, Map<String, JsonNode> expanded, Pictures pictures)
            throws IOException {
        JsonNode attachments = post.path("attachments");
        Map<String, JsonNode> within = new HashMap<>(expanded);
        within.putAll(byField(attachments.path("media"), "media_key"));
        within.putAll(byField(post.path("media"), "media_key"));
        List<String> keys = new ArrayList<>();
        attachments.path("media_keys").forEach(key -> keys.add(key.asText()));
        if (keys.isEmpty()) {
            post.path("media").forEach(medium -> keys.add(medium.path("media_key").asText()));
        }
        List<AcquiredPost.Medium> media = new ArrayList<>();
        for (String key : keys) {
            if (key.isEmpty()) throw new IOException("no media_key");
            JsonNode medium = within.get(key);
            String type = medium == null ? null : text(medium, "type");
            String file = medium == null ? null : text(medium, "path");
            media.add(
                    new AcquiredPost.Medium(
                            key,
                            type == null ? "photo" : type,
                            file == null ? null : pictures.of(id, file),
                            medium == null ? null : text(medium, "url"),
                            medium == null ? null : text(medium, "alt_text"),
                            medium == null ? null : text(medium, "license")));
        }
        return List.copyOf(media);
    }

    /// A post in the account archive's form, which is that of the API v1.1.
    ///
    /// @param authorId of the account
    /// @param username of the account
    /// @throws IOException saying what is wrong with it, or if a photo cannot be read
    static AcquiredPost archived(
            JsonNode tweet, @Nullable String authorId, @Nullable String username, Pictures pictures)
            throws IOException {
        String id = text(tweet, "id_str");
        if (id == null) id = required(tweet, "id");
        String created = required(tweet, "created_at");
        String answered = text(tweet, "in_reply_to_status_id_str");
        List<String> hashtags = new ArrayList<>();
        for (JsonNode tag : tweet.path("entities").path("hashtags")) {
            hashtags.add(required(tag, "text"));
        }
        // `entities` names the first photo only.
        JsonNode attached = tweet.path("extended_entities").path("media");
        if (attached.isMissingNode()) attached = tweet.path("entities").path("media");
        List<AcquiredPost.Medium> media = new ArrayList<>();
        for (JsonNode medium : attached) {
            String url = text(medium, "media_url_https");
            boolean photo = "photo".equals(text(medium, "type"));
            media.add(
                    new AcquiredPost.Medium(
                            "3_" + required(medium, "id_str"),
                            required(medium, "type"),
                            photo && url != null ? pictures.of(id, url) : null,
                            url,
                            text(medium, "ext_alt_text"),
                            null));
        }
        String text = text(tweet, "full_text");
        return new AcquiredPost(
                "x",
                id,
                text == null ? required(tweet, "text") : text,
                instant(created),
                authorId,
                username,
                link(id, username),
                answered == null ? id : null,
                text(tweet, "lang"),
                tweet.path("possibly_sensitive").asBoolean(false),
                List.of(),
                new AcquiredPost.PublicMetrics(
                        tweet.path("favorite_count").asLong(0),
                        0,
                        tweet.path("retweet_count").asLong(0),
                        0),
                answered == null
                        ? List.of()
                        : List.of(new AcquiredPost.Reference("replied_to", answered)),
                AcquiredPost.hashtags(hashtags),
                AcquiredPost.attachments(media),
                List.copyOf(media));
    }

    private static String instant(String time) throws IOException {
        try {
            return OffsetDateTime.parse(time, ARCHIVE_TIME).toInstant().toString();
        } catch (DateTimeException e) {
            throw new IOException("created_at is not a time: " + time, e);
        }
    }

    private static String link(String id, @Nullable String username) {
        return "https://x.com/" + (username == null ? "i" : username) + "/status/" + id;
    }

    private static Map<String, JsonNode> byField(JsonNode nodes, String field) {
        Map<String, JsonNode> found = new HashMap<>();
        for (JsonNode node : nodes) found.put(node.path(field).asText(), node);
        return found;
    }

    private static String required(JsonNode node, String field) throws IOException {
        String value = text(node, field);
        if (value == null) throw new IOException("no " + field);
        return value;
    }

    /// A text or a whole number; null for anything else.
    static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isTextual() || value.isIntegralNumber() ? value.asText() : null;
    }
}
