package org.openplip.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.report.Results.Point;
import org.openplip.report.Results.Training;

/// Reads a training run's `metrics.jsonl`.
final class TrainingLog {
    /// As many as a figure can show.
    private static final int MOST_POINTS = 1000;

    private TrainingLog() {}

    /// The log of `run`. Lines of one step are put together, the last value of each field counting:
    /// a validation has a line of its own, and a run that was killed and resumed may have logged a
    /// step twice. A last line without its line break was cut off by a kill and is passed over.
    ///
    /// @throws DataException if there is no log, or a line is not what it should be
    static Training read(Path run) throws IOException {
        Path file = run.resolve("metrics.jsonl");
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        String text = Files.readString(file);
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (!text.endsWith("\n") && !lines.isEmpty()) lines.removeLast();
        TreeMap<Long, Point> points = new TreeMap<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) continue;
            try {
                Point point = point(Json.MAPPER.readTree(lines.get(i)));
                points.merge(point.step(), point, TrainingLog::together);
            } catch (JsonProcessingException | IllegalArgumentException e) {
                throw new DataException(file.toString(), "line " + (i + 1), "is not a log line", e);
            }
        }
        Path environment = run.resolve("environment.json");
        return new Training(
                run.toString(),
                points.size(),
                thinned(List.copyOf(points.values())),
                Files.isRegularFile(environment) ? Json.read(environment) : null);
    }

    private static Point point(JsonNode line) {
        if (!line.path("step").isIntegralNumber()) {
            throw new IllegalArgumentException("names no step");
        }
        return new Point(
                line.path("step").asLong(),
                number(line, "epoch"),
                number(line, "loss"),
                number(line, "learning_rate"),
                number(line, "logit_scale"),
                number(line, "samples_per_second"),
                number(line, "validation_loss"),
                number(line, "validation_recall_at_10"));
    }

    private static Point together(Point earlier, Point later) {
        return new Point(
                later.step(),
                last(earlier.epoch(), later.epoch()),
                last(earlier.loss(), later.loss()),
                last(earlier.learningRate(), later.learningRate()),
                last(earlier.logitScale(), later.logitScale()),
                last(earlier.samplesPerSecond(), later.samplesPerSecond()),
                last(earlier.validationLoss(), later.validationLoss()),
                last(earlier.validationRecallAt10(), later.validationRecallAt10()));
    }

    private static @Nullable Double last(@Nullable Double earlier, @Nullable Double later) {
        return later == null ? earlier : later;
    }

    private static @Nullable Double number(JsonNode line, String name) {
        return line.path(name).isNumber() ? line.path(name).asDouble() : null;
    }

    /// Evenly chosen points, the last and all those with a validation among them.
    private static List<Point> thinned(List<Point> points) {
        if (points.size() <= MOST_POINTS) return points;
        int stride = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
        List<Point> kept = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            Point point = points.get(i);
            boolean validated =
                    point.validationLoss() != null || point.validationRecallAt10() != null;
            if (i % stride == 0 || i == points.size() - 1 || validated) kept.add(point);
        }
        return kept;
    }
}
