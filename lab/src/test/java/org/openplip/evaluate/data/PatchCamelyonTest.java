package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

/// On files that h5py wrote (`make.py`): 5, 2 and 3 pictures of 8 x 8 pixels, in compressed chunks.
class PatchCamelyonTest {
    private static final Path H5PYS = Path.of("src/test/resources/org/openplip/evaluate/data");

    @TempDir private Path folder = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        for (String part : List.of("train", "valid", "test")) {
            for (String array : List.of("x", "y")) {
                Path file = file(part + "_" + array + ".h5");
                Files.copy(H5PYS.resolve(file.getFileName()), file);
            }
        }
    }

    private Path file(String end) {
        return folder.resolve("camelyonpatch_level_2_split_" + end);
    }

    private DataSet read() throws IOException {
        return PatchCamelyon.read(folder, Protocol.PAPER);
    }

    @Test
    void picturesAreReadFromTheirRowsByAllThreads() throws IOException {
        try (DataSet set = read()) {
            assertThat(set.samples()).hasSize(10);
            assertThat(set.samples(Split.TRAIN)).hasSize(5);
            assertThat(set.samples(Split.VALIDATION)).hasSize(2);
            assertThat(set.samples(Split.TEST)).hasSize(3);
            assertThat(set.samples().get(3).name()).isEqualTo("train/3");
            assertThat(set.samples(Split.TRAIN))
                    .extracting(Sample::label)
                    .containsExactly("normal", "tumor", "normal", "tumor", "normal");
            assertThat(set.samples()).extracting(Sample::group).containsOnlyNulls();
            IntStream.range(0, 200)
                    .parallel()
                    .forEach(i -> assertRow(set.samples().get(i % 5), i % 5));
        }
    }

    private static void assertRow(Sample sample, int row) {
        byte[] expected = new byte[192];
        for (int i = 0; i < 192; i++) expected[i] = (byte) ((row * 192 + i) * 7 % 256);
        try {
            assertThat(sample.picture().decode().pixels()).isEqualTo(expected);
        } catch (DataException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void slidesAreGroupsWhereTheTableIsThere() throws IOException {
        Files.writeString(
                file("test_meta.csv"),
                """
                ,coord_y,coord_x,tumor_patch,center_tumor_patch,wsi
                0,1,2,True,False,camelyon16_test_001
                1,1,2,True,True,camelyon16_test_001
                2,1,2,True,False,camelyon16_test_002
                """);
        try (DataSet set = read()) {
            assertThat(set.samples(Split.TEST))
                    .extracting(Sample::group)
                    .containsExactly(
                            "camelyon16_test_001", "camelyon16_test_001", "camelyon16_test_002");
        }
        Files.writeString(file("test_meta.csv"), "wsi\na\n");
        fails(file("test_meta.csv"), "expected 3 rows, got 1");
        Files.writeString(file("test_meta.csv"), "slide\na\n");
        fails(file("test_meta.csv"), "line 1: expected the column wsi");
    }

    @Test
    void whatDoesNotFitIsRefusedWithFileAndFault() throws IOException {
        Path pictures = file("valid_x.h5");
        Path labels = file("valid_y.h5");
        replace(file("test_y.h5"), labels);
        fails(labels, "y: expected 2 labels, got 3");
        replace(file("test_x.h5"), labels);
        fails(labels, "y: cannot be read as HDF5");
        byte[] whole = Files.readAllBytes(pictures);
        Files.write(pictures, Arrays.copyOf(whole, 100));
        fails(pictures, "x: cannot be read as HDF5");
        Files.writeString(pictures, "hello");
        fails(pictures, "x: cannot be read as HDF5");
        Files.delete(pictures);
        fails(pictures, "is missing");
    }

    @Test
    void anArrayOfAnotherShapeIsRefused() {
        Path labels = file("test_y.h5");
        assertThatThrownBy(() -> HdfPictures.open(labels, "y", -1, -1, 3))
                .hasMessage(
                        labels + ": y: expected bytes [n, any, any, 3], got 3, 1, 1, 1 of 1 bytes");
    }

    private static void replace(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private void fails(Path file, String reason) {
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(reason);
    }
}
