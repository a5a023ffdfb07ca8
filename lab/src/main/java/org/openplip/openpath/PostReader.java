package org.openplip.openpath;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;

/// Reads a [Post] from the tokens of its line. Where a field stands twice the last one counts; what
/// is missing or of another type is told in one order, whatever the order of the fields.
final class PostReader {
    private final JsonParser json;
    private @Nullable String id;
    private @Nullable String text;
    private @Nullable String createdAt;
    private @Nullable String authorId;
    private @Nullable String conversationId;
    private @Nullable String lang;
    private @Nullable String source;
    private @Nullable String username;
    private @Nullable String link;
    private boolean possiblySensitive;
    private long likes;
    private long replies;
    private long retweets;
    private List<String[]> references = List.of();
    private List<String[]> hashtags = List.of();
    private List<String[]> media = List.of();
    private @Nullable List<String> mediaKeys;

    private PostReader(JsonParser json) {
        this.json = json;
    }

    static Post read(byte[] line) throws IOException {
        try (JsonParser json = Json.MAPPER.getFactory().createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                json.skipChildren();
                throw new IOException("not a JSON object");
            }
            PostReader reader = new PostReader(json);
            reader.readFields();
            return reader.post();
        } catch (JsonProcessingException e) {
            throw new IOException("not JSON: " + firstLine(e.getOriginalMessage()), e);
        }
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private void readFields() throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "id" -> id = word(value);
                case "text" -> text = word(value);
                case "created_at" -> createdAt = word(value);
                case "author_id" -> authorId = word(value);
                case "conversation_id" -> conversationId = word(value);
                case "lang" -> lang = word(value);
                case "source" -> source = word(value);
                case "username" -> username = word(value);
                case "link" -> link = word(value);
                case "possibly_sensitive" -> {
                    possiblySensitive = isTrue(value);
                    json.skipChildren();
                }
                case "public_metrics" -> readMetrics(value);
                case "referenced_tweets" -> references = rows(value, "type", "id");
                case "entities" -> readEntities(value);
                case "media" -> media = rows(value, "media_key", "type", "path", "url", "license");
                case "attachments" -> readAttachments(value);
                default -> json.skipChildren();
            }
        }
    }

    /// A string or a whole number, else null.
    private @Nullable String word(JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) return json.getText();
        if (value == JsonToken.VALUE_NUMBER_INT) return json.getNumberValue().toString();
        json.skipChildren();
        return null;
    }

    private boolean isTrue(JsonToken value) throws IOException {
        return value == JsonToken.VALUE_NUMBER_INT
                ? json.getNumberValue().doubleValue() != 0
                : json.getValueAsBoolean(false);
    }

    /// A number, or a string that is one; else 0.
    private long count(JsonToken value) throws IOException {
        return value.isNumeric() ? json.getNumberValue().longValue() : json.getValueAsLong(0);
    }

    private void readMetrics(JsonToken value) throws IOException {
        likes = 0;
        replies = 0;
        retweets = 0;
        if (value != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            JsonToken inner = json.nextToken();
            switch (name) {
                case "like_count" -> likes = count(inner);
                case "reply_count" -> replies = count(inner);
                case "retweet_count" -> retweets = count(inner);
                default -> {}
            }
            json.skipChildren();
        }
    }

    private void readEntities(JsonToken value) throws IOException {
        hashtags = List.of();
        if (value != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean tags = json.currentName().equals("hashtags");
            JsonToken inner = json.nextToken();
            if (tags) {
                hashtags = rows(inner, "tag");
            } else {
                json.skipChildren();
            }
        }
    }

    private void readAttachments(JsonToken value) throws IOException {
        mediaKeys = null;
        if (value != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean keys = json.currentName().equals("media_keys");
            JsonToken inner = json.nextToken();
            if (!keys) {
                json.skipChildren();
                continue;
            }
            mediaKeys = null;
            if (inner != JsonToken.START_ARRAY) {
                json.skipChildren();
                continue;
            }
            List<String> read = new ArrayList<>(4);
            for (JsonToken key = json.nextToken();
                    key != JsonToken.END_ARRAY;
                    key = json.nextToken()) {
                read.add(key.isScalarValue() ? json.getText() : "");
                json.skipChildren();
            }
            mediaKeys = read;
        }
    }

    /// The named fields of each object in an array, null where they are not words. What is no array
    /// has no rows, what is no object has no fields.
    private List<String[]> rows(JsonToken value, String... names) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            json.skipChildren();
            return List.of();
        }
        List<String[]> rows = new ArrayList<>(4);
        for (JsonToken row = json.nextToken(); row != JsonToken.END_ARRAY; row = json.nextToken()) {
            String[] fields = new String[names.length];
            rows.add(fields);
            if (row != JsonToken.START_OBJECT) {
                json.skipChildren();
                continue;
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken inner = json.nextToken();
                int field = 0;
                while (field < names.length && !names[field].equals(name)) field++;
                if (field < names.length) {
                    fields[field] = word(inner);
                } else {
                    json.skipChildren();
                }
            }
        }
        return rows;
    }

    private Post post() throws IOException {
        List<Post.Reference> referenced = new ArrayList<>(references.size());
        for (String[] row : references) {
            referenced.add(new Post.Reference(required(row[0], "type"), required(row[1], "id")));
        }
        List<String> tags = new ArrayList<>(hashtags.size());
        for (String[] row : hashtags) tags.add(required(row[0], "tag"));
        return new Post(
                required(id, "id"),
                textRequired(),
                instant(required(createdAt, "created_at")),
                authorId,
                conversationId,
                lang == null || lang.equals("und") ? null : lang,
                possiblySensitive,
                new Post.PublicMetrics(likes, replies, retweets),
                List.copyOf(referenced),
                new Post.Entities(List.copyOf(tags)),
                attached(),
                source,
                new Post.Attribution(username, link));
    }

    private String textRequired() throws IOException {
        if (text == null) throw new IOException("no text");
        return text;
    }

    private static String required(@Nullable String value, String field) throws IOException {
        if (value == null) throw new IOException("no " + field);
        if (value.isEmpty()) throw new IOException("empty " + field);
        return value;
    }

    private List<Post.Media> attached() throws IOException {
        List<Post.Media> expanded = new ArrayList<>(media.size());
        for (String[] row : media) {
            expanded.add(
                    new Post.Media(
                            required(row[0], "media_key"),
                            required(row[1], "type"),
                            row[2],
                            row[3],
                            row[4]));
        }
        if (mediaKeys == null) return List.copyOf(expanded);
        List<Post.Media> attached = new ArrayList<>(mediaKeys.size());
        for (String key : mediaKeys) {
            Post.Media found = null;
            for (Post.Media medium : expanded) {
                if (medium.mediaKey().equals(key)) found = medium;
            }
            // Named, but not expanded in the archive: a photo that is not there.
            attached.add(found == null ? new Post.Media(key, "photo", null, null, null) : found);
        }
        return List.copyOf(attached);
    }

    private static Instant instant(String text) throws IOException {
        try {
            return isUtcToTheSecond(text)
                    ? LocalDateTime.of(
                                    digits(text, 0, 4),
                                    digits(text, 5, 7),
                                    digits(text, 8, 10),
                                    digits(text, 11, 13),
                                    digits(text, 14, 16),
                                    digits(text, 17, 19),
                                    text.length() == 24 ? digits(text, 20, 23) * 1_000_000 : 0)
                            .toInstant(ZoneOffset.UTC)
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IOException("created_at is not a time in ISO 8601: " + text, e);
        }
    }

    /// Whether `text` is as X writes times, `2022-11-15T08:30:00.000Z`, the milliseconds or not.
    private static boolean isUtcToTheSecond(String text) {
        String form = "0000-00-00T00:00:00.000Z";
        if (text.length() != 24 && text.length() != 20) return false;
        for (int i = 0; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            if (form.charAt(i) == '0' ? !digit : c != form.charAt(i)) return false;
        }
        return text.charAt(text.length() - 1) == 'Z';
    }

    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) value = 10 * value + text.charAt(i) - '0';
        return value;
    }
}
