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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Json;

/// `metrics.jsonl`: a line a step, and a line a validation, in the order they came about; and the
/// same numbers as an [EventFile].
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
            @JsonProperty("validation_recall_at_10") @Nullable Double validationRecallAt10,
            @JsonProperty("validation_zero_shot_f1") @Nullable Double validationZeroShotF1) {

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
                    validation.recallAt10(),
                    validation.zeroShotF1());
        }

        /// The numbers by the names that they have in TensorBoard.
        private Map<String, Double> byTag() {
            Map<String, Double> values = new LinkedHashMap<>();
            put(values, "train/loss", loss);
            put(values, "train/learning_rate", learningRate);
            put(values, "train/logit_scale", logitScale);
            put(values, "train/gradient_norm", gradientNorm);
            put(values, "train/samples_per_second", samplesPerSecond);
            put(values, "validation/loss", validationLoss);
            put(values, "validation/recall_at_10", validationRecallAt10);
            put(values, "validation/zero_shot_f1", validationZeroShotF1);
            return values;
        }

        private static void put(Map<String, Double> values, String tag, @Nullable Double value) {
            if (value != null) values.put(tag, value);
        }
    }

    private static final String FILE = "metrics.jsonl";

    private final BufferedWriter writer;
    private final EventFile events;

    private TrainingMetrics(BufferedWriter writer, EventFile events) {
        this.writer = writer;
        this.events = events;
    }

    /// Opens the files in the folder `run` to go on after `steps` steps: later lines, of a run that
    /// was killed before it saved, are taken out, and so is a line that was cut short.
    static TrainingMetrics open(Path run, long steps, InstantSource clock) throws IOException {
        Path file = run.resolve(FILE);
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
        EventFile events = EventFile.open(run, steps, clock);
        return new TrainingMetrics(
                Files.newBufferedWriter(
                        file,
                        StandardCharsets.UTF_8,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND),
                events);
    }

    /// The losses of the steps in the folder `run`, in their order.
    static List<Double> losses(Path run) throws IOException {
        List<Double> losses = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve(FILE))) {
            Double loss = Json.MAPPER.readValue(line, Line.class).loss();
            if (loss != null) losses.add(loss);
        }
        return losses;
    }

    void add(Line line) throws IOException {
        writer.write(Json.MAPPER.writeValueAsString(line));
        writer.write('\n');
        writer.flush();
        events.add(line.step, line.byTag());
    }

    @Override
    public void close() throws IOException {
        try (events) {
            writer.close();
        }
    }
}
