package org.openplip.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
                        "--data",
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

    @Test
    void theDeathOfOneOfSeveralProcessesIsNamedAndOneGoesOnAlone(@TempDir Path folder)
            throws Exception {
        TinyLine.Line line = TinyLine.line();
        Path run = folder.resolve("run");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--data",
                                line.release().toString(),
                                "--out",
                                run.toString(),
                                "--recipe",
                                TinyLine.RECIPE.toString(),
                                "--processes",
                                "2"));
        List<ProcessHandle> children;
        try (PlipProcess plip = PlipProcess.start(command)) {
            while (plip.running() && !hasCheckpoint(run)) Thread.sleep(5);
            assertThat(plip.running()).as(plip.err()).isTrue();
            children = plip.children();
            assertThat(children).hasSize(2);
            children.getLast().destroyForcibly();
            PlipProcess.Result result = plip.await();
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.complaints())
                    .containsExactly(
                            "plip: rank 1 (process %d) ended with exit code 137; the same command"
                                            .formatted(children.getLast().pid())
                                    + " goes on from the last checkpoint");
            assertThat(result.out()).isEmpty();
        }
        children.getFirst().onExit().join();
        assertThat(run.resolve("final")).doesNotExist();

        command.set(command.size() - 1, "1");
        PlipProcess.Result rest = PlipProcess.run(command.toArray());
        assertThat(rest.exitCode()).as(rest.err()).isZero();
        assertThat(rest.out()).containsPattern("went on from step \\d+\\)");
        // Each step once, and the losses are those of one process from the start.
        List<JsonNode> expected = withoutRate(line.dir().resolve("run"));
        List<JsonNode> actual = withoutRate(run);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i).path("step")).isEqualTo(expected.get(i).path("step"));
            assertThat(actual.get(i).path("loss").asDouble())
                    .isCloseTo(expected.get(i).path("loss").asDouble(), within(1e-3));
        }
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
