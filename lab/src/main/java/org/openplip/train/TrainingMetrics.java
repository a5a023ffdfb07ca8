package org.openplip.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Json;

/// `metrics.jsonl`: a line a step, and a line a validation, in the order they came about.
final class TrainingMetrics implements AutoCloseable {
    /// One line. `step` counts the steps done, from 1; epochs are fractions of all pairs seen.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(
            @JsonProperty("step") long step,
            @JsonProperty("epoch") double epoch,
            @JsonProperty("loss") @Nullable Double loss,
            @JsonProperty("learning_rate") @Nullable Double learningRate,
            @JsonProperty("logit_scale") @Nullable Double logitScale,
            @JsonProperty("gradient_norm") @Nullable Double gradientNorm,
            @JsonProperty("samples_per_second") @Nullable Double samplesPerSecond,
            @JsonProperty("validation_loss") @Nullable Double validationLoss,
            @JsonProperty("validation_recall_at_10") @Nullable Double validationRecallAt10) {

        static Line ofStep(
                long step,
                double epoch,
                double loss,
                double learningRate,
                double logitScale,
                double gradientNorm,
                double samplesPerSecond) {
            return new Line(
                    step,
                    epoch,
                    loss,
                    learningRate,
                    logitScale,
                    gradientNorm,
                    samplesPerSecond,
                    null,
                    null);
        }

        static Line of(long step, double epoch, Validation validation) {
            return new Line(
                    step,
                    epoch,
                    null,
                    null,
                    null,
                    null,
                    null,
                    validation.loss(),
                    validation.recallAt10());
        }
    }

    private final BufferedWriter writer;

    private TrainingMetrics(BufferedWriter writer) {
        this.writer = writer;
    }

    /// Opens `file` to go on after `steps` steps: later lines, of a run that was killed before it
    /// saved, are taken out, and so is a line that was cut short.
    static TrainingMetrics open(Path file, long steps) throws IOException {
        if (Files.exists(file)) {
            List<String> kept = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                try {
                    if (Json.MAPPER.readValue(line, Line.class).step() <= steps) kept.add(line);
                } catch (JsonProcessingException _) {
                    break;
                }
            }
            AtomicFiles.writeString(file, kept.isEmpty() ? "" : String.join("\n", kept) + "\n");
        }
        return new TrainingMetrics(
                Files.newBufferedWriter(
                        file,
                        StandardCharsets.UTF_8,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND));
    }

    void add(Line line) throws IOException {
        writer.write(Json.MAPPER.writeValueAsString(line));
        writer.write('\n');
        writer.flush();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
