package org.openplip.openpath;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;

/// A public post as it was archived: the fields of a Tweet object of the X API v2 that the build
/// uses, its media expanded in place. Other sources are mapped to this.
///
/// @param source `web` for a row of a web crawl, else the site or null: posts of X say nothing
/// @param lang the source's own guess of the language, null where it made none (`und` too)
/// @param media the attached media in the order in which they are attached
public record Post(
        String id,
        String text,
        Instant createdAt,
        @Nullable String authorId,
        @Nullable String conversationId,
        @Nullable String lang,
        boolean possiblySensitive,
        PublicMetrics publicMetrics,
        List<Reference> referencedTweets,
        Entities entities,
        List<Media> media,
        @Nullable String source,
        Attribution attribution) {

    /// Counts at the time of archiving.
    public record PublicMetrics(long likeCount, long replyCount, long retweetCount) {}

    /// Another post that this one refers to.
    ///
    /// @param type `retweeted`, `quoted` or `replied_to`
    public record Reference(String type, String id) {}

    /// What the source recognised in the text.
    ///
    /// @param hashtags without `#`
    public record Entities(List<String> hashtags) {}

    /// Whom to name, and where it stands.
    ///
    /// @param username the author's name at the source
    /// @param link to the post or the page
    public record Attribution(@Nullable String username, @Nullable String link) {}

    /// An attached medium.
    ///
    /// @param type `photo`, `video` or `animated_gif`
    /// @param path of the file, relative to the posts file; null where it was not fetched
    /// @param licence as the source states it: an SPDX identifier, a name or an address
    public record Media(
            String mediaKey,
            String type,
            @Nullable String path,
            @Nullable String url,
            @Nullable String licence) {}

    /// Whether this passes on somebody else's post.
    public boolean isRepost() {
        return reference("retweeted") != null;
    }

    /// Whether this is an image with its alternative text from a web page, not a post: it has no
    /// hashtags, and the paper keeps its question marks.
    public boolean isWeb() {
        return "web".equals(source);
    }

    /// The post that this one answers, or null.
    public @Nullable String repliedTo() {
        return reference("replied_to");
    }

    /// The attached photos.
    public List<Media> photos() {
        return media.stream().filter(medium -> medium.type().equals("photo")).toList();
    }

    private @Nullable String reference(String type) {
        for (Reference reference : referencedTweets) {
            if (reference.type().equals(type)) return reference.id();
        }
        return null;
    }

    /// The post in one line of JSON.
    ///
    /// @throws IOException saying in its message what is wrong, without the place: not JSON, or no
    ///   usable `id`, `text` or `created_at`
    public static Post parse(byte[] line) throws IOException {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IOException("not JSON: " + firstLine(e.getOriginalMessage()), e);
        }
        if (!node.isObject()) throw new IOException("not a JSON object");
        JsonNode metrics = node.path("public_metrics");
        List<Reference> references = new ArrayList<>();
        for (JsonNode reference : node.path("referenced_tweets")) {
            references.add(new Reference(required(reference, "type"), required(reference, "id")));
        }
        List<String> hashtags = new ArrayList<>();
        for (JsonNode hashtag : node.path("entities").path("hashtags")) {
            hashtags.add(required(hashtag, "tag"));
        }
        String lang = optional(node, "lang");
        return new Post(
                required(node, "id"),
                required(node, "text"),
                instant(required(node, "created_at")),
                optional(node, "author_id"),
                optional(node, "conversation_id"),
                lang == null || lang.equals("und") ? null : lang,
                node.path("possibly_sensitive").asBoolean(false),
                new PublicMetrics(
                        metrics.path("like_count").asLong(0),
                        metrics.path("reply_count").asLong(0),
                        metrics.path("retweet_count").asLong(0)),
                List.copyOf(references),
                new Entities(List.copyOf(hashtags)),
                media(node),
                optional(node, "source"),
                new Attribution(optional(node, "username"), optional(node, "link")));
    }

    private static List<Media> media(JsonNode node) throws IOException {
        List<Media> media = new ArrayList<>();
        for (JsonNode medium : node.path("media")) {
            media.add(
                    new Media(
                            required(medium, "media_key"),
                            required(medium, "type"),
                            optional(medium, "path"),
                            optional(medium, "url"),
                            optional(medium, "license")));
        }
        JsonNode keys = node.path("attachments").path("media_keys");
        if (!keys.isArray()) return List.copyOf(media);
        List<Media> attached = new ArrayList<>();
        for (JsonNode key : keys) {
            Media expanded = null;
            for (Media medium : media) {
                if (medium.mediaKey().equals(key.asText())) expanded = medium;
            }
            // Named, but not expanded in the archive: a photo that is not there.
            attached.add(
                    expanded == null
                            ? new Media(key.asText(), "photo", null, null, null)
                            : expanded);
        }
        return List.copyOf(attached);
    }

    private static String required(JsonNode node, String field) throws IOException {
        JsonNode value = node.path(field);
        if (!value.isTextual() && !value.isIntegralNumber()) {
            throw new IOException("no " + field);
        }
        if (value.asText().isEmpty() && !field.equals("text")) {
            throw new IOException("empty " + field);
        }
        return value.asText();
    }

    private static @Nullable String optional(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isTextual() || value.isIntegralNumber() ? value.asText() : null;
    }

    private static Instant instant(String text) throws IOException {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IOException("created_at is not a time in ISO 8601: " + text, e);
        }
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
