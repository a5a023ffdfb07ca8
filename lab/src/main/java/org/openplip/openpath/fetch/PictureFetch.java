package org.openplip.openpath.fetch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.IdSet;
import org.openplip.openpath.Post;
import org.openplip.openpath.PostLines;

/// Fetches the photos of posts into a folder, and writes the posts there with the photos' paths:
///
///     media/posts.jsonl              the posts, in order, each medium with the `path` of its file
///     media/ab/cd/abcd….jpg          a picture, by the SHA-256 of its bytes
///     media/fetch.jsonl              a line for each address: what came of it, and why
///
/// An address that several posts show is asked for once. Photos whose file lies with the posts are
/// copied, not asked for. What an earlier run settled is not asked for again, unless to refresh; a
/// run that was killed goes on after the last picture that is in the journal. Memory grows by some
/// 60 bytes an address.
public final class PictureFetch {
    static final String POSTS = "posts.jsonl";
    private static final int WINDOW = 4096; // addresses that wait for their turn, a thread each

    private final Path folder;
    private final FetchSettings settings;
    private final FetchJournal journal;
    private final PictureStore store;
    private final Fetcher fetcher;
    private final Tally tally = new Tally();

    private PictureFetch(
            Path folder,
            FetchSettings settings,
            FetchJournal journal,
            PictureStore store,
            Fetcher fetcher) {
        this.folder = folder;
        this.settings = settings;
        this.journal = journal;
        this.store = store;
        this.fetcher = fetcher;
    }

    /// Fetches the photos of the posts in `posts` into `folder`.
    ///
    /// @param refresh whether to ask again for the pictures that are there, each with its `ETag`:
    ///   one whose owner took it back, or forbids it now, goes from the posts
    /// @throws DataException if a file of posts is missing or the folder is in use
    public static FetchSummary run(
            List<Path> posts,
            Path folder,
            FetchSettings settings,
            boolean refresh,
            Waits waits,
            Progress progress)
            throws IOException, InterruptedException {
        for (Path file : posts) {
            if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
            Path written = folder.resolve(POSTS);
            if (Files.exists(written) && Files.isSameFile(file, written)) {
                throw new DataException(file, "is what this writes; give the posts it came from");
            }
        }
        Files.createDirectories(folder);
        try (FetchJournal journal = FetchJournal.open(folder)) {
            PictureStore store = new PictureStore(folder);
            try (Fetcher fetcher = new Fetcher(settings, waits, store)) {
                PictureFetch fetch = new PictureFetch(folder, settings, journal, store, fetcher);
                fetch.fetch(posts, refresh, progress);
                journal.finish();
                fetch.write(posts);
                store.finish();
                return fetch.tally.summary();
            }
        }
    }

    // ---- the addresses --------------------------------------------------------------------

    /// Takes an address; says whether to go on.
    @FunctionalInterface
    private interface Addresses {
        boolean accept(String url) throws IOException, InterruptedException;
    }

    /// Hands over each address of the posts once, in their order.
    private static void forEachAddress(List<Path> posts, Addresses addresses)
            throws IOException, InterruptedException {
        IdSet seen = new IdSet();
        for (Path file : posts) {
            try (PostLines lines = new PostLines(file)) {
                while (lines.hasNext()) {
                    if (!(lines.next().parse() instanceof PostLines.Read read)) continue;
                    for (Post.Media photo : read.post().photos()) {
                        String url = photo.url();
                        if (url == null || local(file, photo.path()) != null) continue;
                        if (seen.add(url) && !addresses.accept(url)) return;
                    }
                }
            }
        }
    }

    private static long count(List<Path> posts) throws IOException, InterruptedException {
        long[] count = {0};
        forEachAddress(posts, _ -> ++count[0] > 0);
        return count[0];
    }

    /// The file that already lies with the posts, or null.
    private static @Nullable Path local(Path posts, @Nullable String path) {
        Path file = path == null ? null : PostLines.beside(posts, path);
        return file != null && Files.isRegularFile(file) ? file : null;
    }

