package org.openplip.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// NumPy's `.npy` format, version 1.0 (the NumPy enhancement proposal 1), for matrices of float32
/// in C order: what NumPy, FAISS and clip-retrieval read.
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final Pattern HEADER =
            Pattern.compile(
                    "'descr':\\s*'<f4'.*'fortran_order':\\s*False.*'shape':\\s*\\((\\d+),\\s*(\\d+)\\)");

    private Npy() {}

    /// Writes float32 `[rows.size(), width]`.
    ///
    /// @throws IllegalArgumentException if a row's length is not `width`
    public static void write(Path file, List<float[]> rows, int width) throws IOException {
        String dictionary =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
                        .formatted(rows.size(), width);
        // The header ends in a new line and makes the data begin at a multiple of 64 bytes.
        int padding = 63 - (MAGIC.length + 2 + dictionary.length()) % 64;
        byte[] header =
                (dictionary + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        AtomicFiles.write(
                file,
                out -> {
                    out.write(MAGIC);
                    out.write(header.length & 0xff);
                    out.write(header.length >>> 8);
                    out.write(header);
                    ByteBuffer bytes = ByteBuffer.allocate(width * 4);
                    bytes.order(ByteOrder.LITTLE_ENDIAN);
                    for (float[] row : rows) {
                        if (row.length != width) {
                            throw new IllegalArgumentException(
                                    "rows: expected length " + width + ", got " + row.length);
                        }
                        bytes.asFloatBuffer().put(row);
                        out.write(bytes.array());
                    }
                });
    }

    /// Reads float32 `[rows, width]`.
    ///
    /// @throws DataException if the file is not a little-endian float32 matrix in C order
    public static float[][] read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 6; i++) {
            if (bytes.remaining() < 10 || bytes.get(i) != MAGIC[i]) {
                throw new DataException(file, "is not a .npy file");
            }
        }
        int length = bytes.get(6) == 1 ? Short.toUnsignedInt(bytes.getShort(8)) : bytes.getInt(8);
        int start = bytes.get(6) == 1 ? 10 : 12;
        if (length < 0 || length > bytes.limit() - start) {
            throw new DataException(file, "header", "runs past the end of the file");
        }
        String header = new String(bytes.array(), start, length, StandardCharsets.ISO_8859_1);
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.find()) {
            throw new DataException(
                    file, "header", "expected a float32 matrix in C order, got " + header.strip());
        }
        long rows = Long.parseLong(matcher.group(1));
        long width = Long.parseLong(matcher.group(2));
        bytes.position(start + length);
        if (rows * width * 4 != bytes.remaining()) {
            throw new DataException(
                    file,
                    "data",
                    "expected %d x %d float32, got %d bytes"
                            .formatted(rows, width, bytes.remaining()));
        }
        float[][] matrix = new float[(int) rows][(int) width];
        for (float[] row : matrix) {
            bytes.asFloatBuffer().get(row);
            bytes.position(bytes.position() + row.length * 4);
        }
        return matrix;
    }
}
