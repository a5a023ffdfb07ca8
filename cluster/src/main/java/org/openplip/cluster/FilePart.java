package org.openplip.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.commons.io.input.BoundedInputStream;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.openplip.io.DataException;
import org.openplip.openpath.PostLines;

/// Whole lines of a file of posts, for one task.
///
/// @param number of the file among the files
/// @param from of the part's first byte in the file
/// @param to of the first byte after it
/// @param before how many lines of the file stand before the part
record FilePart(int number, String file, long from, long to, long before) implements Serializable {

    /// Cuts files where a line ends, into parts of about `bytes`; no lines before are known yet.
    static List<FilePart> cut(List<Path> files, long bytes) throws IOException {
        List<FilePart> parts = new ArrayList<>();
        for (int number = 0; number < files.size(); number++) {
            String file = files.get(number).toAbsolutePath().toString();
            try (FileChannel in = open(file)) {
                long size = in.size();
                for (long from = 0; from < size; ) {
                    long to = from + bytes >= size ? size : lineFrom(in, from + bytes);
                    parts.add(new FilePart(number, file, from, to, 0));
                    from = to;
                }
            }
        }
        return parts;
    }

    /// The first place from `place` on where a line begins, or the file's end.
    private static long lineFrom(FileChannel in, long place) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        long at = place - 1;
        while (in.read(buffer.clear(), at) > 0) {
            for (int i = 0; i < buffer.position(); i++) {
                if (buffer.get(i) == '\n') return at + i + 1;
            }
            at += buffer.position();
        }
        return in.size();
    }

    /// `parts` with the lines before them.
    ///
    /// @param lines the number of lines of each part
    static List<FilePart> numbered(List<FilePart> parts, List<Long> lines) {
        List<FilePart> numbered = new ArrayList<>();
        long before = 0;
        for (int i = 0; i < parts.size(); i++) {
            FilePart part = parts.get(i);
            if (part.from == 0) before = 0;
            numbered.add(new FilePart(part.number, part.file, part.from, part.to, before));
            before += lines.get(i);
        }
        return numbered;
    }

    /// How many line ends are in the part.
    long countLines() throws IOException {
        long lines = 0;
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = stream()) {
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) if (buffer[i] == '\n') lines++;
            }
        }
        return lines;
    }

    /// The part's lines as [PackedRow]s of channel 0, for the task that runs.
    Iterator<byte[]> rows() throws IOException {
        PostLines lines = new PostLines(Path.of(file), stream(), before);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) _ -> close(lines));
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return lines.hasNext();
            }

            @Override
            public byte[] next() {
                if (!lines.hasNext()) throw new NoSuchElementException();
                PostLines.Line line = lines.next();
                byte[] bytes = line.bytes();
                return PackedRow.pack(
                        0,
                        ByteBuffer.allocate(12).putInt(number).putLong(line.number()).array(),
                        bytes == null ? new byte[0] : bytes);
            }
        };
    }

    private static void close(PostLines lines) {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputStream stream() throws IOException {
        FileChannel in = open(file);
        return BoundedInputStream.builder()
                .setInputStream(Channels.newInputStream(in.position(from)))
                .setMaxCount(to - from)
                .get();
    }

    private static FileChannel open(String file) throws IOException {
        Path path = Path.of(file);
        if (!Files.isRegularFile(path)) {
            throw new DataException(
                    path,
                    "is missing on "
                            + InetAddress.getLocalHost().getHostName()
                            + "; the driver and all workers must find it under this path");
        }
        return FileChannel.open(path);
    }
}
