package org.openplip.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openplip.io.Json;
import org.openplip.io.Npy;

/// The line from posts to an index, and the two commands of fixed form.
class QuickstartTest {
    private final TinyLine.Line line = TinyLine.line();

    @Test
    void writesItsSummaryWithTheDocumentedNames() throws IOException {
        JsonNode summary = Json.read(line.dir().resolve("summary.json"));
        for (String pointer :
                List.of(
                        "/zeroShot/weightedF1",
                        "/zeroShot/untrained",
                        "/textToImage/recallAt10",
                        "/textToImage/chanceAt10",
                        "/filter/precision",
                        "/filter/recall",
                        "/seconds/phantom",
                        "/seconds/openpath",
                        "/seconds/train",
                        "/seconds/evaluate",
                        "/seconds/index")) {
            assertThat(summary.at(pointer).isNumber()).as(pointer).isTrue();
        }
        assertThat(summary.at("/textToImage/chanceAt10").asDouble())
                .isEqualTo(10.0 / summary.at("/textToImage/n").asInt());
        assertThat(summary.at("/filter/precision").asDouble()).isGreaterThan(0.9);
        assertThat(summary.at("/filter/recall").asDouble()).isGreaterThan(0.9);
        assertThat(summary.path("notice").asText()).contains("drawings, not tissue");
    }

    @Test
    void leavesTheDocumentedFiles() {
        for (String file :
                List.of(
                        "world/posts.jsonl",
                        "world/world.json",
                        "world/heldout.csv",
                        "release/pairs.parquet",
                        "release/shards/train-000000.tar",
                        "release/shards/validation-000000.tar",
                        "release/rejected.parquet",
                        "release/flow.json",
                        "release/quality.json",
                        "release/datacard.md",
                        "run/config.toml",
                        "run/environment.json",
                        "run/metrics.jsonl",
                        "run/initial/model.safetensors",
                        "run/final/config.json",
                        "run/final/model.safetensors",
                        "run/final/preprocessor_config.json",
                        "run/final/tokenizer.json",
                        "run/final/vocab.json",
                        "run/final/merges.txt",
                        "evaluation/results.json",
                        "evaluation/predictions.parquet",
                        "evaluation/report.html",
                        "index/index.json")) {
            assertThat(line.dir().resolve(file)).isNotEmptyFile();
        }
    }

    @Test
    void saysAStageALineAndSkipsStagesThatAreDone() throws Exception {
        assertThat(line.first().out()).contains("1/5 phantom", "2/5 openpath", "3/5 train");
        assertThat(line.first().out()).contains("4/5 evaluate", "5/5 index");
        byte[] summary = Files.readAllBytes(line.dir().resolve("summary.json"));
        PlipProcess.Result again =
                PlipProcess.run(
                        "quickstart",
                        "--no-serve",
                        "--dir",
                        line.dir(),
                        "--recipe",
                        TinyLine.RECIPE);
        assertThat(again.exitCode()).isZero();
        assertThat(again.out().lines().filter(text -> text.contains("done before"))).hasSize(5);
        assertThat(line.dir().resolve("summary.json")).hasBinaryContent(summary);
    }

    @Test
    void embedsPicturesInTheOrderGivenAndCaptionsALineEach() throws Exception {
        Path images = line.dir().resolve("images.npy");
        Path list = line.dir().resolve("list.txt");
        Path adipose = firstPicture("ADI");
        Path tumor = firstPicture("TUM");
        Files.writeString(list, tumor + "\n\n" + adipose + "\n");
        PlipProcess.Result result =
                PlipProcess.run(
                        "embed",
                        "--model",
                        line.model(),
                        "--images",
                        adipose,
                        "@" + list,
                        line.world().resolve("heldout/MUC"),
                        "--out",
                        images);
        assertThat(result.exitCode()).isZero();
        float[][] rows = Npy.read(images);
        assertThat(rows).hasNumberOfRows(3 + 6);
        // The place in a batch changes how sums are split, so the last bits.
        assertThat(cosine(rows[0], rows[2])).isGreaterThan(1 - 1e-6);
        assertThat(cosine(rows[0], rows[1])).isLessThan(1 - 1e-4);
        for (float[] row : rows) assertThat(length(row)).isBetween(1 - 1e-5, 1 + 1e-5);

        Path captions = line.dir().resolve("captions.txt");
        Files.writeString(captions, "adipose tissue\nmucus\n\n");
        Path texts = line.dir().resolve("texts.npy");
        Path raw = line.dir().resolve("raw.npy");
        embedTexts(captions, texts, "float32");
        assertThat(
                        PlipProcess.run(
                                        "embed",
                                        "--model",
                                        line.model(),
                                        "--texts",
                                        captions,
                                        "--out",
                                        raw,
                                        "--raw")
                                .exitCode())
                .isZero();
        float[][] unit = Npy.read(texts);
        float[][] unscaled = Npy.read(raw);
        assertThat(unit).hasNumberOfRows(3);
        for (int i = 0; i < 3; i++) {
            assertThat(length(unit[i])).isBetween(1 - 1e-5, 1 + 1e-5);
            assertThat(cosine(unit[i], unscaled[i])).isGreaterThan(1 - 1e-5);
        }
        for (String precision : List.of("bf16", "int8")) {
            embedTexts(captions, raw, precision);
            float[][] low = Npy.read(raw);
            for (int i = 0; i < 3; i++) {
                assertThat(cosine(unit[i], low[i])).as(precision).isGreaterThan(0.98);
            }
        }
    }

    private void embedTexts(Path captions, Path out, String precision) throws Exception {
        PlipProcess.Result result =
                PlipProcess.run(
                        "embed",
                        "--model",
                        line.model(),
                        "--texts",
                        captions,
                        "--out",
                        out,
                        "--precision",
                        precision);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void zeroShotPrintsOneJsonObject() throws Exception {
        Path folder = line.world().resolve("heldout").resolve("BACK");
        PlipProcess.Result result =
                PlipProcess.run(
                        "zero-shot",
                        "--model",
                        line.model(),
                        "--images",
                        folder,
                        "--labels",
                        "background, mucus,debris",
                        "--prompt",
                        "An H&E image patch of {}.",
                        "--json");
        assertThat(result.exitCode()).as(result.err()).isZero();
        JsonNode json = Json.MAPPER.readTree(result.out());
        assertThat(json.at("/prompts/mucus/0").asText()).isEqualTo("An H&E image patch of mucus.");
        assertThat(json.path("predictions")).hasSize(6);
        for (JsonNode prediction : json.path("predictions")) {
            double sum = 0;
            double best = 0;
            for (JsonNode probability : prediction.path("probabilities")) {
                sum += probability.asDouble();
                best = Math.max(best, probability.asDouble());
            }
            assertThat(sum).isBetween(1 - 1e-9, 1 + 1e-9);
            assertThat(prediction.path("probability").asDouble()).isEqualTo(best);
            assertThat(
                            prediction
                                    .path("probabilities")
                                    .path(prediction.path("label").asText())
                                    .asDouble())
                    .isEqualTo(best);
        }
    }

    private Path firstPicture(String label) throws IOException {
        try (var files = Files.list(line.world().resolve("heldout").resolve(label))) {
            return files.sorted().findFirst().orElseThrow();
        }
    }

    private static double length(float[] row) {
        return Math.sqrt(dot(row, row));
    }

    private static double cosine(float[] a, float[] b) {
        return dot(a, b) / length(a) / length(b);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }
}
