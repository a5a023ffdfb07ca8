package org.openplip.openpath.flow;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// A table as a folder of sorted runs and `table.json`, which says which runs hold and how many
/// input rows they come from. What it does not name is not there, and what differs from it is not
/// trusted.
final class LocalTable implements Engine.Table {
    private static final String INDEX = "table.json";

    /// How many runs are merged at a time; each takes a file and a buffer of 64 KiB.
    private static final int MOST_RUNS = 64;

    /// @param from what the rows were made of
    /// @param consumed how many rows of the input are in
    private record Index(String from, long consumed, boolean finished, List<Run> runs) {}

    /// The rows of one channel.
    record Channel(LocalTable table, int channel) implements Engine.Rows {
        List<Run.Reader> open() throws IOException {
            List<Run.Reader> readers = new ArrayList<>();
            try {
                for (Run run : table.index.runs) {
                    for (Run.Part part : run.parts()) {
                        if (part.channel() != channel) continue;
                        readers.add(new Run.Reader(table.folder.resolve(run.file()), part));
                    }
                }
            } catch (IOException e) {
                for (Run.Reader reader : readers) reader.close();
                throw e;
            }
            return readers;
        }

        long rows() {
            long rows = 0;
            for (Run run : table.index.runs) {
                for (Run.Part part : run.parts()) {
                    if (part.channel() == channel) rows += part.rows();
                }
            }
            return rows;
        }

        /// Changes when the rows stand in another order in the runs.
        String identity() throws IOException {
            return channel + " of " + Hashes.sha256(table.folder.resolve(INDEX));
        }
    }

    private final Path folder;
    private final Index index;

    private LocalTable(Path folder, Index index) {
        this.folder = folder;
        this.index = index;
    }

    @Override
    public Engine.Rows channel(int channel) {
        return new Channel(this, channel);
    }

    /// Writes a table, or goes on with one.
    static final class Writer implements Closeable {
        private final Path folder;
        private final String from;
        private final int memory;
        private final long checkpointNanos;
        private final List<Run> runs = new ArrayList<>();
        private final Batch batch;
        private boolean finished;
        private long consumed;
        private long written = System.nanoTime();
        private int files;

        /// @param from what the rows are made of; a table made of something else is removed
        /// @param memory bytes of rows that are sorted at a time
        /// @param checkpoint after how long what there is is kept
        Writer(Path folder, String from, int memory, Duration checkpoint) throws IOException {
            this.folder = folder;
            this.from = from;
            this.memory = memory;
            this.checkpointNanos = checkpoint.toNanos();
            Index kept = kept();
            if (kept == null) {
                AtomicFiles.deleteTree(folder);
                Files.createDirectories(folder);
            } else {
                runs.addAll(kept.runs);
                consumed = kept.consumed;
                finished = kept.finished;
                files = removeOthers();
            }
            batch = new Batch(Math.min(memory, 1 << 16));
        }

        private @Nullable Index kept() throws IOException {
            Path file = folder.resolve(INDEX);
            if (!Files.isRegularFile(file)) return null;
            Index kept;
            try {
                kept = Json.read(file, Index.class);
            } catch (DataException _) {
                return null;
            }
            if (!kept.from.equals(from)) return null;
            for (Run run : kept.runs) if (!run.isWhole(folder)) return null;
            return kept;
        }

        private int removeOthers() throws IOException {
            SortedSet<String> known = new TreeSet<>();
            int last = 0;
            for (Run run : runs) {
                known.add(run.file());
                last = Math.max(last, Integer.parseInt(run.file().substring(0, 6)));
            }
            try (Stream<Path> all = Files.list(folder)) {
                for (Path file : all.toList()) {
                    String name = String.valueOf(file.getFileName());
                    if (!name.equals(INDEX) && !known.contains(name)) Files.delete(file);
                }
            }
            return last;
        }

        boolean isFinished() {
            return finished;
        }

        /// How many rows of the input are in.
        long consumed() {
            return consumed;
        }

        /// Adds what `rows` rows of the input gave.
        void add(Batch made, long rows) throws IOException {
            if (batch.length() > 0 && (long) batch.length() + made.length() > memory) keep();
            batch.add(made);
            consumed += rows;
            if (batch.length() >= memory || System.nanoTime() - written >= checkpointNanos) keep();
        }

        /// Adds a row of what the input gives, of which not all is there yet.
        void row(int channel, byte[] key, byte[] value) throws IOException {
            batch.row(channel, key, value);
            if (batch.length() >= memory) spill();
        }

        private String nextFile() {
            return "%06d.run".formatted(++files);
        }

        /// Writes what is in memory; without the index it does not count.
        private void spill() throws IOException {
            if (batch.length() == 0) return;
            runs.add(Run.write(folder, nextFile(), batch));
            batch.clear();
        }

        private void keep() throws IOException {
            spill();
            Json.write(folder.resolve(INDEX), new Index(from, consumed, finished, runs));
            written = System.nanoTime();
        }

        LocalTable finish() throws IOException {
            if (!finished) {
                spill();
                List<Run> before = List.copyOf(runs);
                while (runs.size() > MOST_RUNS) mergeFirst();
                finished = true;
                keep();
                for (Run run : before) {
                    if (!runs.contains(run)) Files.delete(folder.resolve(run.file()));
                }
            }
            return new LocalTable(folder, new Index(from, consumed, true, List.copyOf(runs)));
        }

        /// Merges the runs at the front into one at the end.
        private void mergeFirst() throws IOException {
            List<Run> some = List.copyOf(runs.subList(0, MOST_RUNS));
            LocalTable table = new LocalTable(folder, new Index(from, 0, false, some));
            SortedSet<Integer> channels = new TreeSet<>();
            for (Run run : some) {
                for (Run.Part part : run.parts()) channels.add(part.channel());
            }
            try (Run.Writer writer = new Run.Writer(folder, nextFile())) {
                for (int channel : channels) {
                    try (Merge merge = new Merge(new Channel(table, channel).open())) {
                        while (merge.hasNext()) writer.row(channel, merge.next());
                    }
                }
                runs.subList(0, MOST_RUNS).clear();
                runs.add(writer.finish());
            }
        }

        @Override
        public void close() {
            batch.clear();
        }
    }
}
