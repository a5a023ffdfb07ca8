package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Plip;
import org.openplip.Prediction;
import org.openplip.Prompts;

@SuppressWarnings("NullAway.Init") // set before all tests
class ZeroShotCommandTest {
    private static final List<String> LABELS = List.of("tumor", "normal, mucus");
    private static final List<String> TEMPLATES = List.of("an H&E image patch of {}", "{} tumor");

    @TempDir private static Path folder;
    private static Path model;
    private static List<Path> pictures;

    @BeforeAll
    static void make() throws IOException {
        model = TinyCheckpoint.write(folder.resolve("model"));
        pictures = TinyCheckpoint.pictures(folder.resolve("pictures"), 5);
    }

    private static int zeroShot(Object... arguments) {
        List<Object> words =
                new ArrayList<>(
                        List.of(
                                "zero-shot",
                                "--model",
                                model,
                                "--images",
                                folder.resolve("pictures")));
        words.addAll(List.of(arguments));
        return plip(words.toArray()).exitCode();
    }

    @Test
    void writesWhatTheLibrarySaysOfSeveralPrompts() throws IOException {
        Path labels = Files.write(folder.resolve("labels.txt"), LABELS);
        Path csv = folder.resolve("table.csv");
        int exit =
                zeroShot(
                        "--labels",
                        "@" + labels,
                        "--prompt",
                        TEMPLATES.get(0),
                        "--prompt",
                        TEMPLATES.get(1),
                        "--csv",
                        csv);
        assertThat(exit).isZero();
        List<Prediction> expected;
        try (Plip plip = Plip.load(model)) {
            expected = plip.zeroShot(pictures, LABELS, new Prompts(TEMPLATES));
        }
        try (Reader reader = Files.newBufferedReader(csv)) {
            List<CSVRecord> rows = CSVFormat.DEFAULT.parse(reader).getRecords();
            assertThat(rows).hasSize(6);
            assertThat(rows.getFirst().toList())
                    .containsExactly(
                            "image",
                            "label",
                            "probability",
                            "probability of tumor",
                            "probability of normal, mucus",
                            "similarity of tumor",
                            "similarity of normal, mucus");
            for (int i = 0; i < 5; i++) {
                Prediction said = expected.get(i);
                List<String> cells = new ArrayList<>();
                cells.add(pictures.get(i).toString());
                cells.add(said.label());
                cells.add("" + said.probability());
                for (String label : LABELS) cells.add("" + said.probabilities().get(label));
                for (String label : LABELS) cells.add("" + said.similarities().get(label));
                assertThat(rows.get(i + 1).toList()).isEqualTo(cells);
            }
        }
    }

    @Test
    void refusesLabelsThatAreNoChoice() throws IOException {
        Path one = Files.writeString(folder.resolve("one.txt"), "tumor\n\n");
        for (String labels : List.of("tumor", "tumor,tumor", "tumor,", "@" + one)) {
            assertThat(zeroShot("--labels", labels)).as(labels).isEqualTo(2);
        }
    }
}
