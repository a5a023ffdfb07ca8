package org.openplip.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openplip.io.DataException;

/// The entries of a zip file in memory, found by its central directory (PKWARE's APPNOTE, sections
/// 4.3 and 4.5.3), with those beyond 4 GB (zip64). Only entries that are stored as they are can be
/// read; PyTorch compresses nothing but code.
final class ZipDirectory {
    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;

    /// Bytes of a record before its names and extra fields.
    private static final int LOCAL_BYTES = 30;

    private static final int CENTRAL_BYTES = 46;
    private static final int END_BYTES = 22;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_64_BYTES = 20;

    private static final int ENCRYPTED = 1;

    /// Stands for a number that the zip64 field holds.
    private static final long IN_ZIP64 = 0xffff_ffffL;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final MemorySegment zip;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// @param header where the local header begins
    private record Entry(boolean plain, long size, long header) {}

    /// Reads the directory of `zip`, the whole of `file`.
    ///
    /// @throws DataException if it is not that of a zip file
    ZipDirectory(Path file, MemorySegment zip) throws DataException {
        this.file = file;
        this.zip = zip;
        long end = findEnd();
        long count = unsignedShort(end + 10);
        long at = unsignedInt(end + 16);
        long locator = end - LOCATOR_64_BYTES;
        if (locator >= 0 && zip.get(INT, locator) == LOCATOR_64) {
            long end64 = zip.get(LONG, locator + 8);
            check(end64, END_64_BYTES, "its end record for large files");
            if (zip.get(INT, end64) != END_64) throw wrong("has no end record for large files");
            count = zip.get(LONG, end64 + 32);
            at = zip.get(LONG, end64 + 48);
        }
        for (long i = 0; i < count; i++) at = readEntry(at);
    }

    /// The end record, which is followed by nothing but its comment.
    private long findEnd() throws DataException {
        long last = zip.byteSize() - END_BYTES;
        for (long at = last; at >= 0 && at >= last - 0xffff; at--) {
            if (zip.get(INT, at) == END && unsignedShort(at + 20) == last - at) return at;
        }
        throw wrong("has no end: the file is cut off, or is no zip file");
    }

    /// Reads an entry of the directory and gives where the next begins.
    private long readEntry(long at) throws DataException {
        check(at, CENTRAL_BYTES, "an entry");
        if (zip.get(INT, at) != CENTRAL) throw wrong("has no entry at byte " + at);
        boolean plain = unsignedShort(at + 10) == 0 && (unsignedShort(at + 8) & ENCRYPTED) == 0;
        long packed = unsignedInt(at + 20);
        long size = unsignedInt(at + 24);
        int nameBytes = unsignedShort(at + 28);
        int extraBytes = unsignedShort(at + 30);
        int commentBytes = unsignedShort(at + 32);
        long header = unsignedInt(at + 42);
        long next = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
        check(at, next - at, "an entry");
        byte[] nameInFile =
                zip.asSlice(at + CENTRAL_BYTES, nameBytes).toArray(ValueLayout.JAVA_BYTE);
        String name = new String(nameInFile, StandardCharsets.UTF_8);

        long field = at + CENTRAL_BYTES + nameBytes;
        long fieldsEnd = field + extraBytes;
        while (field + 4 <= fieldsEnd) {
            long value = field + 4;
            long valueEnd = value + unsignedShort(field + 2);
            if (valueEnd > fieldsEnd) break;
            if (unsignedShort(field) == 1) {
                // The numbers that did not fit, in this order.
                if (size == IN_ZIP64 && value + 8 <= valueEnd) {
                    size = zip.get(LONG, value);
                    value += 8;
                }
                if (packed == IN_ZIP64 && value + 8 <= valueEnd) {
                    packed = zip.get(LONG, value);
                    value += 8;
                }
                if (header == IN_ZIP64 && value + 8 <= valueEnd) header = zip.get(LONG, value);
            }
            field = valueEnd;
        }
        if (entries.put(name, new Entry(plain && packed == size, size, header)) != null) {
            throw wrong("has the entry " + name + " twice");
        }
        return next;
    }

    Iterable<String> names() {
        return entries.keySet();
    }

    boolean contains(String name) {
        return entries.containsKey(name);
    }

    /// The bytes of an entry.
    ///
    /// @throws DataException if there is no such entry, or it is compressed or not within the file
    MemorySegment bytes(String name) throws DataException {
        Entry entry = entries.get(name);
        if (entry == null) throw new DataException(file, name, "the file has no such entry");
        if (!entry.plain) {
            throw new DataException(
                    file, name, "is compressed or encrypted, expected it stored as PyTorch does");
        }
        check(entry.header, LOCAL_BYTES, name);
        if (zip.get(INT, entry.header) != LOCAL) {
            throw new DataException(file, name, "has no header at byte " + entry.header);
        }
        long start =
                entry.header
                        + LOCAL_BYTES
                        + unsignedShort(entry.header + 26)
                        + unsignedShort(entry.header + 28);
        check(start, entry.size, name);
        return zip.asSlice(start, entry.size);
    }

    private void check(long at, long length, String what) throws DataException {
        if (at < 0 || length < 0 || at > zip.byteSize() || length > zip.byteSize() - at) {
            throw wrong(
                    "puts %s at byte %s, length %s, beyond the file's %d bytes"
                            .formatted(
                                    what,
                                    Long.toUnsignedString(at),
                                    Long.toUnsignedString(length),
                                    zip.byteSize()));
        }
    }

    private int unsignedShort(long at) {
        return Short.toUnsignedInt(zip.get(SHORT, at));
    }

    private long unsignedInt(long at) {
        return Integer.toUnsignedLong(zip.get(INT, at));
    }

    private DataException wrong(String reason) {
        return new DataException(file, "zip directory", reason);
    }
}
