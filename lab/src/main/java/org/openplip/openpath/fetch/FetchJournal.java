package org.openplip.openpath.fetch;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// `fetch.jsonl`: what came of each address. A line is added as soon as an address is settled; of
/// two lines for one address the later holds. A killed run leaves at most its last line torn, which
/// is dropped. One process at a time. Safe to share. Memory grows by some 500 bytes an address.
final class FetchJournal implements Closeable {
    static final String NAME = "fetch.jsonl";

    private final Path file;
    private final FileChannel lockFile;
    private final FileChannel out;
    private final Map<String, Fetched> all;

    private FetchJournal(
            Path file, FileChannel lockFile, FileChannel out, Map<String, Fetched> all) {
        this.file = file;
        this.lockFile = lockFile;
        this.out = out;
        this.all = all;
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
            return new FetchJournal(file, lockFile, out, read(file));
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

    private static Map<String, Fetched> read(Path file) throws IOException {
        Map<String, Fetched> all = new LinkedHashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                Fetched fetched = Json.MAPPER.readValue(line, Fetched.class);
                if (fetched.url() == null || fetched.outcome() == null) {
                    throw new DataException(file, "line " + number, "is not a line of a journal");
                }
                all.put(fetched.url(), fetched);
            }
            return all;
        } catch (JsonProcessingException e) {
            throw new DataException(file, e.getOriginalMessage());
        }
    }

    synchronized @Nullable Fetched of(String url) {
        return all.get(url);
    }

    synchronized void add(Fetched fetched) throws IOException {
        byte[] line = line(fetched).getBytes(StandardCharsets.UTF_8);
        for (ByteBuffer bytes = ByteBuffer.wrap(line); bytes.hasRemaining(); ) out.write(bytes);
        all.put(fetched.url(), fetched);
    }

    private static String line(Fetched fetched) throws IOException {
        return Json.MAPPER.writeValueAsString(fetched) + "\n";
    }

    /// Leaves one line for each address, and ends the journal.
    synchronized void finish() throws IOException {
        out.close();
        AtomicFiles.write(
                file,
                content -> {
                    for (Fetched fetched : all.values()) {
                        content.write(line(fetched).getBytes(StandardCharsets.UTF_8));
                    }
                });
    }

    @Override
    public void close() throws IOException {
        out.close();
        lockFile.close();
    }
}
