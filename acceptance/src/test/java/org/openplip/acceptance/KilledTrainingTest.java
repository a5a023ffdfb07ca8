package org.openplip.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Json;

/// SIGKILL in the middle of a training run.
class KilledTrainingTest {
    @Test
    void goesOnFromTheLastCheckpointToTheSameModel(@TempDir Path folder) throws Exception {
        TinyLine.Line line = TinyLine.line();
        Path run = folder.resolve("run");
        List<String> command =
                List.of(
                        "train",
                        "--release",
                        line.release().toString(),
                        "--out",
                        run.toString(),
                        "--recipe",
                        TinyLine.RECIPE.toString());
        try (PlipProcess plip = PlipProcess.start(command)) {
            while (plip.running() && !hasCheckpoint(run)) Thread.sleep(5);
            assertThat(plip.running()).as(plip.err()).isTrue();
            plip.kill();
        }
        assertThat(run.resolve("final")).doesNotExist();
        assertThat(hasCheckpoint(run)).isTrue();

        PlipProcess.Result rest = PlipProcess.run(command.toArray());
        assertThat(rest.exitCode()).as(rest.err()).isZero();
        assertThat(rest.out()).containsPattern("went on from step \\d+\\)");

        Path whole = line.dir().resolve("run");
        assertThat(run.resolve("final/model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("final/model.safetensors"));
        assertThat(withoutRate(run)).isEqualTo(withoutRate(whole));
    }

    /// Whether a checkpoint is there and steps were taken after it.
    private static boolean hasCheckpoint(Path run) throws IOException {
        return lines(run).stream()
                .dropWhile(line -> !line.contains("validation_loss"))
                .skip(3)
                .findAny()
                .isPresent();
    }

    private static List<String> lines(Path run) throws IOException {
        Path file = run.resolve("metrics.jsonl");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /// The metrics but for the speed, which differs.
    private static List<JsonNode> withoutRate(Path run) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : lines(run)) {
            JsonNode node = Json.MAPPER.readTree(line);
            ((com.fasterxml.jackson.databind.node.ObjectNode) node).remove("samples_per_second");
            nodes.add(node);
        }
        return nodes;
    }
}
