package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

class KatherTest {
    @TempDir private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        for (String label : Kather.CLASS_NAMES.keySet()) {
            for (int i = 0; i < 20; i++) {
                Pictures.empty(folder, "NCT-CRC-HE-100K/%s/%s-%03d.tif".formatted(label, label, i));
            }
            Pictures.empty(folder, "CRC-VAL-HE-7K/" + label + "/" + label + "-TEST.TIF");
        }
    }

    @Test
    void isReadInTheOrderOfTheClasses() throws IOException {
        RgbImage picture = Pictures.patterned(224, 224);
        Pictures.write(folder.resolve("NCT-CRC-HE-100K/ADI/ADI-000.tif"), picture);
        try (DataSet set = Kather.read(folder, Protocol.PAPER)) {
            assertThat(set.samples(Split.TRAIN)).hasSize(180);
            assertThat(set.samples(Split.TEST)).hasSize(9);
            assertThat(set.samples(Split.VALIDATION)).isEmpty();
            assertThat(set.labels()).startsWith("ADI", "BACK", "DEB").hasSize(9);
            Sample first = set.samples().getFirst();
            assertThat(first.name()).isEqualTo("NCT-CRC-HE-100K/ADI/ADI-000.tif");
            assertThat(first.label()).isEqualTo("ADI");
            assertThat(first.picture().decode().pixels()).isEqualTo(picture.pixels());
            assertThat(set.samples().getLast().label()).isEqualTo("TUM");
            assertThat(set.rejected()).isEmpty();
            assertThat(set.template()).isEqualTo("An H&E image patch of {}.");
        }
    }

    @Test
    void cleanKeepsATenthOfEachClassForValidation() throws IOException {
        try (DataSet set = Kather.read(folder, Protocol.CLEAN)) {
            assertThat(set.samples(Split.TRAIN)).hasSize(162);
            for (String label : set.labels()) {
                assertThat(set.count(Split.VALIDATION, label)).isEqualTo(2);
                assertThat(set.count(Split.TEST, label)).isEqualTo(1);
            }
            assertThat(set.remarks()).isNotEmpty();
        }
    }

    @Test
    void whatIsNoPictureOfAClassIsCountedAndLeftOut() throws IOException {
        Pictures.empty(folder, "CRC-VAL-HE-7K/ADI/Thumbs.db", "CRC-VAL-HE-7K/OTHER/x.tif");
        Pictures.empty(folder, "CRC-VAL-HE-7K/.DS_Store", "CRC-VAL-HE-7K/ADI/.hidden.tif");
        try (DataSet set = Kather.read(folder, Protocol.PAPER)) {
            assertThat(set.samples(Split.TEST)).hasSize(9);
            assertThat(set.rejected())
                    .extracting(Rejected::name)
                    .containsExactly("CRC-VAL-HE-7K/ADI/Thumbs.db", "CRC-VAL-HE-7K/OTHER");
            assertThat(set.count(Rejected.Rule.BAD_NAME)).isEqualTo(2);
        }
    }

    @Test
    void aMissingPartOrClassIsNamed() throws IOException {
        Files.delete(folder.resolve("CRC-VAL-HE-7K/MUS/MUS-TEST.TIF"));
        Files.delete(folder.resolve("CRC-VAL-HE-7K/MUS"));
        assertThatThrownBy(() -> Kather.read(folder, Protocol.PAPER))
                .isInstanceOf(DataException.class)
                .hasMessage(folder.resolve("CRC-VAL-HE-7K/MUS") + ": is missing");
        Files.move(folder.resolve("CRC-VAL-HE-7K"), folder.resolve("other"));
        assertThatThrownBy(() -> Kather.read(folder, Protocol.PAPER))
                .hasMessage(folder.resolve("CRC-VAL-HE-7K") + ": is missing");
        assertThatThrownBy(() -> Kather.read(folder.resolve("none"), Protocol.PAPER))
                .hasMessage(folder.resolve("none") + ": is missing");
    }

    @Test
    void aFolderAroundEverythingDoesNoHarm() throws IOException {
        Path around = folder.resolve("data");
        Files.createDirectories(around);
        Files.move(folder.resolve("CRC-VAL-HE-7K"), around.resolve("CRC-VAL-HE-7K"));
        try (DataSet set = Kather.read(folder, Protocol.PAPER)) {
            assertThat(set.samples(Split.TEST).getFirst().name())
                    .isEqualTo("data/CRC-VAL-HE-7K/ADI/ADI-TEST.TIF");
        }
    }
}
