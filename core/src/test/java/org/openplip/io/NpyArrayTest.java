package org.openplip.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Against files that NumPy wrote (`npy/make.py`).
class NpyArrayTest {
    private static final Path NUMPYS = Path.of("src/test/resources/npy");

    @TempDir private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "pages-uint8, 1",
        "pages-int16-big, 10",
        "pages-uint16, 10",
        "pages-int64, 10",
        "pages-uint64-big, 10",
        "pages-float32-big, 10",
        "pages-float64, 10",
        "pages-float64-big, 10",
        "version2, 1",
        "version3, 1"
    })
    void readsRowsOfEveryTypeAndByteOrder(String name, int factor) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            NpyArray array = NpyArray.map(NUMPYS.resolve(name + ".npy"), arena);
            assertThat(array.axes()).isEqualTo(4);
            assertThat(array.side(0)).isEqualTo(2);
            assertThat(array.rowShape()).containsExactly(3, 2, 2);
            double[] row = new double[12];
            for (int r = 0; r < 2; r++) {
                array.row(r, row);
                for (int i = 0; i < 12; i++) assertThat(row[i]).isEqualTo(factor * (12 * r + i));
            }
        }
    }

    @Test
    void readsTruthsAndNegativeNumbers() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            double[] row = new double[2];
            NpyArray.map(NUMPYS.resolve("bool.npy"), arena).row(1, row);
            assertThat(row).containsExactly(0, 1);
            NpyArray bytes =
                    NpyArray.map(
                            array("|i1", "(1, 2)", new byte[] {(byte) 0xff, (byte) 0x80}), arena);
            bytes.row(0, row);
            assertThat(row).containsExactly(-1, -128);
            NpyArray large =
                    NpyArray.map(
                            array(
                                    "<u8",
                                    "(1, 2)",
                                    ByteBuffer.allocate(16).putLong(-1).putLong(-1).array()),
                            arena);
            large.row(0, row);
            assertThat(row).containsExactly(0x1p64, 0x1p64);
        }
    }

    @Test
    void readsTexts() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            NpyArray texts = NpyArray.map(NUMPYS.resolve("types.npy"), arena);
            assertThat(texts.isText()).isTrue();
            assertThat(texts.side(0)).isEqualTo(5);
            String[] read = new String[5];
            for (int i = 0; i < 5; i++) read[i] = texts.text(i);
            assertThat(read)
                    .containsExactly(
                            "Breast", "Bile-duct", "Adrenal_gland", "", "\u00e6\ud83d\udd2c");
            assertThatThrownBy(() -> texts.row(0, new double[1]))
                    .isInstanceOf(IllegalStateException.class);
            NpyArray damaged =
                    NpyArray.map(array("<U1", "(1,)", new byte[] {-1, -1, -1, 1}), arena);
            assertThatThrownBy(() -> damaged.text(0)).hasMessageContaining("row 0: is no text");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float64", "uint8"})
    void aCutFileIsRefused(String name) throws IOException {
        byte[] whole = Files.readAllBytes(NUMPYS.resolve("pages-" + name + ".npy"));
        refuses(
                Files.write(folder.resolve("cut.npy"), Arrays.copyOf(whole, whole.length - 1)),
                "data: expected 2 x 3 x 2 x 2 numbers of");
        refuses(
                Files.write(folder.resolve("cut.npy"), Arrays.copyOf(whole, 40)),
                "header: runs past the end");
    }

    @Test
    void whatIsNotReadIsRefusedWithItsFileAndReason() throws IOException {
        refuses(NUMPYS.resolve("fortran.npy"), "header: is in Fortran order");
        refuses(NUMPYS.resolve("complex.npy"), "header: has numbers of type <c16");
        refuses(NUMPYS.resolve("scalar.npy"), "header: is a single number");
        refuses(NUMPYS.resolve("structured.npy"), "header: has numbers of type [('a'");
        refuses(array("|O", "(1,)", new byte[8]), "header: has numbers of type |O");
        refuses(array("<f8", "(99999999999999999999,)", new byte[8]), "header: has the shape");
        refuses(array("<f8", "(4294967296, 4294967296)", new byte[8]), "4294967296 x 4294967296");
        refuses(Files.writeString(folder.resolve("t.npy"), "image,label\n"), "is not a .npy file");
        refuses(Files.write(folder.resolve("t.npy"), new byte[0]), "is not a .npy file");
        refuses(folder.resolve("none.npy"), "does not exist");
        refuses(array("<f8", "x", new byte[8]), "header: expected descr");
    }

    private static void refuses(Path file, String reason) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> NpyArray.map(file, arena))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(file + ": ")
                    .hasMessageContaining(reason);
        }
    }

    @Test
    void aFileOfMoreThanTwoGigabytesIsMappedNotRead() throws IOException {
        Path file = folder.resolve("large.npy");
        int rows = 600;
        int width = 1 << 19; // 8 bytes each: 2.5 GB, all of it a hole but for the last row's end
        byte[] header = header("<f8", "(%d, %d)".formatted(rows, width));
        long size = header.length + 8L * rows * width;
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.SPARSE,
                        StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(header));
            ByteBuffer last = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(last.putDouble(7).flip(), size - 8);
        }
        try (Arena arena = Arena.ofConfined()) {
            NpyArray array = NpyArray.map(file, arena);
            double[] row = new double[width];
            array.row(rows - 1, row);
            assertThat(row[width - 1]).isEqualTo(7);
            assertThat(row[width - 2]).isZero();
        }
    }

    private Path array(String type, String shape, byte[] data) throws IOException {
        Path file = folder.resolve("array.npy");
        byte[] header = header(type, shape);
        byte[] whole = Arrays.copyOf(header, header.length + data.length);
        System.arraycopy(data, 0, whole, header.length, data.length);
        return Files.write(file, whole);
    }

    private static byte[] header(String type, String shape) {
        String text =
                "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n".formatted(type, shape);
        return ByteBuffer.allocate(10 + text.length())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .putShort((short) text.length())
                .put(text.getBytes(StandardCharsets.ISO_8859_1))
                .array();
    }
}
