package org.openplip.openpath.fetch;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// `fetch.jsonl`: what came of each address. A line is added as soon as an address is settled; of
/// two lines for one address the later holds. A killed run leaves at most its last line torn, which
/// is dropped. One process at a time. Safe to share. In memory is where each address's line begins,
/// some 30 bytes an address; the line itself is read when it is asked for.
final class FetchJournal implements Closeable {
    static final String NAME = "fetch.jsonl";

    private final Path file;
    private final FileChannel lockFile;
    private FileChannel out;
    private final OffsetTable lines;

    private FetchJournal(Path file, FileChannel lockFile, FileChannel out, OffsetTable lines) {
        this.file = file;
        this.lockFile = lockFile;
        this.out = out;
        this.lines = lines;
    }

    /// The journal in `folder`, begun where there is none.
    ///
    /// @throws DataException if another process has it, or a line is not one of a journal
    static FetchJournal open(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        FileChannel lockFile =
                FileChannel.open(
                        folder.resolve("fetch.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            if (lock(lockFile) == null) {
                throw new DataException(folder, "is in use by another fetch");
            }
            FileChannel out =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            dropTornLine(file, out);
            OffsetTable lines = new OffsetTable();
            forEachLine(file, (offset, _, fetched) -> lines.put(fetched.url(), offset));
            return new FetchJournal(file, lockFile, out, lines);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    private static void dropTornLine(Path file, FileChannel out) throws IOException {
        long end = out.size();
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
            for (; end > 0; end--) {
                bytes.seek(end - 1);
                if (bytes.read() == '\n') break;
            }
        }
        out.truncate(end);
        out.position(end);
    }

    /// Takes a line.
    @FunctionalInterface
    private interface Lines {
        void accept(long offset, byte[] line, Fetched fetched) throws IOException;
    }

    private static void forEachLine(Path file, Lines lines) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            long offset = 0;
            int number = 0;
            for (int next = in.read(); next >= 0; next = in.read()) {
                line.write(next);
                if (next != '\n') continue;
                number++;
                Fetched fetched = Json.MAPPER.readValue(line.toByteArray(), Fetched.class);
                if (fetched.url() == null || fetched.outcome() == null) {
                    throw new DataException(file, "line " + number, "is not a line of a journal");
                }
                lines.accept(offset, line.toByteArray(), fetched);
                offset += line.size();
                line.reset();
            }
        } catch (JsonProcessingException e) {
            throw new DataException(file, e.getOriginalMessage());
        }
    }

    synchronized @Nullable Fetched of(String url) throws IOException {
        long offset = lines.get(url);
        if (offset == OffsetTable.ABSENT) return null;
        Fetched fetched = Json.MAPPER.readValue(lineAt(offset), Fetched.class);
        return fetched.url().equals(url) ? fetched : null;
    }

    private byte[] lineAt(long offset) throws IOException {
        for (int size = 1024; ; size *= 2) {
            ByteBuffer bytes = ByteBuffer.allocate(size);
            while (bytes.hasRemaining() && out.read(bytes, offset + bytes.position()) >= 0) {}
            for (int i = 0; i < bytes.position(); i++) {
                if (bytes.get(i) == '\n') return Arrays.copyOf(bytes.array(), i);
            }
            if (bytes.hasRemaining()) throw new DataException(file, "was cut while in use");
        }
    }

    synchronized void add(Fetched fetched) throws IOException {
        long offset = out.position();
        byte[] line = line(fetched).getBytes(StandardCharsets.UTF_8);
        for (ByteBuffer bytes = ByteBuffer.wrap(line); bytes.hasRemaining(); ) out.write(bytes);
        lines.put(fetched.url(), offset);
    }

    private static String line(Fetched fetched) throws IOException {
        return Json.MAPPER.writeValueAsString(fetched) + "\n";
    }

    /// Leaves one line for each address; nothing can be added afterwards.
    synchronized void finish() throws IOException {
        AtomicFiles.write(
                file,
                content -> {
                    long[] end = {0};
                    forEachLine(
                            file,
                            (offset, line, fetched) -> {
                                if (lines.get(fetched.url()) != offset) return;
                                content.write(line);
                                lines.put(fetched.url(), end[0]);
                                end[0] += line.length;
                            });
                });
        out.close();
        out = FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public void close() throws IOException {
        out.close();
        lockFile.close();
    }
}
