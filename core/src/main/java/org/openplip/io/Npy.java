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

/// NumPy's `.npy` format, version 1.0 (the NumPy enhancement proposal 1), for matrices in C order:
/// what NumPy, FAISS and clip-retrieval read.
public final class Npy {
    /// The bytes of every header that is written here; the matrix follows.
    public static final int HEADER_BYTES = 128;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

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
        Header header = Header.of(file, NpyHeader.of(file, bytes), bytes.limit());
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
            Header header = Header.of(file, NpyHeader.read(file, channel), channel.size());
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
        /// @param size of the file
        static Header of(Path file, NpyHeader header, long size) throws DataException {
            for (Type type : Type.values()) {
                long[] shape = header.shape();
                if (!header.type().equals(type.description)
                        || header.fortranOrder()
                        || shape.length != 2) {
                    continue;
                }
                header.checkedCount(file, size, type.bytes);
                if (shape[1] == 0 && shape[0] > 0) {
                    throw new DataException(file, "data", "has rows of no width");
                }
                return new Header(type, shape[0], Math.toIntExact(shape[1]), header.length());
            }
            throw new DataException(
                    file,
                    "header",
                    "expected a float32 or float16 matrix in C order, got " + header);
        }
    }
}
