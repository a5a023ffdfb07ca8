package org.openplip.evaluate;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.report.Results.Filter;
import org.openplip.report.Results.Step;

/// Reads what a release says about its making: `flow.json`, and `quality.json` where the truth was
/// known.
final class FilterLog {
    private FilterLog() {}

    /// @throws DataException if `flow.json` is missing or one of the two is malformed
    static Filter read(Path release) throws IOException {
        Path flow = release.resolve("flow.json");
        if (!Files.isRegularFile(flow)) throw new DataException(flow, "is missing");
        JsonNode tree = Json.read(flow);
        List<Step> steps;
        try {
            steps = Json.MAPPER.convertValue(tree, new TypeReference<List<Step>>() {});
        } catch (IllegalArgumentException e) {
            throw new DataException(
                    flow.toString(), null, "is not a list of steps: " + e.getMessage(), e);
        }
        for (Step step : steps) {
            if (step.step() == null || step.rejected() == null) {
                throw new DataException(flow, "has a step without a name or its rejections");
            }
        }
        Path quality = release.resolve("quality.json");
        return new Filter(
                release.toString(),
                steps,
                Files.isRegularFile(quality) ? Json.read(quality) : null);
    }
}
