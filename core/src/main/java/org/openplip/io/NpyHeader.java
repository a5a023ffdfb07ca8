package org.openplip.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a `.npy` file of version 1 to 3 says of its array.
///
/// @param type as NumPy writes it, such as `<f8`; the whole description of a structured one
/// @param fortranOrder whether the first axis varies fastest
/// @param length where the array begins, in bytes
@SuppressWarnings("ArrayRecordComponent") // lives for one call
record NpyHeader(String type, boolean fortranOrder, long[] shape, int length) {
    /// Bytes that hold any header of a plain array; such a one has about 100.
    private static final int LONGEST = 1 << 17;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern TYPE = Pattern.compile("'descr':\\s*('([^']*)'|[^,]*)");
    private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9, ]*)\\)");

    /// The header of an open file.
    static NpyHeader read(Path file, FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(LONGEST, channel.size()));
        while (start.hasRemaining() && channel.read(start, start.position()) >= 0) {}
        return of(file, start.flip());
    }

    /// @param bytes at least the header, if the file has one
    static NpyHeader of(Path file, ByteBuffer bytes) throws DataException {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < MAGIC.length; i++) {
            if (bytes.limit() < 12 || bytes.get(i) != MAGIC[i]) {
                throw new DataException(file, "is not a .npy file");
            }
        }
        boolean first = bytes.get(6) == 1;
        int length = first ? Short.toUnsignedInt(bytes.getShort(8)) : bytes.getInt(8);
        int start = first ? 10 : 12;
        if (length < 0 || length > bytes.limit() - start) {
            throw new DataException(file, "header", "runs past the end of the file");
        }
        byte[] text = new byte[length];
        bytes.get(start, text);
        String header = new String(text, StandardCharsets.ISO_8859_1).strip();
        Matcher type = TYPE.matcher(header);
        Matcher order = ORDER.matcher(header);
        Matcher shape = SHAPE.matcher(header);
        if (!type.find() || !order.find() || !shape.find()) {
            throw new DataException(
                    file, "header", "expected descr, fortran_order and shape, got " + header);
        }
        try {
            return new NpyHeader(
                    type.group(2) == null ? type.group(1) : type.group(2),
                    order.group(1).equals("True"),
                    Arrays.stream(shape.group(1).split(","))
                            .map(String::strip)
                            .filter(number -> !number.isEmpty())
                            .mapToLong(Long::parseLong)
                            .toArray(),
                    start + length);
        } catch (NumberFormatException e) {
            throw new DataException(
                    file.toString(), "header", "has the shape (" + shape.group(1) + ")", e);
        }
    }

    /// How many numbers the array has.
    ///
    /// @throws DataException if these, of `bytes` bytes each, are not what follows the header
    long checkedCount(Path file, long fileSize, int bytes) throws DataException {
        long data = fileSize - length;
        try {
            long count = 1;
            for (long side : shape) count = Math.multiplyExact(count, side);
            if (Math.multiplyExact(count, (long) bytes) == data) return count;
        } catch (ArithmeticException _) {
            // More than a file can hold.
        }
        String sides = String.join(" x ", Arrays.stream(shape).mapToObj(Long::toString).toList());
        throw new DataException(
                file,
                "data",
                "expected %s numbers of %d bytes, got %d bytes".formatted(sides, bytes, data));
    }

    @Override
    public String toString() {
        return "%s %s%s"
                .formatted(type, Arrays.toString(shape), fortranOrder ? " in Fortran order" : "");
    }
}
