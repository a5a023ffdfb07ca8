package org.openplip.openpath.acquire;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.Post;
import org.openplip.openpath.WordList;

/// Brings posts into a folder, page by page, and asks for nothing twice: a search goes on at the
/// page where it was stopped, and asks only for the times that no earlier search of the same words
/// covered; answers and single posts are asked for once. Not thread-safe.
public final class Acquisition implements AutoCloseable {
    private final Path folder;
    private final List<String> hashtags;
    private final PostStore store;
    private final Progress progress;

    private Acquisition(Path folder, List<String> hashtags, PostStore store, Progress progress) {
        this.folder = folder;
        this.hashtags = hashtags;
        this.store = store;
        this.progress = progress;
    }

    /// The 32 hashtags of the paper, in lower case.
    public static List<String> paperHashtags() throws IOException {
        return WordList.hashtags();
    }

    /// Opens a folder, which is made.
    ///
    /// @param hashtags to search and to count by, without `#`
    /// @throws DataException if the folder is in use
    /// @throws IllegalArgumentException if a hashtag is none
    public static Acquisition open(Path folder, List<String> hashtags, Progress progress)
            throws IOException {
        for (String hashtag : hashtags) {
            if (!hashtag.matches("[\\p{L}\\p{M}\\p{N}_]{1,100}")) {
                throw new IllegalArgumentException(
                        "hashtag: expected letters and digits, got \"" + hashtag + "\"");
            }
        }
        List<String> distinct = hashtags.stream().distinct().toList();
        return new Acquisition(
                folder, distinct, PostStore.open(folder, distinct, progress), progress);
    }

    /// Brings the posts with any of the hashtags from `since` on and before `until`.
    ///
    /// @param since null for as early as there are posts
    /// @param until null for now
    /// @throws IllegalArgumentException if `since` is not before `until`
    public void search(PostSource source, @Nullable Instant since, @Nullable Instant until)
            throws IOException, InterruptedException {
        if (since != null && until != null && !since.isBefore(until)) {
            throw new IllegalArgumentException(
                    "since: expected a time before %s, got %s".formatted(until, since));
        }
        Instant now = source.now();
        Instant earliest = source.earliest();
        Period asked =
                new Period(
                        since == null || since.isBefore(earliest) ? earliest : since,
                        until == null || until.isAfter(now) ? now : until);
        try (Progress.Task task = progress.begin("posts of " + source.name(), -1)) {
            for (String text : source.searches(hashtags)) {
                List<Period> covered = new ArrayList<>();
                for (Query query : store.underWay(source.name(), Query.Kind.SEARCH)) {
                    if (!query.text().equals(text) || !query.period().overlaps(asked)) continue;
                    run(source, query, task);
                }
                for (Query query : store.ended(source.name())) {
                    if (query.text().equals(text)) covered.add(query.period());
                }
                for (Period gap : asked.without(covered)) {
                    run(source, Query.search(source.name(), text, gap), task);
                }
            }
        }
    }

    /// Brings the answers to the posts of `source` that are there, have a photo and were answered.
    public void replies(PostSource source) throws IOException, InterruptedException {
        try (Progress.Task task = progress.begin("answers of " + source.name(), -1)) {
            for (Query query : store.underWay(source.name(), Query.Kind.REPLIES)) {
                run(source, query, task);
            }
            long end = store.postsBytes(); // answers that come now are of settled conversations
            Set<String> waiting = new LinkedHashSet<>();
            try (Lines lines = store.posts()) {
                while (lines.position() < end) {
                    byte[] line = lines.next();
                    if (line == null) break;
                    String conversation = source.conversation(Post.parse(line));
                    if (conversation == null) continue;
                    if (store.isSettled(source.name(), Query.Kind.REPLIES, conversation)) continue;
                    waiting.add(conversation);
                    if (source.conversationsPerQuery(List.copyOf(waiting)) < waiting.size()) {
                        ask(source, waiting, task);
                    }
                }
            }
            while (!waiting.isEmpty()) ask(source, waiting, task);
        }
    }

