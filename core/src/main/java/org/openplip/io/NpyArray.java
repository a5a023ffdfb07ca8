package org.openplip.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An array of any number of axes in a `.npy` file, mapped: of a file larger than the memory only
/// what is looked at is read. Rows are what the first axis counts.
///
/// Boolean, integer, float32 and float64 numbers of either byte order, and texts (`U`), in C order.
/// Usable as long as the arena that it was mapped into is open, from any of its threads.
public final class NpyArray {
    private static final Pattern TYPE = Pattern.compile("([<>|=])([biufU])(\\d+)");
    private static final int CHARACTER = 4; // bytes of a character of a text, UTF-32

    private final Path file;
    private final char kind;
    private final int bytes;
    private final ByteOrder order;
    private final long[] shape;
    private final String description;
    private final MemorySegment data;

    private NpyArray(
            Path file,
            char kind,
            int bytes,
            ByteOrder order,
            long[] shape,
            String description,
            MemorySegment data) {
        this.file = file;
        this.kind = kind;
        this.bytes = bytes;
        this.order = order;
        this.shape = shape;
        this.description = description;
        this.data = data;
    }

    /// Maps the array in `file` for as long as `arena` is open.
    ///
    /// @throws DataException if there is none, or it is of a kind that is not read, or cut off
    public static NpyArray map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            NpyHeader header = NpyHeader.read(file, channel);
            Matcher type = TYPE.matcher(header.type());
            if (!type.matches() || !known(type.group(2), type.group(3))) {
                throw new DataException(file, "header", "has numbers of type " + header.type());
            }
            if (header.fortranOrder()) {
                throw new DataException(
                        file,
                        "header",
                        "is in Fortran order; save numpy.ascontiguousarray of it instead");
            }
            if (header.shape().length == 0) {
                throw new DataException(file, "header", "is a single number, not an array");
            }
            char kind = type.group(2).charAt(0);
            int bytes = Integer.parseInt(type.group(3)) * (kind == 'U' ? CHARACTER : 1);
            header.checkedCount(file, channel.size(), bytes);
            MemorySegment data =
                    channel.map(
                            FileChannel.MapMode.READ_ONLY,
                            header.length(),
                            channel.size() - header.length(),
                            arena);
            return new NpyArray(
                    file,
                    kind,
                    bytes,
                    type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                    header.shape(),
                    header.toString(),
                    data);
        } catch (NoSuchFileException e) {
            throw new DataException(file.toString(), null, "does not exist", e);
        }
    }

    private static boolean known(String kind, String size) {
        return switch (kind) {
            case "b" -> size.equals("1");
            case "i", "u" -> size.matches("[1248]");
            case "f" -> size.matches("[48]");
            default -> size.length() < 7; // U; longer texts than any memory holds are damage
        };
    }

    public Path file() {
        return file;
    }

    /// Type and shape, such as `<f8 [2656, 256, 256, 3]`.
    public String description() {
        return description;
    }

    public boolean isText() {
        return kind == 'U';
    }

    public int axes() {
        return shape.length;
    }

    /// The length of an axis.
    public long side(int axis) {
        return shape[axis];
    }

    /// The lengths of all axes but the first.
    public long[] rowShape() {
        return Arrays.copyOfRange(shape, 1, shape.length);
    }

    /// The row's numbers, in C order.
    ///
    /// @param values as many as a row has
    public void row(long row, double[] values) {
        if (isText()) throw new IllegalStateException(file + " holds texts");
        long count = 1;
        for (long side : rowShape()) count *= side;
        if (row < 0 || row >= shape[0] || values.length != count) {
            throw new IllegalArgumentException(
                    "row, values: expected a row below %d and %d values, got %d and %d"
                            .formatted(shape[0], count, row, values.length));
        }
        long start = row * count * bytes;
        switch (kind) {
            case 'f' -> floats(start, values);
            case 'i' -> integers(start, values);
            default -> naturals(start, values);
        }
    }

    private void floats(long start, double[] values) {
        if (bytes == 8) {
            ValueLayout.OfDouble layout = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order);
            MemorySegment.copy(data, layout, start, values, 0, values.length);
            return;
        }
        ValueLayout.OfFloat layout = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order);
        for (int i = 0; i < values.length; i++) values[i] = data.get(layout, start + 4L * i);
    }

    private void integers(long start, double[] values) {
        for (int i = 0; i < values.length; i++) values[i] = integer(start + (long) bytes * i);
    }

    private void naturals(long start, double[] values) {
        for (int i = 0; i < values.length; i++) {
            long value = integer(start + (long) bytes * i);
            values[i] =
                    bytes < 8
                            ? value & ((1L << (8 * bytes)) - 1)
                            : value >= 0 ? value : ((value >>> 1) | (value & 1)) * 2.0;
        }
    }

    private long integer(long at) {
        return switch (bytes) {
            case 1 -> data.get(ValueLayout.JAVA_BYTE, at);
            case 2 -> data.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order), at);
            case 4 -> data.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), at);
            default -> data.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), at);
        };
    }

    /// The text at place `index` of an array of one axis.
    ///
    /// @throws DataException if it is no text
    public String text(long index) throws DataException {
        if (!isText() || shape.length != 1) {
            throw new IllegalStateException(file + " holds no list of texts: " + description);
        }
        StringBuilder text = new StringBuilder();
        ValueLayout.OfInt layout = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        for (long at = index * bytes; at < (index + 1) * bytes; at += CHARACTER) {
            int character = data.get(layout, at);
            if (character == 0) break;
            if (!Character.isValidCodePoint(character)) {
                throw new DataException(file, "row " + index, "is no text");
            }
            text.appendCodePoint(character);
        }
        return text.toString();
    }
}
