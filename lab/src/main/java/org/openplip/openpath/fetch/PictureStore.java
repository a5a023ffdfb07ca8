package org.openplip.openpath.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Hashes;

/// Pictures by their content, `ab/cd/abcd….jpg`: the same bytes are stored once. Files appear by a
/// rename, so that each is whole. Safe to share.
final class PictureStore {
    /// Where a picture lies, relative to the folder.
    record Stored(String sha256, String path) {}

    private final Path folder;
    private final Path unfinished;
    private final AtomicLong number = new AtomicLong();

    /// A store in `folder`; what a killed run left unfinished goes.
    PictureStore(Path folder) throws IOException {
        this.folder = folder;
        this.unfinished = folder.resolve("unfinished");
        AtomicFiles.deleteTree(unfinished);
        Files.createDirectories(unfinished);
    }

    /// @param ending of the file's name, without the dot
    Stored put(byte[] picture, String ending) throws IOException {
        String sha = Hashes.sha256(picture);
        String path = sha.substring(0, 2) + "/" + sha.substring(2, 4) + "/" + sha + "." + ending;
        Stored stored = new Stored(sha, path);
        if (has(path, picture.length)) return stored;
        Path target = folder.resolve(path);
        Files.createDirectories(target.getParent());
        Path written = unfinished.resolve(Long.toString(number.incrementAndGet()));
        Files.write(written, picture);
        Files.move(
                written,
                target,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        return stored;
    }

    /// Whether a picture of that size lies at `path`.
    boolean has(String path, long bytes) throws IOException {
        Path file = folder.resolve(path);
        return Files.isRegularFile(file) && Files.size(file) == bytes;
    }

    /// Ends the store.
    void finish() throws IOException {
        AtomicFiles.deleteTree(unfinished);
    }
}
