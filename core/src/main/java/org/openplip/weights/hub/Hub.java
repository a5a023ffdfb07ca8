package org.openplip.weights.hub;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.weights.hub.internal.Flock;

/// Fetches checkpoints from a hub of the Hugging Face form into the cache.
///
///     try (Hub hub = Hub.open(HubSettings.of(System.getenv()))) {
///         Path checkpoint = hub.pull(ModelName.parse("vinid/plip").orElseThrow(), progress).snapshot();
///     }
///
/// What was fetched stays: a pull that was cut goes on where it was, in this process or another.
/// Safe to share between threads, and with other processes, Python's too: who comes second waits,
/// and finds the file there.
public final class Hub implements AutoCloseable {
    private static final Duration LOCK_POLL = Duration.ofMillis(100);

    private final HubSettings settings;
    private final HubCache cache;
    private final HubConnection connection;

    private Hub(HubSettings settings, HubConnection connection) {
        this.settings = settings;
        this.cache = settings.cache();
        this.connection = connection;
    }

    public static Hub open(HubSettings settings) {
        return open(settings, Patience.NORMAL, HttpClient.newBuilder());
    }

    static Hub open(HubSettings settings, Patience patience, HttpClient.Builder http) {
        return new Hub(settings, new HubConnection(settings, patience, http));
    }

    /// A checkpoint in the cache.
    ///
    /// @param commit what the revision stands for, 40 hexadecimal digits
    /// @param snapshot the folder; its files are links into the cache
    /// @param files the names in it that make the checkpoint
    /// @param size bytes of these files
    public record Pulled(
            ModelName model, String commit, Path snapshot, List<String> files, long size) {}

    /// The checkpoint `model`, all of it in the cache, every fetched byte checked against the hub's
    /// hash. A whole checkpoint of a pinned commit is answered from the cache alone, and so is
    /// everything when the settings say offline.
    ///
    /// @throws DataException if the hub refuses, the line stays cut, or the content is not what the
    ///   hub's hash says; files that are whole by then stay in the cache
    public Pulled pull(ModelName model, Progress progress)
            throws IOException, InterruptedException {
        Optional<Path> known = cache.find(model);
        if (settings.offline() && known.isEmpty()) {
            throw new DataException(
                    model.toString(), null, "is not in the cache, and HF_HUB_OFFLINE is set", null);
        }
        if (known.isPresent()) {
            Path snapshot = known.get();
            Set<String> files = HubCache.files(snapshot);
            if (settings.offline() || (model.isPinned() && CheckpointFiles.areWhole(files))) {
                String commit = String.valueOf(snapshot.getFileName());
                return pulled(model, commit, CheckpointFiles.choose(files).orElseThrow());
            }
        }
        HubConnection.Listing listing = connection.listing(model);
        List<String> chosen =
                CheckpointFiles.choose(listing.files())
                        .orElseThrow(
                                () ->
                                        new DataException(
                                                model.toString(),
                                                null,
                                                "holds no CLIP weights in a known format (%d files)"
                                                        .formatted(listing.files().size()),
                                                null));
        fetch(model, listing.commit(), chosen, progress);
        cache.writeRef(model, listing.commit());
        return pulled(model, listing.commit(), chosen);
    }

    private Pulled pulled(ModelName model, String commit, List<String> files) throws IOException {
        Path snapshot = cache.snapshot(model, commit);
        long size = 0;
        for (String file : files) size += Files.size(snapshot.resolve(file));
        return new Pulled(model, commit, snapshot, List.copyOf(files), size);
    }

    private void fetch(ModelName model, String commit, List<String> files, Progress progress)
            throws IOException, InterruptedException {
        Set<String> there = HubCache.files(cache.snapshot(model, commit));
        List<RemoteFile> missing = new ArrayList<>();
        for (String file : files) {
            if (!there.contains(file)) missing.add(connection.describe(model, commit, file));
        }
        if (missing.isEmpty()) return;
        checkSpace(missing);
        long total = missing.stream().mapToLong(RemoteFile::size).sum();
        try (Progress.Task task = progress.beginBytes("fetching " + model.repository(), total)) {
            for (RemoteFile file : missing) fetch(file, task);
        }
        // Only now, so that a snapshot is all there or not there.
        for (RemoteFile file : missing) cache.link(model, commit, file.name(), file.hash());
    }

    /// Refuses before it begins what the disk cannot hold.
    private void checkSpace(List<RemoteFile> files) throws IOException {
        long needed = 0;
        for (RemoteFile file : files) {
            Path blob = cache.blob(file.model(), file.hash());
            Files.createDirectories(blob.getParent());
            if (!Files.exists(blob)) needed += file.size() - sizeOf(incomplete(blob));
        }
        long free = Files.getFileStore(cache.root()).getUsableSpace();
        if (needed > free) {
            throw new DataException(
                    cache.root(),
                    "no room: %.1f MB are to be fetched, %.1f MB are free"
                            .formatted(needed / 1e6, free / 1e6));
        }
    }

    private static long sizeOf(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static Path incomplete(Path blob) {
        return blob.resolveSibling(blob.getFileName() + ".incomplete");
    }

    private void fetch(RemoteFile file, Progress.Task task)
            throws IOException, InterruptedException {
        Path blob = cache.blob(file.model(), file.hash());
        Advance advance = new Advance(task);
        try (Flock _ = lock(file, task)) {
            task.note(file.name());
            if (!Files.exists(blob)) {
                Path partial = incomplete(blob);
                boolean begunBefore = sizeOf(partial) > 0;
                advance.reached(sizeOf(partial));
                connection.fetch(file, partial, advance::reached);
                ContentHash found = file.hash().of(partial);
                if (!found.equals(file.hash()) && begunBefore) {
                    // The fault may be in what an earlier process left.
                    Files.delete(partial);
                    connection.fetch(file, partial, advance::reached);
                    found = file.hash().of(partial);
                }
                if (!found.equals(file.hash())) {
                    Files.delete(partial);
                    throw new DataException(
                            file.model().toString(),
                            file.name(),
                            "the content is not what the hub says: %s %s, expected %s; it was removed"
                                    .formatted(found.algorithm(), found.hex(), file.hash().hex()),
                            null);
                }
                Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        advance.reached(file.size());
    }

    private Flock lock(RemoteFile file, Progress.Task task)
            throws IOException, InterruptedException {
        Path path = cache.lock(file.model(), file.hash());
        while (true) {
            Optional<Flock> lock = Flock.tryLock(path);
            if (lock.isPresent()) return lock.get();
            task.note("another process is fetching " + file.name());
            Thread.sleep(LOCK_POLL);
        }
    }

    /// Tells a task how far a file is; a file that begins again is not counted twice.
    private static final class Advance {
        private final Progress.Task task;
        private long reached;

        private Advance(Progress.Task task) {
            this.task = task;
        }

        void reached(long bytes) {
            if (bytes <= reached) return;
            task.advance(bytes - reached);
            reached = bytes;
        }
    }

    /// Ends what is under way; what was fetched so far stays for the next time.
    @Override
    public void close() {
        connection.close();
    }
}
