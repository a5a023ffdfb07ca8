package org.openplip.openpath.flow;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// A file of rows in the order of their channels, keys and values.
///
/// @param file its name in the table's folder
/// @param crc32c of the whole file
/// @param parts by channel, ascending
record Run(String file, long bytes, long crc32c, List<Part> parts) {
    private static final int BUFFER = 1 << 16;

    /// Where the rows of one channel stand.
    record Part(int channel, long offset, long bytes, long rows) {}

    /// Whether the file is as it was written.
    boolean isWhole(Path folder) throws IOException {
        Path path = folder.resolve(file);
        if (!Files.isRegularFile(path) || Files.size(path) != bytes) return false;
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(path)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) crc.update(buffer, 0, n);
        }
        return crc.getValue() == crc32c;
    }

    /// Writes a run. Rows come in order.
    static final class Writer implements Closeable {
        private final String name;
        private final OutputStream out;
        private final CRC32C crc = new CRC32C();
        private final List<Part> parts = new ArrayList<>();
        private final Batch one = new Batch(1 << 12);
        private int channel = -1;
        private long offset;
        private long start;
        private long rows;

        Writer(Path folder, String name) throws IOException {
            this.name = name;
            this.out =
                    new BufferedOutputStream(Files.newOutputStream(folder.resolve(name)), BUFFER);
        }

        /// Appends the row that stands at `at`.
        void row(byte[] bytes, int at) throws IOException {
            if (bytes[at] != channel) {
                endPart();
                channel = bytes[at];
            }
            int size = Batch.size(bytes, at);
            out.write(bytes, at, size);
            crc.update(bytes, at, size);
            offset += size;
            rows++;
        }

        void row(int ofChannel, Row row) throws IOException {
            one.clear();
            one.row(ofChannel, row.key(), row.value());
            row(one.bytes(), 0);
        }

        private void endPart() {
            if (rows > 0) parts.add(new Part(channel, start, offset - start, rows));
            start = offset;
            rows = 0;
        }

        Run finish() throws IOException {
            endPart();
            out.close();
            return new Run(name, offset, crc.getValue(), List.copyOf(parts));
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    /// The rows of one channel of a run, in order.
    static final class Reader implements Engine.Cursor {
        private final Path file;
        private final InputStream in;
        private final byte[] head = new byte[Batch.HEAD];
        private long left;
        private @Nullable Row next;

        Reader(Path file, Part part) throws IOException {
            this.file = file;
            this.in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
            this.left = part.rows();
            try {
                in.skipNBytes(part.offset());
                advance();
            } catch (IOException | RuntimeException e) {
                in.close();
                throw e;
            }
        }

        private void advance() throws IOException {
            next = null;
            if (left == 0) return;
            left--;
            if (in.readNBytes(head, 0, head.length) < head.length) throw new EOFException();
            byte[] key = in.readNBytes(Batch.keyLength(head, 0));
            byte[] value = in.readNBytes(Batch.valueLength(head, 0));
            if (key.length < Batch.keyLength(head, 0)
                    || value.length < Batch.valueLength(head, 0)) {
                throw new DataException(file, "is cut short");
            }
            next = new Row(key, value);
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        /// The row that [#next] will give.
        Row peek() {
            if (next == null) throw new NoSuchElementException();
            return next;
        }

        @Override
        public Row next() {
            Row row = peek();
            try {
                advance();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return row;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /// A batch as a run.
    static Run write(Path folder, String name, Batch batch) throws IOException {
        int[] places = RowSorter.sort(batch);
        try (Writer writer = new Writer(folder, name)) {
            for (int place : places) writer.row(batch.bytes(), place);
            return writer.finish();
        }
    }

    /// Whether two keys are the same.
    static boolean sameKey(Row a, Row b) {
        return Arrays.equals(a.key(), b.key());
    }
}
