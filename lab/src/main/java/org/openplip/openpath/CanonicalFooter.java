package org.openplip.openpath;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Collections;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/// Where a Parquet writer writes to, so that the same rows give the same bytes: the writer takes
/// the order in which the footer lists the encodings of a column from a hash set of enum constants,
/// whose hash codes differ from process to process. Here they are put in the order of their
/// numbers. The footer is not longer or shorter for it, and nothing else refers into it.
///
/// The writer asks for its position before and after the footer. So what came between the last few
/// such questions is held back.
final class CanonicalFooter extends PositionOutputStream {
    private static final int HELD = 3;

    /// The footer's length (int32, little-endian) and `PAR1`.
    private static final int TAIL = 8;

    private final OutputStream out;
    private final ArrayDeque<byte[]> held = new ArrayDeque<>();
    private final ByteArrayOutputStream now = new ByteArrayOutputStream();
    private long position;
    private boolean closed;

    private CanonicalFooter(OutputStream out) {
        this.out = out;
    }

    /// A file that is written to `out`, which is flushed and not closed at its end.
    static OutputFile file(OutputStream out) {
        return new OutputFile() {
            @Override
            public PositionOutputStream create(long blockSize) {
                return new CanonicalFooter(out);
            }

            @Override
            public PositionOutputStream createOrOverwrite(long blockSize) {
                return create(blockSize);
            }

            @Override
            public boolean supportsBlockSize() {
                return false;
            }

            @Override
            public long defaultBlockSize() {
                return 0;
            }
        };
    }

    @Override
    public long getPos() throws IOException {
        if (now.size() > 0) {
            held.addLast(now.toByteArray());
            now.reset();
            if (held.size() > HELD) out.write(held.removeFirst());
        }
        return position;
    }

    @Override
    public void write(int b) {
        now.write(b);
        position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        now.write(bytes, offset, length);
        position += length;
    }

    @Override
    public void close() throws IOException {
        if (closed) return;
        closed = true;
        ByteArrayOutputStream end = new ByteArrayOutputStream();
        for (byte[] part : held) end.write(part);
        now.writeTo(end);
        out.write(canonical(end.toByteArray()));
        out.flush();
    }

    private static byte[] canonical(byte[] end) throws IOException {
        if (end.length < TAIL) return end; // a table that was given up
        int length = ByteBuffer.wrap(end).order(ByteOrder.LITTLE_ENDIAN).getInt(end.length - TAIL);
        int start = end.length - TAIL - length;
        if (start < 0) throw new IllegalStateException("the footer was not held back whole");
        FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(end, start, length));
        for (RowGroup group : footer.getRow_groups()) {
            for (ColumnChunk column : group.getColumns()) {
                Collections.sort(column.getMeta_data().getEncodings());
            }
        }
        ByteArrayOutputStream written = new ByteArrayOutputStream(length);
        Util.writeFileMetaData(footer, written);
        if (written.size() != length) {
            throw new IllegalStateException(
                    "the footer had %d bytes and has %d".formatted(length, written.size()));
        }
        System.arraycopy(written.toByteArray(), 0, end, start, length);
        return end;
    }
}
