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

/// What [Post#parse] reads, defined over the tree of the whole line.
final class PostFromTree {
    private PostFromTree() {}

    static Post parse(byte[] line) throws IOException {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IOException("not JSON: " + firstLine(e.getOriginalMessage()), e);
        }
        if (!node.isObject()) throw new IOException("not a JSON object");
        JsonNode metrics = node.path("public_metrics");
        List<Post.Reference> references = new ArrayList<>();
        for (JsonNode reference : node.path("referenced_tweets")) {
            references.add(
                    new Post.Reference(required(reference, "type"), required(reference, "id")));
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
                new Post.PublicMetrics(
                        metrics.path("like_count").asLong(0),
                        metrics.path("reply_count").asLong(0),
                        metrics.path("retweet_count").asLong(0)),
                List.copyOf(references),
                new Post.Entities(List.copyOf(hashtags)),
                media(node),
                optional(node, "source"),
                new Post.Attribution(optional(node, "username"), optional(node, "link")));
    }

    private static List<Post.Media> media(JsonNode node) throws IOException {
        List<Post.Media> media = new ArrayList<>();
        for (JsonNode medium : node.path("media")) {
            media.add(
                    new Post.Media(
                            required(medium, "media_key"),
                            required(medium, "type"),
                            optional(medium, "path"),
                            optional(medium, "url"),
                            optional(medium, "license")));
        }
        JsonNode keys = node.path("attachments").path("media_keys");
        if (!keys.isArray()) return List.copyOf(media);
        List<Post.Media> attached = new ArrayList<>();
        for (JsonNode key : keys) {
            Post.Media expanded = null;
            for (Post.Media medium : media) {
                if (medium.mediaKey().equals(key.asText())) expanded = medium;
            }
            // Named, but not expanded in the archive: a photo that is not there.
            attached.add(
                    expanded == null
                            ? new Post.Media(key.asText(), "photo", null, null, null)
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
