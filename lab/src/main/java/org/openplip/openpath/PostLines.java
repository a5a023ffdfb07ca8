package org.openplip.openpath;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// The lines of a file of posts, one after the other; one line is in memory at a time. Empty lines
/// are numbered and left out. Not thread-safe; [Line#parse] may run on any thread.
public final class PostLines implements Iterator<PostLines.Line>, Closeable {
    /// A post has a few kilobytes; a longer line than this is no post.
    private static final int MAX_BYTES = 1 << 20;

    /// What a line turned out to be.
    public sealed interface Parsed permits Read, Malformed {}

    /// A post and where it stood.
    public record Read(Path file, long line, Post post) implements Parsed {}

    /// A line that is no post, and why.
    public record Malformed(Path file, long line, String reason) implements Parsed {}

    /// A line that was not looked at yet.
    ///
    /// @param bytes without the line's end; null where the line is too long
    @SuppressWarnings("ArrayRecordComponent") // handed from one thread to the next, never compared
    public record Line(Path file, long number, byte @Nullable [] bytes) {
        /// The post in the line, or what is wrong with it.
        public Parsed parse() {
            if (bytes == null) {
                return new Malformed(file, number, "longer than " + MAX_BYTES + " bytes");
            }
            try {
                return new Read(file, number, Post.parse(bytes));
            } catch (IOException e) {
                return new Malformed(file, number, String.valueOf(e.getMessage()));
            }
        }
    }

    private final Path file;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private long number;
    private @Nullable Line next;

    /// @throws DataException if there is no such file
    public PostLines(Path file) throws IOException {
        this(file, open(file), 0);
    }

    /// The lines of a part of a file.
    ///
    /// @param part begins at a line's beginning and ends at a line's end; closed with this
    /// @param before how many lines stand before the part
    public PostLines(Path file, InputStream part, long before) throws IOException {
        this.file = file;
        this.in = part;
        this.number = before;
        this.next = read();
    }

    private static InputStream open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing or not a file");
        return Files.newInputStream(file);
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    /// @throws UncheckedIOException if the file cannot be read on
    @Override
    public Line next() {
        if (next == null) throw new NoSuchElementException();
        Line line = next;
        try {
            next = read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line;
    }

    /// The file that a post in `posts` names by `path`, or null where that leads out of the posts'
    /// folder: a path is that of the archive, and one that leaves it is not followed.
    public static @Nullable Path beside(Path posts, String path) {
        Path folder = posts.toAbsolutePath().resolveSibling("").normalize();
        try {
            Path file = folder.resolve(path).normalize();
            return file.startsWith(folder) ? file : null;
        } catch (InvalidPathException _) {
            return null;
        }
    }

    private @Nullable Line read() throws IOException {
        while (fill()) {
            number++;
            byte[] bytes = new byte[0];
            int length = 0;
            boolean whole = false;
            while (!whole && fill()) {
                int stop = at;
                while (stop < end && buffer[stop] != '\n') stop++;
                int kept = Math.min(stop - at, MAX_BYTES + 1 - length);
                if (kept > 0) {
                    bytes = Arrays.copyOf(bytes, length + kept);
                    System.arraycopy(buffer, at, bytes, length, kept);
                    length += kept;
                }
                whole = stop < end;
                at = whole ? stop + 1 : stop;
            }
            if (length > MAX_BYTES) return new Line(file, number, null);
            if (!isBlank(bytes)) return new Line(file, number, bytes);
        }
        return null;
    }

    /// Whether there is something left to read.
    private boolean fill() throws IOException {
        if (at < end) return true;
        at = 0;
        end = Math.max(0, in.read(buffer));
        return end > 0;
    }

    private static boolean isBlank(byte[] bytes) {
        for (byte b : bytes) if (b != ' ' && b != '\t' && b != '\r') return false;
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
