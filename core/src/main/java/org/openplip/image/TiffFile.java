package org.openplip.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// The directories of a TIFF 6.0 or BigTIFF file, in file order; nothing is decoded yet.
///
/// Every offset and count is checked against the file's length when it is read. Reads go through a
/// mapping of the file, so they are thread-safe and survive interrupts. Closing ends the mapping
/// and with it the use of the directories; the opener closes.
public final class TiffFile implements AutoCloseable {
    /// More directories than any slide has; stops files that were made to be slow.
    private static final int MAXIMUM_DIRECTORIES = 4096;

    private final MemorySegment data;
    private final @Nullable Arena arena;
    private final String source;
    private final ValueLayout.OfShort u16;
    private final ValueLayout.OfInt u32;
    private final ValueLayout.OfLong u64;
    private final boolean big;
    private final List<TiffDirectory> directories;

    /// A tag's values: `count` values of `type`, from byte `offset`.
    record Entry(int type, long count, long offset) {}

    private TiffFile(MemorySegment data, @Nullable Arena arena, String source)
            throws DataException {
        this.data = data;
        this.arena = arena;
        this.source = source;
        if (data.byteSize() < 8) throw bad("header", "is truncated");
        int mark = data.get(ValueLayout.JAVA_BYTE, 0);
        if (mark != data.get(ValueLayout.JAVA_BYTE, 1) || (mark != 'I' && mark != 'M')) {
            throw bad("header", "is not a TIFF");
        }
        ByteOrder order = mark == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        int version = u16(2);
        if (version != 42 && version != 43) throw bad("header", "is not a TIFF");
        big = version == 43;
        if (big && (u16(4) != 8 || u16(6) != 0)) throw bad("header", "is not a BigTIFF");
        directories = List.copyOf(readDirectories());
    }

