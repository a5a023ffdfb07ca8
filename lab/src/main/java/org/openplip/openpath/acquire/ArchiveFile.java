package org.openplip.openpath.acquire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// Posts in a file on disk, some hundred at a time:
///
/// - `.json`: pages of the X API v2 (`data`, `includes`), single posts, or lists of either;
/// - `.jsonl`, `.ndjson`: one of those a line, as twarc writes them; also a `posts.jsonl`, whose
///   pictures are copied where they have a `path`;
/// - `.zip`: the archive that X gives to an account's owner (`data/tweets.js`, `data/account.js`,
///   `data/tweets_media/`), whose photos are copied beside the posts.
///
/// A malformed line is left out; within `.json` and `tweets.js` what follows it cannot be read and
/// is left out with it, as one.
abstract sealed class ArchiveFile implements Closeable {
    private static final int POSTS_PER_PAGE = 500;
    private static final Pattern ENDING = Pattern.compile("\\.[A-Za-z0-9]{1,5}$");

    final Path file;
    final Path folder;
    private long read;

    private ArchiveFile(Path file, Path folder) {
        this.file = file;
        this.folder = folder;
    }

    /// The archives at `path`: itself, or in the folder, in order of their names.
    static List<Path> under(Path path) throws IOException {
        if (!Files.isDirectory(path)) return List.of(path);
        try (Stream<Path> tree = Files.walk(path)) {
            return tree.filter(Files::isRegularFile)
                    .filter(file -> !kind(file).isEmpty())
                    .sorted()
                    .toList();
        }
    }

    /// A file as it is known in the journal: one that was changed is another.
    static String identity(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return "%s, %d bytes of %s"
                .formatted(file.toRealPath(), attributes.size(), attributes.lastModifiedTime());
    }

    private static String kind(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        for (String kind : List.of(".jsonl", ".ndjson", ".json", ".zip")) {
            if (name.endsWith(kind)) return kind;
        }
        return "";
    }

    /// Opens an archive after its first `read` values.
    ///
    /// @param folder of the `posts.jsonl`, beside which pictures are copied
    static ArchiveFile open(Path file, Path folder, long read) throws IOException {
        ArchiveFile archive =
                switch (kind(file)) {
                    case ".jsonl", ".ndjson" -> new OfLines(file, folder);
                    case ".json" -> new OfValues(file, folder);
                    case ".zip" -> OfAccount.open(file, folder);
                    default ->
                            throw new DataException(file, "is no .json, .jsonl, .ndjson or .zip");
                };
        try {
            while (archive.read < read && archive.nextValue(new XPosts.Parsed(), false)) {
                archive.read++;
            }
            return archive;
        } catch (Throwable e) {
            archive.close();
            throw e;
        }
    }

    /// The next posts; its `next` is how many values were read.
    Page next() throws IOException {
        XPosts.Parsed parsed = new XPosts.Parsed();
        boolean more = true;
        while (more && parsed.posts().size() + parsed.leftOut().size() < POSTS_PER_PAGE) {
            more = nextValue(parsed, true);
            if (more) read++;
        }
        return new Page(parsed.posts(), parsed.leftOut(), more ? String.valueOf(read) : null);
    }

    /// Adds the posts of the next value.
    ///
    /// @param wanted false to pass over them
    /// @return whether there was one
    abstract boolean nextValue(XPosts.Parsed parsed, boolean wanted) throws IOException;

    void leaveOut(XPosts.Parsed parsed, String place, String why) {
        parsed.leftOut()
                .add(
                        new LeftOut(
                                "archive",
                                null,
                                "malformed",
                                file.getFileName() + ", " + place + ": " + why));
    }

    /// Adds what a value holds: a page, a post, or a list of either.
    void add(JsonNode value, XPosts.Parsed parsed) throws IOException {
        if (value.isArray()) {
            for (JsonNode one : value) add(one, parsed);
            return;
        }
        boolean page = value.has("data") || value.has("meta");
        XPosts.Parsed found =
                page
                        ? XPosts.page(value, "archive", this::picture)
                        : XPosts.single(value, "archive", this::picture);
        parsed.posts().addAll(found.posts());
        parsed.leftOut().addAll(found.leftOut());
    }

