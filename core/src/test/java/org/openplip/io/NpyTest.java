package org.openplip.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against files that NumPy wrote.
class NpyTest {
    private static final Path NUMPYS = Path.of("src/test/resources/npy");
    private static final float[][] MATRIX = {
        {0, 1, -2.5f}, {3.140625f, -65504, 6.1e-5f}, {1 / 3f, 1e-7f, Float.POSITIVE_INFINITY}
    };

    @TempDir private Path folder = Path.of("");

    @Test
    void writesTheBytesThatNumpyWrites() throws IOException {
        Path file = folder.resolve("matrix.npy");
        Npy.write(file, List.of(MATRIX), 3);
        assertThat(file).hasSameBinaryContentAs(NUMPYS.resolve("float32.npy"));

        byte[] half = Files.readAllBytes(NUMPYS.resolve("float16.npy"));
        assertThat(Npy.header(Npy.Type.FLOAT16, 3, 3)).isEqualTo(part(half, 0, 128));
        for (int row = 0; row < 3; row++) {
            assertThat(Npy.Type.FLOAT16.row(MATRIX[row]).array())
                    .isEqualTo(part(half, 128 + 6 * row, 6));
        }
    }

    @Test
    void readsWhatNumpyWrote() throws IOException {
        assertThat(Npy.read(NUMPYS.resolve("float32.npy"))).isDeepEqualTo(MATRIX);
        float[][] half = Npy.read(NUMPYS.resolve("float16.npy"));
        for (int row = 0; row < 3; row++) {
            assertThat(Npy.Type.FLOAT16.row(half[row]))
                    .isEqualTo(Npy.Type.FLOAT16.row(MATRIX[row]));
        }
        assertThat(half[2][0]).isEqualTo(0.33325195f);
    }

    @Test
    void saysWhatIsWrongWithOthers() throws IOException {
        byte[] whole = Files.readAllBytes(NUMPYS.resolve("float32.npy"));
        refuses(part(whole, 0, whole.length - 1), "expected 3 x 3 numbers of 4 bytes, got 35");
        refuses(part(whole, 0, 8), "is not a .npy file");
        byte[] huge = Npy.header(Npy.Type.FLOAT32, Long.MAX_VALUE, 4);
        refuses(huge, "expected 9223372036854775807 x 4 numbers");
        byte[] integers = whole.clone();
        integers[10 + "{'descr': '<".length()] = 'i';
        refuses(integers, "expected a float32 or float16 matrix in C order, got <i4 [3, 3]");
    }

    private void refuses(byte[] bytes, String reason) throws IOException {
        Path file = Files.write(folder.resolve("bad.npy"), bytes);
        assertThatThrownBy(() -> Npy.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(reason);
    }

    private static byte[] part(byte[] bytes, int from, int length) {
        return Arrays.copyOfRange(bytes, from, from + length);
    }
}