    /// Asks for as many of the first conversations as one query can.
    private void ask(PostSource source, Set<String> waiting, Progress.Task task)
            throws IOException, InterruptedException {
        List<String> all = List.copyOf(waiting);
        List<String> first = all.subList(0, source.conversationsPerQuery(all));
        run(source, Query.replies(source.name(), first), task);
        waiting.removeAll(first);
    }

    /// Brings the posts whose ids or links are in `file`; those that are gone are left out with X's
    /// reason.
    ///
    /// @throws DataException if there is no id in the file
    public void lookUp(XSource source, Path file) throws IOException, InterruptedException {
        PostIds read = PostIds.read(file);
        Query rows = Query.archive(ArchiveFile.identity(file));
        if (!store.ended(rows.source()).contains(rows)) {
            store.keep(rows, new Page(List.of(), read.leftOut(), null));
        }
        List<String> waiting =
                read.ids().stream()
                        .filter(id -> !store.holds(id))
                        .filter(id -> !store.isSettled(source.name(), Query.Kind.LOOKUP, id))
                        .toList();
        try (Progress.Task task = progress.begin("posts by id", waiting.size())) {
            for (int i = 0; i < waiting.size(); i += XSource.IDS_PER_LOOKUP) {
                List<String> some =
                        waiting.subList(i, Math.min(i + XSource.IDS_PER_LOOKUP, waiting.size()));
                keep(source, Query.lookup(source.name(), some), null);
                task.advance(some.size());
            }
        }
    }

    /// Brings the posts of an archive on disk: see [ArchiveFile].
    ///
    /// @throws DataException if the file is of no known kind; what is wrong within it is left out
    public void archive(Path path) throws IOException {
        try (Progress.Task task = progress.begin("archives", -1)) {
            for (Path file : ArchiveFile.under(path)) {
                Query query = Query.archive(ArchiveFile.identity(file));
                if (store.ended(query.source()).contains(query)) continue;
                task.note(String.valueOf(file.getFileName()));
                String cursor = store.cursor(query);
                long read = cursor == null ? 0 : Long.parseLong(cursor);
                try (ArchiveFile archive = ArchiveFile.open(file, folder, read)) {
                    for (boolean more = true; more; ) {
                        Page page = archive.next();
                        task.advance(store.keep(query, page));
                        more = page.next() != null;
                    }
                }
            }
        }
    }

    private void run(PostSource source, Query query, Progress.Task task)
            throws IOException, InterruptedException {
        task.note(query.text());
        String cursor = store.cursor(query);
        boolean resumed = cursor != null;
        Set<String> seen = new HashSet<>();
        while (true) {
            Page page;
            try {
                page = source.page(query, cursor);
            } catch (Refusal e) {
                // A cursor of days ago may not be known any more: from the beginning then, where
                // posts that are there are recognised.
                if (!resumed || e.status() / 100 != 4) throw refused(source, query, e);
                resumed = false;
                cursor = null;
                continue;
            }
            resumed = false;
            String next = page.next();
            if (next != null && !seen.add(next)) {
                throw new DataException(
                        source.name(), query.text(), "sends the same page over and over", null);
            }
            task.advance(store.keep(query, page));
            if (next == null) return;
            cursor = next;
        }
    }

    private void keep(PostSource source, Query query, @Nullable String cursor)
            throws IOException, InterruptedException {
        try {
            store.keep(query, source.page(query, cursor));
        } catch (Refusal e) {
            throw refused(source, query, e);
        }
    }

    private static DataException refused(PostSource source, Query query, Refusal e) {
        return new DataException(
                source.name(),
                query.text().isEmpty() ? null : query.text(),
                e.getMessage() + source.advice(e.status()),
                e);
    }

    /// Writes `counts.json`.
    public AcquisitionSummary count() throws IOException {
        AcquisitionSummary summary = store.tally().summary();
        Json.write(folder.resolve("counts.json"), summary);
        return summary;
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
