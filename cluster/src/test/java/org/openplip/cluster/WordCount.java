package org.openplip.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.openplip.io.DataException;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Where each word stands and how often, with every kind of step.
final class WordCount {
    private static final int WORDS = 1;
    private static final int EMPTY = 2;

    private WordCount() {}

    /// What a reader of some format may throw: it cannot be sent to the driver.
    private static final class NotSerializable extends Exception {
        private final Thread thread = Thread.currentThread();

        @Override
        public String getMessage() {
            return thread.getName();
        }
    }

    /// Words with the place of each; `!` in a line is an error, an empty value a line too long.
    record Words() implements Stage {
        @Override
        public Step open() {
            return Words::run;
        }

        private static void run(Iterator<Row> rows, Out out) throws IOException {
            while (rows.hasNext()) {
                Row row = rows.next();
                String line = new String(row.value(), StandardCharsets.UTF_8);
                if (line.contains("!")) {
                    long number = ByteBuffer.wrap(row.key()).getLong(4);
                    throw new DataException(
                            "posts", "line " + number, "shouts", new NotSerializable());
                }
                if (line.isEmpty()) out.row(EMPTY, row.key(), new byte[0]);
                for (String word : line.split(" ")) {
                    out.row(WORDS, word.getBytes(StandardCharsets.UTF_8), row.key());
                }
            }
        }
    }

    /// The number of each word's rows, in upper case, and its first and last place.
    record Count() implements Stage {
        @Override
        public Step open() {
            return Count::run;
        }

        private static void run(Iterator<Row> rows, Out out) throws IOException {
            Row first = rows.next();
            Row last = first;
            int count = 1;
            while (rows.hasNext()) {
                Row row = rows.next();
                if (!java.util.Arrays.equals(row.key(), last.key())) {
                    put(first, last, count, out);
                    first = row;
                    count = 0;
                }
                count++;
                last = row;
            }
            put(first, last, count, out);
        }

        private static void put(Row first, Row last, int count, Out out) throws IOException {
            out.row(
                    0,
                    first.key(),
                    ByteBuffer.allocate(28)
                            .putInt(count)
                            .put(first.value())
                            .put(last.value())
                            .array());
        }
    }

    /// Each row, `times` times with a number before its key.
    record Repeat(int times) implements Stage {
        @Override
        public Step open() {
            return this::run;
        }

        private void run(Iterator<Row> rows, Out out) throws IOException {
            while (rows.hasNext()) {
                Row row = rows.next();
                for (int i = 0; i < times; i++) {
                    byte[] key =
                            ByteBuffer.allocate(1 + row.key().length)
                                    .put((byte) i)
                                    .put(row.key())
                                    .array();
                    out.row(i % 2, key, row.value());
                }
            }
        }
    }

    /// All rows in order, as text.
    static List<String> of(List<Path> files, Engine engine) throws IOException {
        Engine.Table words = engine.lines("words", files, new Words());
        Engine.Table counts = engine.group("counts", List.of(words.channel(WORDS)), new Count());
        Engine.Table given = engine.rows("given", out -> out.row(7, new byte[] {-1}, new byte[1]));
        Engine.Table repeated =
                engine.map("repeated", List.of(counts.channel(0), given.channel(7)), new Repeat(5));
        List<String> rows = new ArrayList<>();
        try (Engine.Cursor cursor =
                engine.sorted(
                        List.of(
                                repeated.channel(0),
                                repeated.channel(1),
                                words.channel(EMPTY),
                                words.channel(99)))) {
            while (cursor.hasNext()) {
                Row row = cursor.next();
                rows.add(
                        java.util.HexFormat.of().formatHex(row.key())
                                + "="
                                + java.util.HexFormat.of().formatHex(row.value()));
            }
        }
        return rows;
    }
}
