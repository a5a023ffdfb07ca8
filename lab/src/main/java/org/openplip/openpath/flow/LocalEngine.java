package org.openplip.openpath.flow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Progress;
import org.openplip.openpath.PostLines;

/// The engine of one machine: a fixed number of threads, tables on disk, and memory for the rows
/// that are sorted at a time. Every table is kept under its name while it grows, so that a process
/// that was killed goes on close to where it was.
public final class LocalEngine implements Engine {
    /// What a thread is handed at a time.
    private static final int CHUNK_ROWS = 512;

    private static final int CHUNK_BYTES = 1 << 20;

    /// A group above this is not handed over, but gone through on the caller.
    private static final int LARGE_GROUP_BYTES = 1 << 24;

    /// How the engine runs; the rows do not depend on it.
    ///
    /// @param threads on which stages run
    /// @param memory bytes of rows that are sorted at a time
    /// @param checkpoint after how long what there is of a table is kept
    public record Settings(int threads, int memory, Duration checkpoint) {
        public Settings {
            if (threads < 1) {
                throw new IllegalArgumentException("threads: expected at least 1, got " + threads);
            }
            if (memory < 1) {
                throw new IllegalArgumentException("memory: expected at least 1, got " + memory);
            }
        }

        /// 64 MiB of rows, kept every 20 seconds.
        public static Settings of(int threads) {
            return new Settings(threads, 1 << 26, Duration.ofSeconds(20));
        }
    }

    /// Opens the input of a table.
    @FunctionalInterface
    private interface Input {
        Cursor open() throws IOException;
    }

    /// Rows for one call; with `rest`, the rows of a group that are still to be read.
    private record Chunk(List<Row> rows, boolean goesOn) {}

    private record Made(Batch batch, int rows) {}

    private final Path folder;
    private final Settings settings;
    private final Progress progress;
    private final ExecutorService pool;
    private final Set<String> names = new HashSet<>();

    /// @param folder where tables are kept
    public LocalEngine(Path folder, Settings settings, Progress progress) {
        this.folder = folder;
        this.settings = settings;
        this.progress = progress;
        this.pool =
                Executors.newFixedThreadPool(
                        settings.threads, Thread.ofPlatform().daemon().factory());
    }

    @Override
    public Table rows(String name, Source source) throws IOException {
        try (LocalTable.Writer table = table(name, "the caller")) {
            if (!table.isFinished()) source.writeTo(table::row);
            return table.finish();
        }
    }

    @Override
    public Table lines(String name, List<Path> files, Stage stage) throws IOException {
        return make(name, "lines", -1, () -> new Lines(files), stage, false);
    }

    @Override
    public Table map(String name, List<Rows> from, Stage stage) throws IOException {
        return make(
                name,
                identity(from),
                count(from),
                () -> new Concatenated(open(from)),
                stage,
                false);
    }

    @Override
    public Table group(String name, List<Rows> from, Stage stage) throws IOException {
        return make(name, identity(from), count(from), () -> new Merge(open(from)), stage, true);
    }

    @Override
    public Cursor sorted(List<Rows> from) throws IOException {
        return new Merge(open(from));
    }

    private static List<Run.Reader> open(List<Rows> from) throws IOException {
        List<Run.Reader> readers = new ArrayList<>();
        for (Rows rows : from) readers.addAll(channel(rows).open());
        return readers;
    }

    private static String identity(List<Rows> from) throws IOException {
        List<String> identities = new ArrayList<>();
        for (Rows rows : from) identities.add(channel(rows).identity());
        return String.join(", ", identities);
    }

    private static long count(List<Rows> from) {
        long count = 0;
        for (Rows rows : from) count += channel(rows).rows();
        return count;
    }

    private static LocalTable.Channel channel(Rows rows) {
        if (rows instanceof LocalTable.Channel channel) return channel;
        throw new IllegalArgumentException("rows: expected those of a local engine, got " + rows);
    }

    private LocalTable.Writer table(String name, String from) throws IOException {
        if (!names.add(name)) {
            throw new IllegalArgumentException("name: there is a table " + name + " already");
        }
        return new LocalTable.Writer(
                folder.resolve(name), from, settings.memory, settings.checkpoint);
    }

