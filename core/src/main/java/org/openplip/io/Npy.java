package org.openplip.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// NumPy's `.npy` format, version 1.0 (the NumPy enhancement proposal 1), for matrices in C order:
/// what NumPy, FAISS and clip-retrieval read.
public final class Npy {
    /// The bytes of every header that is written here; the matrix follows.
    public static final int HEADER_BYTES = 128;

    private static final int LONGEST_HEADER = 1 << 17; // bytes; of two numbers it has about 100
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final Pattern HEADER =
            Pattern.compile(
                    "'descr':\\s*'(<f[42])'.*'fortran_order':\\s*False.*'shape':\\s*\\((\\d+),\\s*(\\d+)\\)");

    /// The number format of a matrix, little-endian.
    public enum Type {
        FLOAT32("<f4", 4),
        /// IEEE 754's binary16: 11 bits of precision, magnitudes up to 65504.
        FLOAT16("<f2", 2);

        private final String description;
        private final int bytes;

        Type(String description, int bytes) {
            this.description = description;
            this.bytes = bytes;
        }

        /// Bytes of a number.
        public int bytes() {
            return bytes;
        }

        /// A row as it stands in the file, ready to be read; float16 is rounded to nearest even.
        public ByteBuffer row(float[] values) {
            ByteBuffer row = ByteBuffer.allocate(values.length * bytes);
            row.order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                switch (this) {
                    case FLOAT32 -> row.putFloat(value);
                    case FLOAT16 -> row.putShort(Float.floatToFloat16(value));
                }
            }
            return row.flip();
        }

        /// Fills `values` from the next bytes of `file`, which is little-endian.
        public void read(ByteBuffer file, float[] values) {
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        switch (this) {
                            case FLOAT32 -> file.getFloat();
                            case FLOAT16 -> Float.float16ToFloat(file.getShort());
                        };
            }
        }
    }

    private Npy() {}

    /// The first [#HEADER_BYTES] of a file with a matrix `[rows, width]`. They make the data begin
    /// at a multiple of 64 bytes.
    public static byte[] header(Type type, long rows, int width) {
        String dictionary =
                "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }"
                        .formatted(type.description, rows, width);
        int length = HEADER_BYTES - MAGIC.length - 2;
        String padded = dictionary + " ".repeat(length - 1 - dictionary.length()) + "\n";
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putShort((short) length);
        return header.put(padded.getBytes(StandardCharsets.US_ASCII)).array();
    }

    /// Writes float32 `[rows.size(), width]`.
    ///
    /// @throws IllegalArgumentException if a row's length is not `width`
    public static void write(Path file, List<float[]> rows, int width) throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    out.write(header(Type.FLOAT32, rows.size(), width));
                    for (float[] row : rows) {
                        if (row.length != width) {
                            throw new IllegalArgumentException(
                                    "rows: expected length " + width + ", got " + row.length);
                        }
                        out.write(Type.FLOAT32.row(row).array());
                    }
                });
    }

    /// Reads a matrix `[rows, width]`; float16 is widened.
    ///
    /// @throws DataException if the file is not a little-endian matrix of float32 or float16 in C
    ///   order
    public static float[][] read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        Header header = Header.of(file, bytes, bytes.limit());
        bytes.position(header.length);
        float[][] matrix = new float[(int) header.rows][header.width];
        for (float[] row : matrix) header.type.read(bytes, row);
        return matrix;
    }

    /// A matrix in a file, which is read as it is used.
    ///
    /// @param data the rows, little-endian in C order; not to be written to
    public record Mapped(Type type, long rows, int width, MemorySegment data) {}

    /// Maps a matrix of any size, as long as `arena` is open.
    ///
    /// @throws DataException as [#read] does
    public static Mapped map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer start = ByteBuffer.allocate(LONGEST_HEADER).order(ByteOrder.LITTLE_ENDIAN);
            while (start.hasRemaining() && channel.read(start, start.position()) >= 0) {}
            Header header = Header.of(file, start.flip(), channel.size());
            MemorySegment data =
                    channel.map(
                            FileChannel.MapMode.READ_ONLY,
                            header.length,
                            channel.size() - header.length,
                            arena);
            return new Mapped(header.type, header.rows, header.width, data);
        }
    }

    /// What a file says of its matrix.
    ///
    /// @param length where the matrix begins, in bytes
    private record Header(Type type, long rows, int width, int length) {
        /// @param bytes at least the header, if the file has one
        /// @param size of the file
        static Header of(Path file, ByteBuffer bytes, long size) throws DataException {
            for (int i = 0; i < 6; i++) {
                if (bytes.remaining() < 12 || bytes.get(i) != MAGIC[i]) {
                    throw new DataException(file, "is not a .npy file");
                }
            }
            boolean short1 = bytes.get(6) == 1;
            int length = short1 ? Short.toUnsignedInt(bytes.getShort(8)) : bytes.getInt(8);
            int start = short1 ? 10 : 12;
            if (length < 0 || length > bytes.limit() - start) {
                throw new DataException(file, "header", "runs past the end of the file");
            }
            byte[] text = new byte[length];
            bytes.get(start, text);
            String header = new String(text, StandardCharsets.ISO_8859_1);
            Matcher matcher = HEADER.matcher(header);
            if (!matcher.find()) {
                throw new DataException(
                        file,
                        "header",
                        "expected a float32 or float16 matrix in C order, got " + header.strip());
            }
            Type type =
                    matcher.group(1).equals(Type.FLOAT32.description) ? Type.FLOAT32 : Type.FLOAT16;
            long data = size - start - length;
            try {
                long rows = Long.parseLong(matcher.group(2));
                int width = Integer.parseInt(matcher.group(3));
                if (Math.multiplyExact(Math.multiplyExact(rows, width), type.bytes) != data) {
                    throw new ArithmeticException("another size");
                }
                if (width == 0 && rows > 0) {
                    throw new DataException(file, "data", "has rows of no width");
                }
                return new Header(type, rows, width, start + length);
            } catch (ArithmeticException | NumberFormatException e) {
                throw new DataException(
                        file.toString(),
                        "data",
                        "expected %s x %s numbers of %d bytes, got %d bytes"
                                .formatted(matcher.group(2), matcher.group(3), type.bytes, data),
                        e);
            }
        }
    }
}
