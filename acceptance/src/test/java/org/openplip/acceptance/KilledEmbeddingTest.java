package org.openplip.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.jerolba.carpet.CarpetReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Json;

/// SIGKILL in the middle of `plip embed`.
class KilledEmbeddingTest {
    @Test
    void goesOnToTheSameResult(@TempDir Path folder) throws Exception {
        TinyLine.Line line = TinyLine.line();
        List<String> pictures;
        try (Stream<Path> tree = Files.walk(line.world().resolve("heldout"))) {
            pictures =
                    tree.filter(Files::isRegularFile)
                            .sorted()
                            .map(Path::toString)
                            .limit(40)
                            .toList();
        }
        assertThat(pictures).hasSize(40);
        Path torn = Files.writeString(folder.resolve("torn.jpg"), "not a picture");
        // A pipe that nobody writes into holds the process up at a place of our choice.
        Path held = folder.resolve("held.jpg");
        assertThat(new ProcessBuilder("mkfifo", held.toString()).start().waitFor()).isZero();
        List<String> inputs = new ArrayList<>(pictures);
        inputs.add(3, torn.toString());
        inputs.add(30, held.toString());
        Path list = Files.write(folder.resolve("list.txt"), inputs);

        for (String name : List.of("killed.npy", "killed.parquet")) {
            Path progress = folder.resolve(name + ".unfinished/progress.json");
            try (PlipProcess plip = PlipProcess.start(command(line, list, folder.resolve(name)))) {
                while (plip.running() && !Files.exists(progress)) Thread.sleep(5);
                assertThat(plip.running()).as(plip.err()).isTrue();
                plip.kill();
            }
            assertThat(folder.resolve(name)).doesNotExist();
            assertThat(Json.read(progress).path("inputs").asInt()).isBetween(4, 28);
        }
        Files.copy(Path.of(pictures.getFirst()), held, StandardCopyOption.REPLACE_EXISTING);

        for (String ending : List.of(".npy", ".parquet")) {
            Path killed = folder.resolve("killed" + ending);
            Path whole = folder.resolve("whole" + ending);
            PlipProcess.Result rest = PlipProcess.run(command(line, list, killed).toArray());
            assertThat(rest.err()).contains("going on after ").contains(" of 42 inputs");
            PlipProcess.Result uninterrupted =
                    PlipProcess.run(command(line, list, whole).toArray());
            for (PlipProcess.Result result : List.of(rest, uninterrupted)) {
                assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
                assertThat(result.err()).contains("left out 1 of the inputs");
                assertThat(result.out()).contains("41 pictures x 32");
            }
            assertThat(Path.of(killed + ".unreadable.tsv"))
                    .hasSameBinaryContentAs(Path.of(whole + ".unreadable.tsv"));
            assertThat(Path.of(killed + ".unfinished")).doesNotExist();
        }
        assertThat(folder.resolve("killed.npy"))
                .hasSameBinaryContentAs(folder.resolve("whole.npy"));
        // A Parquet footer lists encodings in an order that differs from process to process.
        assertThat(rows(folder.resolve("killed.npy.rows.parquet"), Row.class))
                .hasSize(41)
                .isEqualTo(rows(folder.resolve("whole.npy.rows.parquet"), Row.class));
        assertThat(rows(folder.resolve("killed.parquet"), Embedding.class))
                .hasSize(41)
                .isEqualTo(rows(folder.resolve("whole.parquet"), Embedding.class));
    }

    record Row(long row, String image) {}

    record Embedding(long row, String image, List<Float> embedding) {}

    private static <T> List<T> rows(Path table, Class<T> type) throws IOException {
        return new CarpetReader<>(table.toFile(), type).toList();
    }

    private static List<String> command(TinyLine.Line line, Path list, Path out) {
        return List.of(
                "embed",
                "--model",
                line.model().toString(),
                "--images",
                "@" + list,
                "--batch",
                "4",
                "--out",
                out.toString());
    }
}
