package org.openplip.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.openplip.io.ProtobufMessage;

/// `events.out.tfevents.SECONDS.openplip`: a run's numbers as TensorBoard reads them, a file for
/// each process that wrote to the run.
///
/// A file is records: the length of the data (eight bytes, little-endian), a checksum of these
/// bytes, the data, a checksum of the data. The checksum is CRC-32C, turned right by 15 bits, plus
/// a constant, as in TensorFlow's `record_writer.cc`. The data are a message `Event` of
/// `event.proto`.
final class EventFile implements AutoCloseable {
    private static final String PREFIX = "events.out.tfevents.";
    private static final String FORMAT = "brain.Event:2";
    private static final int CHECKSUM_MASK = 0xa282ead8;

    /// Before and after the data of a record.
    private static final int HEAD = 12;

    private static final int TAIL = 4;

    // Fields of Event.
    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SESSION_LOG = 7;

    private final FileChannel channel;
    private final InstantSource clock;

    private EventFile(FileChannel channel, InstantSource clock) {
        this.channel = channel;
        this.clock = clock;
    }

    /// Opens a new file in `run` to go on after `steps` steps: what earlier files hold of later
    /// steps is cut off, and a TensorBoard that has read it already is told to forget it.
    static EventFile open(Path run, long steps, InstantSource clock) throws IOException {
        long number = clock.instant().getEpochSecond();
        for (Path earlier : files(run)) {
            cut(earlier, steps);
            String name = earlier.getFileName().toString();
            String digits = name.substring(PREFIX.length()).replaceFirst("\\..*", "");
            number = Math.max(number, Long.parseLong(digits) + 1); // read in the order of the names
        }
        EventFile file =
                new EventFile(
                        FileChannel.open(
                                run.resolve(PREFIX + number + ".openplip"),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE),
                        clock);
        file.write(file.event(0).text(FILE_VERSION, FORMAT));
        if (steps > 0) {
            ProtobufMessage started = new ProtobufMessage().number(1, 1); // status START
            file.write(file.event(steps + 1).message(SESSION_LOG, started));
        }
        return file;
    }

    private static List<Path> files(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run)) {
            return files.filter(file -> file.getFileName().toString().matches(PREFIX + "\\d+\\..*"))
                    .sorted()
                    .toList();
        }
    }

    /// Adds one number for each tag.
    void add(long step, Map<String, Double> values) throws IOException {
        ProtobufMessage summary = new ProtobufMessage();
        values.forEach(
                (tag, value) ->
                        summary.message(
                                1, new ProtobufMessage().text(1, tag).real(2, value.floatValue())));
        write(event(step).message(SUMMARY, summary));
    }

    private ProtobufMessage event(long step) {
        Instant now = clock.instant();
        return new ProtobufMessage()
                .real(WALL_TIME, now.getEpochSecond() + now.getNano() / 1e9)
                .number(STEP, step);
    }

    private void write(ProtobufMessage event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        event.writeTo(bytes);
        byte[] data = bytes.toByteArray();
        byte[] length = buffer(Long.BYTES).putLong(data.length).array();
        ByteBuffer record = buffer(HEAD + data.length + TAIL);
        record.put(length).putInt(checksum(length)).put(data).putInt(checksum(data));
        record.flip();
        while (record.hasRemaining()) channel.write(record);
    }

    private static int checksum(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return Integer.rotateRight((int) sum.getValue(), 15) + CHECKSUM_MASK;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    // ---- cutting --------------------------------------------------------------------------

    /// Cuts `file` before its first event of a later step than `steps`, and before one that was not
    /// wholly written.
    private static void cut(Path file, long steps) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file));
            all.order(ByteOrder.LITTLE_ENDIAN);
            int whole = 0;
            for (byte[] data = data(all); data != null; data = data(all)) {
                if (step(data) > steps) break;
                whole = all.position();
            }
            channel.truncate(whole);
        }
    }

    /// The data of the next record; null if there is none that is whole.
    private static byte @Nullable [] data(ByteBuffer all) {
        if (all.remaining() < HEAD) return null;
        long length = all.getLong();
        int _ = all.getInt();
        if (length < 0 || length > all.remaining() - TAIL) return null;
        byte[] data = new byte[(int) length];
        all.get(data);
        return all.getInt() == checksum(data) ? data : null;
    }

    /// The step of an event that was written here, with time and step before all else.
    private static long step(byte[] event) {
        long step = 0;
        int at = 1 + Double.BYTES + 1;
        for (int shift = 0; at < event.length; shift += 7) {
            byte next = event[at++];
            step |= (long) (next & 0x7f) << shift;
            if (next >= 0) break;
        }
        return step;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
