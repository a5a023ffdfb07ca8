package org.openplip.openpath.acquire;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.IdSet;
import org.openplip.openpath.Post;

/// A folder of acquired posts: `posts.jsonl` and `left-out.jsonl`, which only grow, and
/// `journal.jsonl`, which says how far each query is and how long the two were then.
///
/// A page is written, forced to disk and then entered in the journal. What the journal does not
/// know of is cut off when the folder is opened again, so a page is there with its cursor, or not
/// at all. Posts are kept once each, by id; in memory is a number for each id, no post. Holds a
/// lock on the folder until it is closed. Not thread-safe.
final class PostStore implements Closeable {
    static final String POSTS = "posts.jsonl";
    static final String LEFT_OUT = "left-out.jsonl";
    static final String JOURNAL = "journal.jsonl";

    /// The journal's first line, on disk before any post: what is beside it is ours to cut.
    private static final String HEADER = "{\"journal_of\":\"plip openpath acquire\"}";

    private final Path folder;
    private final FileChannel journal;
    private final FileChannel posts;
    private final FileChannel leftOut;
    private final IdSet ids = new IdSet();

    /// Ids that ended queries asked for, with the source and the kind before them.
    private final IdSet settled = new IdSet();

    private final List<Query> ended = new ArrayList<>();
    private final Map<Query, String> underWay = new LinkedHashMap<>();
    private final Tally tally;

    private PostStore(
            Path folder, FileChannel journal, FileChannel posts, FileChannel leftOut, Tally tally) {
        this.folder = folder;
        this.journal = journal;
        this.posts = posts;
        this.leftOut = leftOut;
        this.tally = tally;
    }

    /// Opens a folder, which is made, and brings it to its last whole page.
    ///
    /// @param hashtags to count posts by
    /// @throws DataException if it is in use, or was changed by something else
    static PostStore open(Path folder, List<String> hashtags, Progress progress)
            throws IOException {
        Files.createDirectories(folder);
        FileChannel journal = channel(folder.resolve(JOURNAL));
        try {
            lock(journal, folder);
            PostStore store =
                    new PostStore(
                            folder,
                            journal,
                            channel(folder.resolve(POSTS)),
                            channel(folder.resolve(LEFT_OUT)),
                            new Tally(hashtags));
            try {
                store.recover(progress);
                return store;
            } catch (Throwable e) {
                store.close();
                throw e;
            }
        } catch (Throwable e) {
            journal.close();
            throw e;
        }
    }