    /// Copies a picture to `media/archive/`, named by its content, and gives its place there. A
    /// path that leads out of the archive's folder is not followed.
    private @Nullable String picture(String postId, String path) throws IOException {
        Path within = file.toAbsolutePath().resolveSibling("").normalize();
        Path picture;
        try {
            picture = within.resolve(path).normalize();
        } catch (InvalidPathException _) {
            return null;
        }
        if (!picture.startsWith(within) || !Files.isRegularFile(picture)) return null;
        Matcher ending = ENDING.matcher(String.valueOf(picture.getFileName()));
        String copy =
                "media/archive/" + Hashes.sha256(picture) + (ending.find() ? ending.group() : "");
        if (!Files.exists(folder.resolve(copy))) {
            AtomicFiles.write(folder.resolve(copy), out -> Files.copy(picture, out));
        }
        return copy;
    }

    private static final class OfLines extends ArchiveFile {
        private final InputStream in;
        private long number;

        OfLines(Path file, Path folder) throws IOException {
            super(file, folder);
            this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        }

        @Override
        boolean nextValue(XPosts.Parsed parsed, boolean wanted) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream(2048);
            int b = in.read();
            if (b < 0) return false;
            number++;
            for (; b >= 0 && b != '\n'; b = in.read()) line.write(b);
            byte[] bytes = line.toByteArray();
            if (!wanted || new String(bytes, StandardCharsets.UTF_8).isBlank()) {
                return true;
            }
            try {
                add(Json.MAPPER.readTree(bytes), parsed);
            } catch (JsonProcessingException e) {
                leaveOut(parsed, "line " + number, e.getOriginalMessage());
            }
            return true;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    private static final class OfValues extends ArchiveFile {
        private final JsonParser parser;

        OfValues(Path file, Path folder) throws IOException {
            super(file, folder);
            this.parser = Json.MAPPER.createParser(file.toFile());
        }

        @Override
        boolean nextValue(XPosts.Parsed parsed, boolean wanted) throws IOException {
            try {
                JsonNode value = parser.readValueAsTree();
                if (value == null) return false;
                if (wanted) add(value, parsed);
                return true;
            } catch (JsonProcessingException e) {
                String place = "line " + e.getLocation().getLineNr();
                leaveOut(parsed, place, e.getOriginalMessage());
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            parser.close();
        }
    }

    /// The archive of an account. `tweets.js` and its further parts are JavaScript that assigns a
    /// list.
    private static final class OfAccount extends ArchiveFile {
        private static final Pattern TWEETS =
                Pattern.compile("(?:.*/)?data/tweets?(?:-part[0-9]+)?\\.js");
        private static final Pattern ACCOUNT = Pattern.compile("(?:.*/)?data/account\\.js");
        private static final Pattern PHOTO_NAME = Pattern.compile("[A-Za-z0-9_-]+\\.[a-z0-9]+");

        private final ZipFile zip;
        private final List<ZipEntry> parts;
        private final String photos;
        private final @Nullable String accountId;
        private final @Nullable String username;
        private @Nullable JsonParser part;
        private String partName = "";

        private OfAccount(
                Path file, Path folder, ZipFile zip, List<ZipEntry> parts, JsonNode account) {
            super(file, folder);
            this.zip = zip;
            this.parts = new ArrayList<>(parts);
            String first = parts.getFirst().getName();
            this.photos =
                    first.substring(0, first.lastIndexOf('/') + 1)
                            + (first.contains("tweets") ? "tweets_media/" : "tweet_media/");
            this.accountId = XPosts.text(account, "accountId");
            this.username = XPosts.text(account, "username");
        }

        static OfAccount open(Path file, Path folder) throws IOException {
            ZipFile zip;
            try {
                zip = new ZipFile(file.toFile());
            } catch (ZipException e) {
                throw new DataException(file.toString(), null, "is no zip: " + e.getMessage(), e);
            }
            try {
                List<ZipEntry> parts = new ArrayList<>();
                JsonNode account = Json.MAPPER.createObjectNode();
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    if (TWEETS.matcher(entry.getName()).matches()) parts.add(entry);
                    if (!ACCOUNT.matcher(entry.getName()).matches()) continue;
                    try (JsonParser parser = list(zip, entry)) {
                        if (parser != null && parser.nextToken() == JsonToken.START_OBJECT) {
                            account = parser.<JsonNode>readValueAsTree().path("account");
                        }
                    } catch (JsonProcessingException e) {
                        throw new DataException(
                                file.toString(), entry.getName(), e.getOriginalMessage(), e);
                    }
                }
                if (parts.isEmpty()) {
                    throw new DataException(file, "is no archive of X: has no data/tweets.js");
                }
                parts.sort(Comparator.comparing(ZipEntry::getName));
                return new OfAccount(file, folder, zip, parts, account);
            } catch (Throwable e) {
                zip.close();
                throw e;
            }
        }

        /// A parser at the beginning of the list that a script assigns; null where there is none.
        private static @Nullable JsonParser list(ZipFile zip, ZipEntry entry) throws IOException {
            InputStream in = new BufferedInputStream(zip.getInputStream(entry), 1 << 16);
            for (int b = in.read(); b != '='; b = in.read()) {
                if (b >= 0) continue;
                in.close();
                return null;
            }
            JsonParser parser = Json.MAPPER.createParser(in);
            if (parser.nextToken() == JsonToken.START_ARRAY) return parser;
            parser.close();
            return null;
        }

        @Override
        boolean nextValue(XPosts.Parsed parsed, boolean wanted) throws IOException {
            while (true) {
                if (part == null) {
                    if (parts.isEmpty()) return false;
                    ZipEntry entry = parts.removeFirst();
                    partName = entry.getName();
                    part = list(zip, entry);
                    if (part == null) {
                        leaveOut(parsed, partName, "assigns no list");
                        continue;
                    }
                }
                JsonNode value;
                try {
                    if (part.nextToken() == JsonToken.END_ARRAY) {
                        endPart();
                        continue;
                    }
                    value = part.readValueAsTree();
                } catch (JsonProcessingException e) {
                    leaveOut(parsed, partName, e.getOriginalMessage());
                    endPart();
                    continue;
                }
                if (wanted) addTweet(value, parsed);
                return true;
            }
        }

        private void endPart() throws IOException {
            if (part != null) part.close();
            part = null;
        }

        private void addTweet(JsonNode value, XPosts.Parsed parsed) throws IOException {
            JsonNode tweet = value.path("tweet").isObject() ? value.path("tweet") : value;
            try {
                parsed.posts().add(XPosts.archived(tweet, accountId, username, this::photo));
            } catch (DataException | FileSystemException e) {
                throw e;
            } catch (IOException e) {
                leaveOut(parsed, partName, String.valueOf(e.getMessage()));
            }
        }

        /// Copies a photo to `media/x/` and gives its place there.
        private @Nullable String photo(String postId, String url) throws IOException {
            String name = url.substring(url.lastIndexOf('/') + 1);
            if (!postId.matches("[0-9]+") || !PHOTO_NAME.matcher(name).matches()) return null;
            String copy = postId + "-" + name;
            ZipEntry entry = zip.getEntry(photos + copy);
            if (entry == null) return null;
            Path target = folder.resolve("media/x").resolve(copy);
            if (!Files.exists(target)) {
                try (InputStream in = zip.getInputStream(entry)) {
                    AtomicFiles.write(target, in::transferTo);
                } catch (ZipException e) {
                    throw new DataException(
                            file.toString(), entry.getName(), "cannot be unpacked", e);
                }
            }
            return "media/x/" + copy;
        }

        @Override
        public void close() throws IOException {
            endPart();
            zip.close();
        }
    }
}