    private Table make(
            String name, String from, long total, Input input, Stage stage, boolean grouped)
            throws IOException {
        try (LocalTable.Writer table = table(name, from)) {
            if (table.isFinished()) return table.finish();
            try (Progress.Task task = progress.begin(name, total);
                    Cursor rows = input.open();
                    Stage.Step step = stage.open()) {
                for (long i = 0; i < table.consumed(); i++) rows.next();
                task.advance(table.consumed());
                run(new Chunks(rows, grouped), step, table, task);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            return table.finish();
        }
    }

    private void run(Chunks chunks, Stage.Step step, LocalTable.Writer table, Progress.Task task)
            throws IOException {
        ArrayDeque<Future<Made>> running = new ArrayDeque<>();
        try {
            while (chunks.hasNext() || !running.isEmpty()) {
                Chunk chunk = null;
                while (chunks.hasNext() && running.size() < 4 * settings.threads) {
                    chunk = chunks.next();
                    if (chunk.goesOn) break;
                    List<Row> rows = chunk.rows;
                    running.add(
                            pool.submit(
                                    () -> {
                                        Batch made = new Batch(1 << 16);
                                        step.run(rows.iterator(), made);
                                        return new Made(made, rows.size());
                                    }));
                    chunk = null;
                }
                do {
                    Future<Made> first = running.poll();
                    if (first == null) break;
                    Made made = first.get();
                    table.add(made.batch, made.rows);
                    task.advance(made.rows);
                } while (chunk != null);
                if (chunk != null) {
                    LargeGroup group = new LargeGroup(chunk.rows.iterator(), chunks);
                    step.run(group, table::row);
                    while (group.hasNext()) group.next();
                    table.add(new Batch(0), group.count);
                    task.advance(group.count);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) throw io;
            if (cause instanceof RuntimeException runtime) throw runtime;
            if (cause instanceof Error error) throw error;
            throw new IOException(cause);
        } finally {
            for (Future<Made> future : running) future.cancel(true);
        }
    }

    /// Cuts rows into what one call gets, groups left whole but for those that are too large.
    private static final class Chunks implements Iterator<Chunk> {
        private final Cursor rows;
        private final boolean grouped;
        private @Nullable Row next;

        Chunks(Cursor rows, boolean grouped) {
            this.rows = rows;
            this.grouped = grouped;
            advance();
        }

        private void advance() {
            next = rows.hasNext() ? rows.next() : null;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Chunk next() {
            Row row = next;
            if (row == null) throw new NoSuchElementException();
            List<Row> chunk = new ArrayList<>();
            long bytes = 0;
            while (true) {
                chunk.add(row);
                bytes += row.key().length + row.value().length;
                advance();
                if (next == null) return new Chunk(chunk, false);
                boolean inside = grouped && Run.sameKey(row, next);
                boolean full = chunk.size() >= CHUNK_ROWS || bytes >= CHUNK_BYTES;
                if (full && !inside) return new Chunk(chunk, false);
                if (inside && bytes >= LARGE_GROUP_BYTES) return new Chunk(chunk, true);
                row = next;
            }
        }

        /// The next row where it has the same key, or null.
        @Nullable Row takeIfSameKey(Row before) {
            Row row = next;
            if (row == null || !Run.sameKey(before, row)) return null;
            advance();
            return row;
        }
    }

    /// The rows of a chunk and all others of its last group.
    private static final class LargeGroup implements Iterator<Row> {
        private final Iterator<Row> first;
        private final Chunks rest;
        private @Nullable Row next;
        private long count;

        LargeGroup(Iterator<Row> first, Chunks rest) {
            this.first = first;
            this.rest = rest;
            this.next = first.next();
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Row next() {
            Row row = next;
            if (row == null) throw new NoSuchElementException();
            count++;
            next = first.hasNext() ? first.next() : rest.takeIfSameKey(row);
            return row;
        }
    }

    /// Rows of one run after the other.
    private static final class Concatenated implements Cursor {
        private final List<Run.Reader> readers;
        private int at;

        Concatenated(List<Run.Reader> readers) {
            this.readers = readers;
        }

        @Override
        public boolean hasNext() {
            while (at < readers.size() && !readers.get(at).hasNext()) at++;
            return at < readers.size();
        }

        @Override
        public Row next() {
            if (!hasNext()) throw new NoSuchElementException();
            return readers.get(at).next();
        }

        @Override
        public void close() throws IOException {
            for (Run.Reader reader : readers) reader.close();
        }
    }

    /// The lines of files as rows.
    private static final class Lines implements Cursor {
        private final Iterator<Path> files;
        private int file = -1;
        private @Nullable PostLines lines;

        Lines(List<Path> files) {
            this.files = files.iterator();
        }

        @Override
        public boolean hasNext() {
            try {
                while (lines == null || !lines.hasNext()) {
                    if (!files.hasNext()) return false;
                    close();
                    lines = new PostLines(files.next());
                    file++;
                }
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Row next() {
            if (!hasNext() || lines == null) throw new NoSuchElementException();
            PostLines.Line line = lines.next();
            byte[] bytes = line.bytes();
            return new Row(
                    ByteBuffer.allocate(12).putInt(file).putLong(line.number()).array(),
                    bytes == null ? new byte[0] : bytes);
        }

        @Override
        public void close() throws IOException {
            if (lines != null) lines.close();
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
