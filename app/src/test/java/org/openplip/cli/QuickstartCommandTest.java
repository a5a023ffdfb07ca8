package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Checkpoint;
import org.openplip.io.Json;

/// The quick start with a checkpoint that is given.
class QuickstartCommandTest {
    private static final Path RECIPE = Path.of("../acceptance/src/test/resources/tiny.toml");

    @TempDir private Path folder = Path.of("");

    @BeforeEach
    void tellWhereTheProgramIs() {
        System.setProperty("org.openplip.home", Path.of("..").toAbsolutePath().toString());
    }

    @AfterEach
    void forget() {
        System.clearProperty("org.openplip.home");
    }

    @Test
    void aGivenCheckpointIsMeasuredAndIndexedAndNothingIsTrained() throws IOException {
        Path model = TinyCheckpoint.write(folder.resolve("model"));
        Path dir = folder.resolve("quickstart");
        Object[] call = {
            "quickstart", "--no-serve", "--dir", dir, "--recipe", RECIPE, "--model", model
        };
        assertThat(plip(call).exitCode()).isZero();

        JsonNode summary = Json.read(dir.resolve("summary.json"));
        assertThat(summary.at("/settings/model").asText()).isEqualTo(model.toString());
        assertThat(summary.at("/settings").has("train")).isFalse();
        assertThat(summary.at("/seconds").has("train")).isFalse();
        assertThat(summary.at("/seconds/index").isNumber()).isTrue();
        assertThat(summary.at("/zeroShot/weightedF1").isNumber()).isTrue();
        assertThat(summary.at("/zeroShot").has("untrained")).isFalse();
        assertThat(summary.at("/textToImage/recallAt10").isNumber()).isTrue();
        assertThat(summary.at("/textToImage").has("untrainedAt10")).isFalse();
        assertThat(dir.resolve("run")).doesNotExist();
        assertThat(dir.resolve("evaluation/report.html")).isNotEmptyFile();
        assertThat(Json.read(dir.resolve("index/index.json")).path("checkpoint").asText())
                .isEqualTo(Checkpoint.sha256(model));

        // The same call has nothing left to do; one that trains is of another run.
        byte[] before = Files.readAllBytes(dir.resolve("summary.json"));
        assertThat(plip(call).exitCode()).isZero();
        assertThat(dir.resolve("summary.json")).hasBinaryContent(before);
        assertThat(plip("quickstart", "--no-serve", "--dir", dir, "--recipe", RECIPE).exitCode())
                .isEqualTo(1);
    }
}
