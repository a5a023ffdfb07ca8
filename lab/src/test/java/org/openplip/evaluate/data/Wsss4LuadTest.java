package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Wsss4LuadTest {
    @TempDir private Path folder = Path.of("");

    private void picture(String name) throws IOException {
        Path file = folder.resolve("1.training/1.training/" + name);
        Pictures.write(file, Pictures.patterned(30, 20));
    }

    @Test
    void labelsStandInTheNames() throws IOException {
        String[] labels = {"[1, 0, 0]", "[1, 1, 0]", "[0, 1, 0]", "[0, 0, 1]"};
        for (int i = 0; i < 20; i++) {
            picture("%d-21308-%d-%s.png".formatted(i / 4, i, labels[i % 4]));
        }
        try (DataSet paper = Wsss4Luad.read(folder, Protocol.PAPER);
                DataSet clean = Wsss4Luad.read(folder, Protocol.CLEAN)) {
            assertThat(paper.labels()).containsExactly("tumor", "normal");
            assertThat(paper.samples(Split.TRAIN)).hasSize(14);
            assertThat(paper.samples())
                    .allMatch(s -> s.name().contains("[1,") == "tumor".equals(s.label()));
            // Tumour before normal in either part.
            assertThat(paper.samples(Split.TRAIN).getFirst().label()).isEqualTo("tumor");
            assertThat(paper.samples(Split.TRAIN).getLast().label()).isEqualTo("normal");
            assertThat(paper.samples().getFirst().picture().decode().width()).isEqualTo(224);
            assertThat(clean.samples().getFirst().picture().decode().width()).isEqualTo(30);
            assertThat(clean.samples())
                    .extracting(Sample::group)
                    .containsOnly("0", "1", "2", "3", "4");
            assertThat(clean.sharedGroups()).isEmpty();
            assertThat(paper.sharedGroups()).isNotEmpty();
        }
    }

    @Test
    void badNamesAndFilesThatAreNoPngAreCounted() throws IOException {
        picture("1-1-1-[1, 0, 0].png");
        picture("1-1-1-[1,0,0].png"); // no blanks
        picture("1-1-2-[2, 0, 0].png");
        picture("1-1-3.png");
        Path training = folder.resolve("1.training/1.training");
        Files.writeString(training.resolve("1-1-4-[0, 0, 1].png"), "not a picture at all");
        Files.write(training.resolve("1-1-5-[0, 0, 1].png"), new byte[0]);
        byte[] whole = Files.readAllBytes(training.resolve("1-1-1-[1, 0, 0].png"));
        // Its header is whole: it counts, and cannot be decoded.
        Files.write(training.resolve("1-1-6-[0, 0, 1].png"), Arrays.copyOf(whole, 60));
        try (DataSet set = Wsss4Luad.read(folder, Protocol.PAPER)) {
            assertThat(set.samples()).hasSize(2);
            assertThat(set.count(Rejected.Rule.BAD_NAME)).isEqualTo(3);
            assertThat(set.count(Rejected.Rule.NOT_A_PICTURE)).isEqualTo(2);
            Sample cut =
                    set.samples().stream()
                            .filter(s -> s.name().startsWith("1-1-6"))
                            .findFirst()
                            .orElseThrow();
            assertThatThrownBy(() -> cut.picture().decode()).hasMessageContaining("1-1-6");
        }
    }
}