    private static FileChannel channel(Path file) throws IOException {
        return FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /// Ends with the channel or the process.
    private static void lock(FileChannel journal, Path folder) throws IOException {
        boolean free;
        try {
            free = journal.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            free = false;
        }
        if (!free) throw new DataException(folder, "another plip openpath acquire is at work here");
    }

    // ---- going on -------------------------------------------------------------------------

    private void recover(Progress progress) throws IOException {
        JournalEntry last = null;
        long whole = 0;
        try (Lines lines = new Lines(folder.resolve(JOURNAL))) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                whole = lines.position();
                if (lines.number() == 1) {
                    if (!HEADER.equals(new String(line, StandardCharsets.UTF_8))) {
                        throw new DataException(folder.resolve(JOURNAL), "is of something else");
                    }
                    continue;
                }
                try {
                    last = Json.MAPPER.readValue(line, JournalEntry.class);
                } catch (JsonProcessingException e) {
                    throw changed(JOURNAL, lines, e);
                }
                enter(last);
            }
        }
        if (whole == 0 && posts.size() > 0) {
            throw new DataException(
                    folder.resolve(POSTS),
                    "holds posts but no journal; read them into another folder with plip openpath"
                            + " acquire archive");
        }
        journal.truncate(whole);
        journal.position(whole);
        if (whole == 0) append(journal, (HEADER + "\n").getBytes(StandardCharsets.UTF_8));
        cut(posts, POSTS, last == null ? 0 : last.postsBytes());
        cut(leftOut, LEFT_OUT, last == null ? 0 : last.leftOutBytes());
        if (posts.size() > 0) readPosts(progress);
        try (Lines lines = new Lines(folder.resolve(LEFT_OUT))) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                tally.leftOut(leftOut(line, lines).reason());
            }
        }
    }

    private void readPosts(Progress progress) throws IOException {
        try (Progress.Task task = progress.beginBytes("reading what is there", posts.size());
                Lines lines = new Lines(folder.resolve(POSTS))) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                Post post = post(line, lines);
                ids.add(post.id());
                tally.post(post);
                task.advance(line.length + 1);
            }
        }
    }

    private Post post(byte[] line, Lines lines) throws IOException {
        try {
            return Post.parse(line);
        } catch (IOException e) {
            throw changed(POSTS, lines, e);
        }
    }

    private LeftOut leftOut(byte[] line, Lines lines) throws IOException {
        try {
            return Json.MAPPER.readValue(line, LeftOut.class);
        } catch (JsonProcessingException e) {
            throw changed(LEFT_OUT, lines, e);
        }
    }

    private DataException changed(String file, Lines lines, IOException e) {
        return new DataException(
                folder.resolve(file).toString(),
                "line " + lines.number(),
                "is not as it was written: " + e.getMessage(),
                e);
    }

    private void cut(FileChannel file, String name, long length) throws IOException {
        if (file.size() < length) {
            throw new DataException(
                    folder.resolve(name),
                    "has %d bytes, by %s it had %d: was it changed?"
                            .formatted(file.size(), JOURNAL, length));
        }
        file.truncate(length);
        file.position(length);
    }

    private void enter(JournalEntry entry) {
        Query query = entry.query();
        if (entry.next() != null) {
            underWay.put(query, entry.next());
            return;
        }
        underWay.remove(query);
        for (String target : query.targets())
            settled.add(key(query.source(), query.kind(), target));
        if (query.targets().isEmpty()) ended.add(query);
    }

    private static String key(String source, Query.Kind kind, String target) {
        return source + " " + kind + " " + target;
    }

    // ---- what is there --------------------------------------------------------------------

    /// Where a query goes on; null where it has not begun.
    @Nullable String cursor(Query query) {
        return underWay.get(query);
    }

    /// The queries of a source and kind that have begun and not ended.
    List<Query> underWay(String source, Query.Kind kind) {
        return underWay.keySet().stream()
                .filter(query -> query.source().equals(source) && query.kind() == kind)
                .toList();
    }

    /// The searches and archives of a source that have ended.
    List<Query> ended(String source) {
        return ended.stream().filter(query -> query.source().equals(source)).toList();
    }

    /// Whether a query that has ended asked for this id.
    boolean isSettled(String source, Query.Kind kind, String target) {
        return settled.contains(key(source, kind, target));
    }

    /// Whether a post is there.
    boolean holds(String id) {
        return ids.contains(id);
    }

    /// The lines of posts that are there now.
    Lines posts() throws IOException {
        return new Lines(folder.resolve(POSTS));
    }

    long postsBytes() throws IOException {
        return posts.size();
    }

    Tally tally() {
        return tally;
    }

    // ---- growing --------------------------------------------------------------------------

    /// Keeps a page and where its query goes on, both or neither.
    ///
    /// @return how many of its posts were not there yet
    int keep(Query query, Page page) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        List<LeftOut> leftOutHere = new ArrayList<>(page.leftOut());
        int added = 0;
        for (AcquiredPost post : page.posts()) {
            byte[] line = Json.MAPPER.writeValueAsBytes(post);
            Post read;
            try {
                read = Post.parse(line);
            } catch (IOException e) {
                String why = String.valueOf(e.getMessage());
                leftOutHere.add(new LeftOut(query.source(), post.id(), "malformed", why));
                continue;
            }
            if (!ids.add(post.id())) continue;
            lines.writeBytes(line);
            lines.write('\n');
            tally.post(read);
            added++;
        }
        append(posts, lines.toByteArray());
        append(leftOut, lines(leftOutHere));
        leftOutHere.forEach(left -> tally.leftOut(left.reason()));
        JournalEntry entry =
                new JournalEntry(
                        query,
                        page.next(),
                        page.posts().size(),
                        added,
                        posts.position(),
                        leftOut.position());
        append(journal, lines(List.of(entry)));
        enter(entry);
        return added;
    }

    private static byte[] lines(List<?> values) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Object value : values) {
            lines.writeBytes(Json.MAPPER.writeValueAsBytes(value));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    private static void append(FileChannel file, byte[] bytes) throws IOException {
        if (bytes.length == 0) return;
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) file.write(buffer);
        file.force(true);
    }

    @Override
    public void close() throws IOException {
        try (journal;
                posts;
                leftOut) {
            // The lock ends with the journal's channel.
        }
    }

    /// Counts of all that is in the folder.
    static final class Tally {
        private final Map<String, Long> bySource = new TreeMap<>();
        private final Map<String, Long> repliesBySource = new TreeMap<>();
        private final Map<String, Long> byHashtag = new LinkedHashMap<>();
        private final Map<String, Long> byReason = new TreeMap<>();

        private Tally(List<String> hashtags) {
            for (String hashtag : hashtags) byHashtag.put(hashtag.toLowerCase(Locale.ROOT), 0L);
        }

        private void post(Post post) {
            String source = source(post.id());
            bySource.merge(source, 1L, Long::sum);
            if (post.repliedTo() != null) repliesBySource.merge(source, 1L, Long::sum);
            post.entities().hashtags().stream()
                    .map(tag -> tag.toLowerCase(Locale.ROOT))
                    .distinct()
                    .forEach(tag -> byHashtag.computeIfPresent(tag, (_, n) -> n + 1));
        }

        private static String source(String id) {
            if (id.startsWith("at://")) return "bluesky";
            if (id.startsWith("mastodon:")) return "mastodon";
            return id.startsWith("web_") ? "web" : "x";
        }

        private void leftOut(String reason) {
            byReason.merge(reason, 1L, Long::sum);
        }

        AcquisitionSummary summary() {
            return new AcquisitionSummary(
                    bySource.values().stream().mapToLong(Long::longValue).sum(),
                    new TreeMap<>(bySource),
                    new TreeMap<>(repliesBySource),
                    new LinkedHashMap<>(byHashtag),
                    new TreeMap<>(byReason));
        }
    }
}
