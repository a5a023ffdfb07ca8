package org.openplip.openpath;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// How likely it is that a picture shows tissue under a microscope, from colour and texture: a
/// logistic regression over [PictureFeatures] and their squares. It needs no checkpoint; a person
/// with labelled pictures of their own fits it anew with [PictureFilterTrainer].
///
/// @param mean of each feature where the filter was fitted
/// @param deviation of each feature there, above 0
/// @param weights of the standardised features, then of their squares less 1
/// @param provenance what the filter was fitted on and how well it did, for people
@SuppressWarnings("ArrayRecordComponent") // read-only by agreement
public record PictureFilter(
        double[] mean,
        double[] deviation,
        double[] weights,
        double bias,
        Map<String, String> provenance) {
    public PictureFilter {
        int n = PictureFeatures.NAMES.size();
        if (mean.length != n || deviation.length != n || weights.length != 2 * n) {
            throw new IllegalArgumentException(
                    "mean, deviation, weights: expected %d, %d and %d numbers, got %d, %d and %d"
                            .formatted(n, n, 2 * n, mean.length, deviation.length, weights.length));
        }
        provenance = Map.copyOf(provenance);
    }

    /// The probability that the picture shows tissue, 0 to 1. Safe for use by several threads.
    public double probability(RgbImage image) {
        return probability(PictureFeatures.of(image));
    }

    double probability(double[] features) {
        double sum = bias;
        double[] inputs = inputs(features, mean, deviation);
        for (int i = 0; i < inputs.length; i++) sum += weights[i] * inputs[i];
        return 1 / (1 + Math.exp(-sum));
    }

    /// Standardised features, cut at 5 deviations, and their squares less 1: float64 `[2 *
    /// features]`.
    static double[] inputs(double[] features, double[] mean, double[] deviation) {
        double[] inputs = new double[2 * features.length];
        for (int i = 0; i < features.length; i++) {
            double z = Math.clamp((features[i] - mean[i]) / deviation[i], -5, 5);
            inputs[i] = z;
            inputs[features.length + i] = z * z - 1;
        }
        return inputs;
    }

    /// The filter that ships with OpenPLIP, fitted on phantom pictures: drawings, not tissue.
    public static PictureFilter shipped() throws IOException {
        String name = "picture-filter.json";
        try (InputStream in = PictureFilter.class.getResourceAsStream(name)) {
            if (in == null) throw new DataException(name, null, "is not on the class path", null);
            return of(Json.MAPPER.readTree(in), name);
        }
    }

    /// The filter in a file that [#write] made.
    ///
    /// @throws DataException if it is for other features
    public static PictureFilter read(Path file) throws IOException {
        return of(Json.read(file), file.toString());
    }

    private static PictureFilter of(JsonNode node, String source) throws DataException {
        List<String> names = new ArrayList<>();
        for (JsonNode name : node.path("features")) names.add(name.asText());
        if (!names.equals(PictureFeatures.NAMES)) {
            throw new DataException(
                    source,
                    "features",
                    "expected " + PictureFeatures.NAMES + ", got " + names,
                    null);
        }
        Map<String, String> provenance = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.path("provenance").properties()) {
            provenance.put(entry.getKey(), entry.getValue().asText());
        }
        try {
            return new PictureFilter(
                    numbers(node.path("mean")),
                    numbers(node.path("deviation")),
                    numbers(node.path("weights")),
                    node.path("bias").asDouble(),
                    provenance);
        } catch (IllegalArgumentException e) {
            throw new DataException(source, null, String.valueOf(e.getMessage()), e);
        }
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) numbers[i] = array.get(i).asDouble();
        return numbers;
    }

    /// Writes the filter as JSON.
    public void write(Path file) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("provenance", new java.util.TreeMap<>(provenance));
        fields.put("features", PictureFeatures.NAMES);
        fields.put("mean", mean);
        fields.put("deviation", deviation);
        fields.put("weights", weights);
        fields.put("bias", bias);
        Json.write(file, fields);
    }
}
