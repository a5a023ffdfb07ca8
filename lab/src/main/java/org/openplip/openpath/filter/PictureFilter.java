package org.openplip.openpath.filter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// How likely it is that a picture shows tissue under a microscope: a linear model of
/// [FilterFeatures] through the logistic function, calibrated, with the threshold that goes with
/// it. [FilterTraining] fits one; [PictureScorer] asks it.
///
/// Version 1 knew colour and texture alone and had no threshold.
///
/// @param mean of each feature where the filter was fitted
/// @param deviation of each feature there, above 0
/// @param weights of the model's inputs; the slope of the calibration is in them
/// @param bias the offset of the calibration is in it
/// @param card what it was fitted on, and its threshold
@SuppressWarnings("ArrayRecordComponent") // read-only by agreement
public record PictureFilter(
        FilterFeatures features,
        double[] mean,
        double[] deviation,
        double[] weights,
        double bias,
        FilterCard card) {
    private static final int VERSION = 2;

    /// The file: a version first, so that another one can be told.
    private record Versioned(int version, PictureFilter filter) {}

    public PictureFilter {
        Objects.requireNonNull(features, "features");
        Objects.requireNonNull(card, "card");
        check("mean", mean, features.size());
        check("deviation", deviation, features.size());
        check("weights", weights, features.inputs());
        if (!(card.threshold() > 0 && card.threshold() <= 1)) {
            throw new IllegalArgumentException(
                    "threshold: expected above 0 to 1, got " + card.threshold());
        }
    }

    private static void check(String name, double[] numbers, int expected) {
        if (numbers == null || numbers.length != expected) {
            throw new IllegalArgumentException(
                    "%s: expected %d numbers, got %s"
                            .formatted(name, expected, numbers == null ? "none" : numbers.length));
        }
    }

    /// The least probability of a picture that is kept, above 0 to 1.
    public double threshold() {
        return card.threshold();
    }

    /// The probability that a picture with these features shows tissue.
    ///
    /// @param numbers float32 `[features().size()]`
    double probability(float[] numbers) {
        return LogisticRegression.probability(
                new LogisticRegression(weights, bias)
                        .score(features.inputs(numbers, mean, deviation)));
    }

    /// The filter that ships with OpenPLIP, of colour and texture, fitted on phantom pictures:
    /// drawings, not tissue.
    public static PictureFilter shipped() throws IOException {
        String name = "picture-filter.json";
        try (InputStream in = PictureFilter.class.getResourceAsStream(name)) {
            if (in == null) throw new DataException(name, null, "is not on the class path", null);
            return of(Json.MAPPER.readTree(in), name);
        }
    }

    /// The filter in a file that [#write] made.
    ///
    /// @throws DataException if it is none, of another version, or for colour and texture as
    ///   another program computes them
    public static PictureFilter read(Path file) throws IOException {
        return of(Json.read(file), file.toString());
    }

    private static PictureFilter of(JsonNode node, String source) throws DataException {
        int version = node.path("version").asInt(node.has("features") ? 1 : 0);
        if (version == 0) throw new DataException(source, null, "is no picture filter", null);
        if (version != VERSION) {
            throw new DataException(
                    source,
                    "version",
                    "expected %d, got %d; fit it anew with plip openpath train-filter"
                            .formatted(VERSION, version),
                    null);
        }
        PictureFilter filter;
        try {
            filter = Json.MAPPER.treeToValue(node, Versioned.class).filter;
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause() instanceof RuntimeException inner ? inner : e;
            String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
            throw new DataException(source, "filter", reason, e);
        }
        if (filter == null) throw new DataException(source, "filter", "is missing", null);
        if (filter.features instanceof FilterFeatures.ColourAndTexture colours
                && !colours.equals(FilterFeatures.ColourAndTexture.current())) {
            throw new DataException(
                    source,
                    "features",
                    "expected " + PictureFeatures.NAMES + ", got " + colours.names(),
                    null);
        }
        return filter;
    }

    /// Writes the filter as JSON.
    public void write(Path file) throws IOException {
        Json.write(file, new Versioned(VERSION, this));
    }
}