    /// Opens `file`.
    ///
    /// @throws DataException if it is not a TIFF or a directory leaves the file
    public static TiffFile open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (Files.isDirectory(file)) throw new DataException(file, "is a folder");
            Arena arena = Arena.ofShared();
            try {
                MemorySegment data =
                        channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
                return new TiffFile(data, arena, file.toString());
            } catch (IOException | RuntimeException e) {
                arena.close();
                throw e;
            }
        }
    }

    /// A file in memory.
    ///
    /// @param source what errors call it
    public static TiffFile of(byte[] bytes, String source) throws DataException {
        return new TiffFile(MemorySegment.ofArray(bytes), null, source);
    }

    /// At least one directory.
    public List<TiffDirectory> directories() {
        return directories;
    }

    private List<TiffDirectory> readDirectories() throws DataException {
        List<TiffDirectory> found = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        long at = big ? offset(8) : u32(4);
        while (at != 0) {
            if (!seen.add(at)) throw bad("directory " + found.size(), "is part of a loop");
            if (found.size() == MAXIMUM_DIRECTORIES) {
                throw bad("directory " + found.size(), "more than " + MAXIMUM_DIRECTORIES);
            }
            at = readDirectory(at, found);
        }
        if (found.isEmpty()) throw bad("header", "has no picture");
        return found;
    }

    private long readDirectory(long at, List<TiffDirectory> found) throws DataException {
        int number = found.size();
        long count = big ? offset(at) : u16(at);
        int entryBytes = big ? 20 : 12;
        long first = at + (big ? 8 : 2);
        if (count < 1 || count > 0xffff) {
            throw bad("directory " + number, "claims " + count + " entries");
        }
        check(first, count * entryBytes + (big ? 8 : 4));
        Map<Integer, Entry> entries = new HashMap<>();
        for (int i = 0; i < count; i++) {
            long e = first + (long) i * entryBytes;
            int type = u16(e + 2);
            long values = big ? u64(e + 4) : u32(e + 4);
            long inline = e + (big ? 12 : 8);
            int size = size(type);
            if (size == 0) continue;
            if (values < 0 || values > data.byteSize()) {
                throw bad("tag " + u16(e), "claims " + values + " values");
            }
            boolean fits = values * size <= (big ? 8 : 4);
            long offset = fits ? inline : big ? offset(inline) : u32(inline);
            entries.put(u16(e), new Entry(type, values, offset));
        }
        found.add(new TiffDirectory(this, number, Map.copyOf(entries)));
        long next = first + count * entryBytes;
        return big ? offset(next) : u32(next);
    }

    private static int size(int type) {
        return switch (type) {
            case 1, 2, 6, 7 -> 1;
            case 3, 8 -> 2;
            case 4, 9, 11, 13 -> 4;
            case 5, 10, 12, 16, 17, 18 -> 8;
            default -> 0;
        };
    }

    /// The entry's values as whole numbers; unsigned except for 64 bits.
    long[] integers(int tag, Entry entry) throws DataException {
        int size = size(entry.type);
        checkValues(tag, entry);
        long[] values = new long[(int) entry.count];
        for (int i = 0; i < values.length; i++) {
            long at = entry.offset + (long) i * size;
            values[i] =
                    switch (entry.type) {
                        case 1, 2, 6, 7 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
                        case 3, 8 -> u16(at);
                        case 4, 9, 13 -> u32(at);
                        case 16, 17, 18 -> offset(at);
                        default -> throw bad("tag " + tag, "is not a whole number");
                    };
        }
        return values;
    }

    /// The entry's first value, a fraction or a number.
    double number(int tag, Entry entry) throws DataException {
        checkValues(tag, entry);
        if (entry.count < 1) throw bad("tag " + tag, "is empty");
        long at = entry.offset;
        return switch (entry.type) {
            case 5 -> (double) u32(at) / u32(at + 4);
            case 10 -> (double) (int) u32(at) / (int) u32(at + 4);
            case 11 -> Float.intBitsToFloat((int) u32(at));
            case 12 -> Double.longBitsToDouble(u64(at));
            default -> integers(tag, entry)[0];
        };
    }

    byte[] bytes(int tag, Entry entry) throws DataException {
        if (size(entry.type) != 1) throw bad("tag " + tag, "is not a row of bytes");
        checkValues(tag, entry);
        return slice("tag " + tag, entry.offset, entry.count);
    }

    private void checkValues(int tag, Entry entry) throws DataException {
        long bytes = entry.count * size(entry.type);
        if (entry.offset < 0 || entry.offset > data.byteSize() - bytes) {
            throw bad("tag " + tag, "lies outside the file");
        }
        if (bytes > Integer.MAX_VALUE - 8) throw bad("tag " + tag, "is too long");
    }

    byte[] slice(String what, long offset, long length) throws DataException {
        if (offset < 0 || length < 0 || offset > data.byteSize() - length) {
            throw bad(what, "lies outside the file, which is truncated or damaged");
        }
        if (length > Integer.MAX_VALUE - 8) throw bad(what, "is larger than 2 GiB");
        byte[] slice = new byte[(int) length];
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, slice, 0, slice.length);
        return slice;
    }

    boolean littleEndian() {
        return u16.order() == ByteOrder.LITTLE_ENDIAN;
    }

    String source() {
        return source;
    }

    DataException bad(String position, String reason) {
        return new DataException(source, position, reason, null);
    }

    private int u16(long at) throws DataException {
        check(at, 2);
        return Short.toUnsignedInt(data.get(u16, at));
    }

    private long u32(long at) throws DataException {
        check(at, 4);
        return Integer.toUnsignedLong(data.get(u32, at));
    }

    private long u64(long at) throws DataException {
        check(at, 8);
        return data.get(u64, at);
    }

    private long offset(long at) throws DataException {
        long value = u64(at);
        if (value < 0) throw bad("byte " + at, "an offset beyond 2^63");
        return value;
    }

    private void check(long at, long length) throws DataException {
        if (at < 0 || at > data.byteSize() - length) {
            throw bad("byte " + at, "is beyond the end of the file, which is truncated or damaged");
        }
    }

    @Override
    public void close() {
        if (arena != null) arena.close();
    }
}
