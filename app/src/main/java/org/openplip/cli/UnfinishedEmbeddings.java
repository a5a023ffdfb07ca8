package org.openplip.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.jerolba.carpet.CarpetWriter;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Npy;
import org.openplip.openpath.ParquetTable;

/// Embeddings on their way to a file, in the folder `OUT.unfinished` beside it; a kill loses the
/// work of seconds, and memory does not grow with the inputs.
///
/// | file | what |
/// | --- | --- |
/// | `inputs.jsonl` | a path or a caption a line, in order |
/// | `job.json` | what the run was asked for; there once `inputs.jsonl` is whole |
/// | `embeddings` | the matrix so far, behind the room for a header |
/// | `left-out.jsonl` | the inputs without a row: `input` (its place), `reason` |
/// | `progress.json` | how much of these two is sure to be on disk; what follows is cut off when the work goes on |
///
/// The results appear by rename, the embeddings last; then the folder goes. For one thread.
final class UnfinishedEmbeddings implements Closeable {
    /// Time between two steps of forcing the work to disk.
    private static final Duration STEP = Duration.ofSeconds(2);

    /// How to embed.
    ///
    /// @param model the checkpoint's path
    /// @param modelFiles hash of the names, sizes and times of its files
    record Settings(
            boolean images,
            String model,
            String modelFiles,
            String precision,
            boolean raw,
            Npy.Type dtype,
            int batch) {
        /// What tells the files of a checkpoint from those that were there at another time.
        static String modelFiles(Path model) throws IOException {
            StringBuilder files = new StringBuilder();
            try (Stream<Path> tree = Files.walk(model)) {
                for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
                    files.append(model.relativize(file))
                            .append(' ')
                            .append(Files.size(file))
                            .append(' ')
                            .append(Files.getLastModifiedTime(file).toMillis())
                            .append('\n');
                }
            }
            return Hashes.sha256(files.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /// What must be the same for the work to go on.
    private record Job(Settings settings, long inputs, String inputsSha256) {}

    /// How far the work is.
    ///
    /// @param inputs done, with a row or without
    /// @param rows of the matrix
    private record Done(
            long inputs, long rows, long matrixBytes, long leftOut, long leftOutBytes) {}

    private record NoRow(long input, String reason) {}

    private record ImageRow(long row, String image) {}

    private record CaptionRow(long row, String caption) {}

    private record ImageEmbedding(long row, String image, List<Float> embedding) {}

    private record CaptionEmbedding(long row, String caption, List<Float> embedding) {}

    /// Hands all inputs over.
    @FunctionalInterface
    interface Inputs {
        void forEach(InputSink sink) throws IOException;
    }

    private final Path out;
    private final Path folder;
    private final Job job;
    private final FileChannel lock;
    private final FileChannel matrix;
    private final FileChannel leftOut;
    private final OutputStream matrixBytes;
    private final OutputStream leftOutBytes;
    private Done done;
    private long forced = System.nanoTime() - STEP.toNanos();

    private UnfinishedEmbeddings(Path out, Path folder, Job job, Done done, FileChannel lock)
            throws IOException {
        this.out = out;
        this.folder = folder;
        this.job = job;
        this.done = done;
        this.lock = lock;
        this.matrix = openAt("embeddings", done.matrixBytes);
        this.leftOut = openAt("left-out.jsonl", done.leftOutBytes);
        this.matrixBytes = new BufferedOutputStream(Channels.newOutputStream(matrix), 1 << 18);
        this.leftOutBytes = new BufferedOutputStream(Channels.newOutputStream(leftOut));
    }

    /// The work that will end in `out`, where it was, or at its beginning.
    ///
    /// @throws DataException if the folder is of another work, or another process is at it
    static UnfinishedEmbeddings open(Path out, Settings settings, Inputs inputs)
            throws IOException {
        Path target = out.toAbsolutePath();
        Path folder = target.resolveSibling(target.getFileName() + ".unfinished");
        Files.createDirectories(folder);
        FileChannel lock =
                FileChannel.open(
                        folder.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        if (lock.tryLock() == null) {
            lock.close();
            throw new DataException(out, "another process is at work on it");
        }
        boolean opened = false;
        try {
            Job job = list(folder, settings, inputs);
            Path before = folder.resolve("job.json");
            Done done = new Done(0, 0, Npy.HEADER_BYTES, 0, 0);
            if (Files.exists(before)) {
                compare(folder, Json.read(before), Json.MAPPER.valueToTree(job));
                Path progress = folder.resolve("progress.json");
                if (Files.exists(progress)) done = Json.read(progress, Done.class);
            } else {
                Json.write(before, job);
            }
            UnfinishedEmbeddings work = new UnfinishedEmbeddings(target, folder, job, done, lock);
            opened = true;
            return work;
        } finally {
            if (!opened) {
                if (!Files.exists(folder.resolve("job.json"))) AtomicFiles.deleteTree(folder);
                lock.close();
            }
        }
    }

    /// Writes `inputs.jsonl`: the same bytes where the inputs are the same.
    private static Job list(Path folder, Settings settings, Inputs inputs) throws IOException {
        Path fresh = folder.resolve("inputs.new.jsonl");
        long[] count = {0};
        AtomicFiles.write(
                fresh,
                bytes -> {
                    inputs.forEach(
                            input -> {
                                bytes.write(Json.MAPPER.writeValueAsBytes(input));
                                bytes.write('\n');
                                count[0]++;
                            });
                });
        Job job = new Job(settings, count[0], Hashes.sha256(fresh));
        if (Files.exists(folder.resolve("job.json"))) {
            Files.delete(fresh);
        } else {
            Files.move(
                    fresh,
                    folder.resolve("inputs.jsonl"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        return job;
    }

    private static void compare(Path folder, JsonNode before, JsonNode now) throws DataException {
        List<String> differences = new ArrayList<>();
        differences(before, now, differences);
        if (differences.isEmpty()) return;
        throw new DataException(
                folder,
                "is unfinished work of another call (%s); repeat that call, or delete the folder"
                        .formatted(String.join(", ", differences)));
    }

    private static void differences(JsonNode before, JsonNode now, List<String> differences) {
        now.properties()
                .forEach(
                        field -> {
                            JsonNode other = before.path(field.getKey());
                            if (field.getValue().isObject()) {
                                differences(other, field.getValue(), differences);
                            } else if (!other.asText().equals(field.getValue().asText())) {
                                differences.add(
                                        "%s %s, now %s"
                                                .formatted(
                                                        field.getKey(),
                                                        other.asText(),
                                                        field.getValue().asText()));
                            }
                        });
    }

    private FileChannel openAt(String name, long size) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        folder.resolve(name),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        channel.truncate(size);
        return channel.position(size);
    }

    // ---- going on -------------------------------------------------------------------------

    /// All inputs, those that are done too.
    long inputs() {
        return job.inputs;
    }

    /// Inputs that are done.
    long doneInputs() {
        return done.inputs;
    }

    long rows() {
        return done.rows;
    }

    /// Inputs without a row.
    long leftOut() {
        return done.leftOut;
    }

    /// The inputs that are not done, in order. To be closed.
    Stream<String> remaining() throws IOException {
        BufferedReader lines = Files.newBufferedReader(folder.resolve("inputs.jsonl"));
        return lines.lines()
                .skip(done.inputs)
                .map(line -> parse(line, String.class))
                .onClose(
                        () -> {
                            try {
                                lines.close();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
    }

    private static <T> T parse(String line, Class<T> type) {
        try {
            return Json.MAPPER.readValue(line, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The next input's row.
    void row(float[] embedding) throws IOException {
        byte[] row = job.settings.dtype.row(embedding).array();
        matrixBytes.write(row);
        done =
                new Done(
                        done.inputs + 1,
                        done.rows + 1,
                        done.matrixBytes + row.length,
                        done.leftOut,
                        done.leftOutBytes);
    }

    /// The next input has no row.
    void noRow(String reason) throws IOException {
        byte[] line = Json.MAPPER.writeValueAsBytes(new NoRow(done.inputs, reason));
        leftOutBytes.write(line);
        leftOutBytes.write('\n');
        done =
                new Done(
                        done.inputs + 1,
                        done.rows,
                        done.matrixBytes,
                        done.leftOut + 1,
                        done.leftOutBytes + line.length + 1);
    }

    /// Forces the work to disk if that was long ago. To be called where the rest of the inputs
    /// would be embedded to the same bits by a run that begins here.
    void step() throws IOException {
        if (System.nanoTime() - forced < STEP.toNanos()) return;
        force();
        Json.write(folder.resolve("progress.json"), done);
        forced = System.nanoTime();
    }

    private void force() throws IOException {
        matrixBytes.flush();
        leftOutBytes.flush();
        matrix.force(true);
        leftOut.force(true);
    }

    // ---- the end --------------------------------------------------------------------------

    /// Writes the results: `OUT.rows.parquet` beside a matrix, `OUT.unreadable.tsv` where inputs
    /// were left out, and `OUT`, a table if its name ends so. The folder goes.
    ///
    /// @param width of a row
    void finish(int width) throws IOException {
        if (done.inputs != job.inputs) {
            throw new IllegalStateException(
                    "finished after %d of %d inputs".formatted(done.inputs, job.inputs));
        }
        force();
        boolean images = job.settings.images;
        writeLeftOut();
        if (isTable(out)) {
            try (InputStream rows = Files.newInputStream(folder.resolve("embeddings"));
                    InputStream buffered = new BufferedInputStream(rows, 1 << 18)) {
                buffered.skipNBytes(Npy.HEADER_BYTES);
                if (images) {
                    writeTable(
                            out,
                            ImageEmbedding.class,
                            (row, input) -> new ImageEmbedding(row, input, read(buffered, width)));
                } else {
                    writeTable(
                            out,
                            CaptionEmbedding.class,
                            (row, input) ->
                                    new CaptionEmbedding(row, input, read(buffered, width)));
                }
            }
        } else {
            Path rows = beside(".rows.parquet");
            if (images) writeTable(rows, ImageRow.class, ImageRow::new);
            else writeTable(rows, CaptionRow.class, CaptionRow::new);
            ByteBuffer header = ByteBuffer.wrap(Npy.header(job.settings.dtype, done.rows, width));
            matrix.position(0);
            while (header.hasRemaining()) matrix.write(header);
            matrix.force(true);
            Files.move(
                    folder.resolve("embeddings"),
                    out,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        AtomicFiles.deleteTree(folder);
    }

    static boolean isTable(Path out) {
        return out.toString().endsWith(".parquet");
    }

    /// The list of inputs that were left out.
    Path leftOutList() {
        return beside(".unreadable.tsv");
    }

    private Path beside(String ending) {
        return out.resolveSibling(out.getFileName() + ending);
    }

    private List<Float> read(InputStream rows, int width) throws IOException {
        byte[] bytes = rows.readNBytes(width * job.settings.dtype.bytes());
        float[] values = new float[width];
        job.settings.dtype.read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), values);
        List<Float> row = new ArrayList<>(width);
        for (float value : values) row.add(value);
        return row;
    }

    private interface RowOf<T> {
        T row(long row, String input) throws IOException;
    }

    private <T extends Record> void writeTable(Path file, Class<T> type, RowOf<T> rowOf)
            throws IOException {
        AtomicFiles.write(
                file,
                bytes -> {
                    try (CarpetWriter<T> table = ParquetTable.writer(bytes, type)) {
                        long[] row = {0};
                        forEachInput(
                                (input, reason) -> {
                                    if (reason == null) table.write(rowOf.row(row[0]++, input));
                                });
                    }
                });
    }

    private void writeLeftOut() throws IOException {
        if (done.leftOut == 0) {
            Files.deleteIfExists(leftOutList());
            return;
        }
        AtomicFiles.write(
                leftOutList(),
                bytes -> {
                    CSVPrinter table =
                            new CSVPrinter(
                                    new OutputStreamWriter(bytes, StandardCharsets.UTF_8),
                                    CSVFormat.TDF.builder().setRecordSeparator('\n').get());
                    table.printRecord("image", "reason");
                    forEachInput(
                            (input, reason) -> {
                                if (reason != null) table.printRecord(input, reason);
                            });
                    table.flush();
                });
    }

    private interface Visitor {
        /// @param reason why the input has no row; null if it has one
        void visit(String input, @Nullable String reason) throws IOException;
    }

    private void forEachInput(Visitor visitor) throws IOException {
        try (BufferedReader inputs = Files.newBufferedReader(folder.resolve("inputs.jsonl"));
                BufferedReader gaps = Files.newBufferedReader(folder.resolve("left-out.jsonl"))) {
            NoRow gap = next(gaps);
            for (long i = 0; i < job.inputs; i++) {
                String input = parse(inputs.readLine(), String.class);
                if (gap != null && gap.input == i) {
                    visitor.visit(input, gap.reason);
                    gap = next(gaps);
                } else {
                    visitor.visit(input, null);
                }
            }
        }
    }

    private static @Nullable NoRow next(BufferedReader gaps) throws IOException {
        String line = gaps.readLine();
        return line == null ? null : parse(line, NoRow.class);
    }

    /// Leaves the work as it is on disk; nothing, if it had not begun.
    @Override
    public void close() throws IOException {
        matrix.close();
        leftOut.close();
        if (done.inputs == 0 && Files.exists(folder)) AtomicFiles.deleteTree(folder);
        lock.close();
    }
}
