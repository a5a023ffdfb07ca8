package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.Checkpoint;
import org.openplip.image.ImagePreprocessor;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.tokenizer.ClipTokenizer;

class ExportCommandTest {
    @TempDir private Path folder;
    private Path model;
    private Path out;

    @BeforeEach
    void makeCheckpoint() throws IOException {
        model = folder.resolve("model");
        out = folder.resolve("out");
        ClipTokenizer tokenizer = ClipTokenizer.train(List.of("tumor", "normal"), 516);
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(64, 1, 1, 32, 16),
                        ClipConfig.Text.of(64, 1, 1, tokenizer.vocabularySize(), 12),
                        16);
        try (Clip clip = Clip.random(config, 5)) {
            Checkpoint.write(model, clip, tokenizer, ImagePreprocessor.clip(32));
        }
    }

    @ParameterizedTest
    @CsvSource({"hf,model.safetensors", "open_clip,open_clip_model.safetensors", "openai,model.pt"})
    void writesEachFormatAndSaysHowFarItIsOff(String format, String file) {
        Ended ended = plip("export", "--model", model, "--format", format, "--out", out);
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
        assertThat(ended.out())
                .startsWith(out + ": " + format + " float32, ")
                .contains(file)
                .contains("differ by at most 0.0e+00 of the largest entry");
        assertThat(out.resolve(file)).exists();
    }

    @Test
    void writesOnnxInFloat32AndInt8() {
        for (String type : List.of("float32", "int8")) {
            Ended ended =
                    plip(
                            "export",
                            "--model",
                            model,
                            "--format",
                            "onnx",
                            "--out",
                            out,
                            "--dtype",
                            type);
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
            assertThat(ended.out())
                    .startsWith(out + ": onnx " + type + ", ")
                    .contains("image.onnx")
                    .contains("text.onnx")
                    .contains("not run here");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    tensorflow|float32|expected one of [HF, OPEN_CLIP, OPENAI, ONNX]
                    hf|int8|--dtype: hf has no int8
                    onnx|float16|--dtype: onnx has no float16
                    hf|float8|expected one of [FLOAT32, FLOAT16, BF16, INT8]
                    """)
    void wrongUsageEndsWithTwo(String format, String type, String message) {
        Ended ended =
                plip("export", "--model", model, "--format", format, "--out", out, "--dtype", type);
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).contains(message).contains("Usage: plip export");
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesAFolderOfSomethingElseInOneLine() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("thesis.txt"), "years of work");
        Ended ended = plip("export", "--model", model, "--format", "hf", "--out", out);
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err().lines())
                .containsExactly(
                        "plip: " + out + ": exists and is no export; choose another folder");
        assertThat(out.toFile().list()).containsExactly("thesis.txt");
    }

    @Test
    void namesAMissingCheckpoint() {
        Path nowhere = folder.resolve("nowhere");
        Ended ended = plip("export", "--model", nowhere, "--format", "hf", "--out", out);
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err().lines())
                .containsExactly("plip: " + nowhere + ": no such file or folder");
    }
}
