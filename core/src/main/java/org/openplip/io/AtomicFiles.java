package org.openplip.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/// Writes files and folders that are whole or absent: into a neighbour `NAME.partial`, forced to
/// disk, then renamed. A full disk or a kill leaves what was there before.
public final class AtomicFiles {
    /// Writes the content of a file.
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes the files of a folder.
    @FunctionalInterface
    public interface FolderContent {
        void writeTo(Path folder) throws IOException;
    }

    private AtomicFiles() {}

    /// Replaces `file` by what `content` writes; parent folders are made.
    ///
    /// @throws IOException if writing fails; `file` is then as it was
    public static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            partial,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                OutputStream out =
                        new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(
                    partial,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (DataException | FileSystemException e) {
            throw e;
        } catch (IOException e) {
            // Such as "No space left on device", which does not say where.
            throw (IOException)
                    new FileSystemException(file.toString(), null, e.getMessage()).initCause(e);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /// Replaces `file` by `text` in UTF-8.
    public static void writeString(Path file, String text) throws IOException {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Replaces `folder` by one that `content` fills. Until that is done it lies beside, as
    /// `NAME.partial`; if it fails, nothing is left of it and `folder` is as it was.
    public static void writeFolder(Path folder, FolderContent content) throws IOException {
        Path target = folder.toAbsolutePath().normalize();
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        deleteTree(partial);
        try {
            Files.createDirectories(partial);
            content.writeTo(partial);
            deleteTree(target);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            deleteTree(partial);
        }
    }

    /// Deletes a file, or a folder with all that is in it; nothing if there is none.
    public static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) return;
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
    }
}