    private void fetch(List<Path> posts, boolean refresh, Progress progress)
            throws IOException, InterruptedException {
        AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
        Semaphore window = new Semaphore(WINDOW);
        try (Progress.Task task = progress.begin("fetching pictures", count(posts));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                forEachAddress(
                        posts,
                        url -> {
                            Fetched before = journal.of(url);
                            boolean there = before != null && isThere(before);
                            if (before != null && settled(before, there, refresh)) {
                                tally.add(before, false);
                                task.advance(1);
                                return true;
                            }
                            window.acquire();
                            threads.execute(
                                    () -> {
                                        try {
                                            Fetched now = fetcher.fetch(url, there ? before : null);
                                            journal.add(now);
                                            tally.add(now, true);
                                            task.advance(1);
                                        } catch (Throwable e) {
                                            broken.compareAndSet(null, e);
                                            threads.shutdownNow();
                                        } finally {
                                            window.release();
                                        }
                                    });
                            return broken.get() == null;
                        });
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            } catch (RejectedExecutionException e) {
                if (broken.get() == null) throw e;
            }
        }
        switch (broken.get()) {
            case null -> {}
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private boolean settled(Fetched before, boolean there, boolean refresh) {
        return switch (before.outcome()) {
            case KEPT -> there && !refresh;
            case REJECTED ->
                    !settings.allowPrivate() || !Fetcher.PRIVATE_ADDRESS.equals(before.reason());
            case FAILED -> false;
        };
    }

    private boolean isThere(Fetched fetched) throws IOException {
        String path = fetched.path();
        Long bytes = fetched.bytes();
        return path != null && bytes != null && store.has(path, bytes);
    }

    // ---- the posts ------------------------------------------------------------------------

    private void write(List<Path> posts) throws IOException {
        AtomicFiles.write(
                folder.resolve(POSTS),
                out -> {
                    for (Path file : posts) {
                        try (PostLines lines = new PostLines(file)) {
                            while (lines.hasNext()) {
                                write(file, lines.next(), out);
                                out.write('\n');
                            }
                        }
                    }
                });
    }

    /// A line that is no post stays as it is, for the build to count; one that is too long to be
    /// read is there as what is wrong with it.
    private void write(Path file, PostLines.Line line, OutputStream out) throws IOException {
        byte[] bytes = line.bytes();
        switch (line.parse()) {
            case PostLines.Malformed bad ->
                    out.write(bytes == null ? Json.MAPPER.writeValueAsBytes(bad.reason()) : bytes);
            case PostLines.Read _ -> {
                JsonNode post = Json.MAPPER.readTree(bytes);
                for (JsonNode medium : post.path("media")) {
                    if (medium instanceof ObjectNode object) setPath(file, object);
                }
                out.write(Json.MAPPER.writeValueAsBytes(post));
            }
        }
    }

    private void setPath(Path posts, ObjectNode medium) throws IOException {
        JsonNode given = medium.path("path");
        Path local = local(posts, given.isTextual() ? given.asText() : null);
        medium.remove("path");
        if (local != null) {
            byte[] bytes = Files.readAllBytes(local);
            PictureType type = PictureType.of(bytes);
            medium.put("path", store.put(bytes, type == null ? "bin" : type.ending()).path());
            return;
        }
        Fetched fetched = journal.of(medium.path("url").asText(""));
        if (fetched != null && fetched.path() != null) medium.put("path", fetched.path());
    }

    /// What came of the addresses so far. Safe to share.
    private static final class Tally {
        private long pictures;
        private long asked;
        private long kept;
        private final SortedMap<String, Long> rejected = new TreeMap<>();
        private final SortedMap<String, Long> failed = new TreeMap<>();

        synchronized void add(Fetched fetched, boolean wasAsked) {
            pictures++;
            if (wasAsked) asked++;
            String reason = String.valueOf(fetched.reason());
            switch (fetched.outcome()) {
                case KEPT -> kept++;
                case REJECTED -> rejected.merge(reason, 1L, Long::sum);
                case FAILED -> failed.merge(reason, 1L, Long::sum);
            }
        }

        synchronized FetchSummary summary() {
            return new FetchSummary(pictures, asked, kept, rejected, failed);
        }
    }
}
