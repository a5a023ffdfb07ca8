package org.openplip.cluster;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// What a step makes of the rows of a partition. The step is handed some rows at a time; what it
/// puts for them waits in memory, and from a size on in a file, so that neither a group nor its
/// output need fit into memory. For the thread of one task.
final class StageOutput implements Iterator<byte[]> {
    private static final int ROWS_OF_A_CALL = 512;
    private static final int BYTES_OF_A_CALL = 1 << 20;

    /// What waits in memory at most.
    private static final int MEMORY = 1 << 24;

    private final Iterator<byte[]> in;
    private final StageOfProcess stage;
    private final boolean grouped;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private @Nullable Row next;
    private @Nullable Spill spill;

    /// @param in [PackedRow]s; where they are grouped, in order
    StageOutput(Iterator<byte[]> in, StageOfProcess stage, boolean grouped) {
        this.in = in;
        this.stage = stage;
        this.grouped = grouped;
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) _ -> close());
        advance();
    }

    private void advance() {
        next = in.hasNext() ? PackedRow.unpack(in.next()) : null;
    }

    @Override
    public boolean hasNext() {
        try {
            while (waiting.isEmpty()) {
                if (spill != null && spill.readInto(waiting)) continue;
                if (next == null) return false;
                call();
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(sendable(e));
        }
    }

    @Override
    public byte[] next() {
        if (!hasNext()) throw new NoSuchElementException();
        return waiting.remove();
    }

    private void call() throws IOException {
        close();
        Call rows = new Call();
        Sink sink = new Sink();
        stage.step().run(rows, sink);
        while (rows.hasNext()) rows.next();
        if (spill != null) spill.written();
    }

    private void close() {
        if (spill != null) spill.close();
        spill = null;
    }

    /// An error that the driver can be sent: what caused it may not be serialisable.
    private static IOException sendable(IOException e) {
        return e instanceof DataException data
                ? new DataException(data.source(), data.position(), data.reason(), null)
                : e;
    }

    /// The rows of one call, the last group whole.
    private final class Call implements Iterator<Row> {
        private int rows;
        private long bytes;
        private byte[] key = new byte[0];

        @Override
        public boolean hasNext() {
            Row row = next;
            if (row == null) return false;
            if (rows < ROWS_OF_A_CALL && bytes < BYTES_OF_A_CALL) return true;
            return grouped && Arrays.equals(key, row.key());
        }

        @Override
        public Row next() {
            Row row = next;
            if (row == null || !hasNext()) throw new NoSuchElementException();
            rows++;
            bytes += row.key().length + row.value().length;
            key = row.key();
            advance();
            return row;
        }
    }

    private final class Sink implements Stage.Out {
        private long bytes;

        @Override
        public void row(int channel, byte[] key, byte[] value) throws IOException {
            byte[] packed = PackedRow.pack(channel, key, value);
            bytes += packed.length;
            if (bytes <= MEMORY) {
                waiting.add(packed);
            } else {
                if (spill == null) spill = new Spill();
                spill.add(packed);
            }
        }
    }

    /// Rows in a file of the task.
    private static final class Spill {
        private final Path file;
        private final DataOutputStream out;
        private @Nullable DataInputStream in;
        private long left;

        Spill() throws IOException {
            // In a folder that Spark removes, whatever ends the process.
            file =
                    SparkEnv.get()
                            .blockManager()
                            .diskBlockManager()
                            .createTempLocalBlock()
                            ._2()
                            .toPath();
            out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        }

        void add(byte[] packed) throws IOException {
            out.writeInt(packed.length);
            out.write(packed);
            left++;
        }

        void written() throws IOException {
            out.close();
            in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
        }

        boolean readInto(ArrayDeque<byte[]> rows) throws IOException {
            if (in == null || left == 0) return false;
            left--;
            byte[] packed = new byte[in.readInt()];
            in.readFully(packed);
            rows.add(packed);
            return true;
        }

        void close() {
            try {
                out.close();
                if (in != null) in.close();
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
