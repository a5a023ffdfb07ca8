package org.openplip.evaluate;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What to evaluate on, and how.
///
/// @param data a table `image,label,caption` or a folder of classes
/// @param out the folder for `results.json`, `predictions.parquet`, `report.html`, `figures/`
/// @param training the run folder whose curve is shown, if any
/// @param release the release folder whose filter is shown, if any
/// @param title of the report; made from the data's name where absent
public record EvaluationConfig(
        Path data,
        Path out,
        @Nullable Path training,
        @Nullable Path release,
        @Nullable String title,
        EvaluationSettings settings) {

    /// Every value, for `results.json`.
    Map<String, Object> resolved() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("data", data.toString());
        values.put("out", out.toString());
        if (training != null) values.put("training", training.toString());
        if (release != null) values.put("release", release.toString());
        values.put("templates", settings.templates());
        if (settings.classNames() != null) values.put("class_names", settings.classNames());
        values.put("recall_at", settings.recallAt());
        values.put("draws", settings.draws());
        values.put("level", settings.level());
        values.put("seed", settings.seed());
        values.put("examples", settings.examples());
        values.put("mistakes", settings.mistakes());
        return values;
    }
}
