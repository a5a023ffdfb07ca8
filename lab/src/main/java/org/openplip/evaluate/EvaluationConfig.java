package org.openplip.evaluate;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What to evaluate on, and how.
///
/// @param data a table `image,label,caption` or a folder of classes
/// @param out the folder for `results.json`, `predictions.parquet`, `report.html`, `figures/`
/// @param training the run folder whose curve is shown, if any
/// @param release the release folder whose filter is shown, if any
/// @param title of the report; made from the data's name where absent
/// @param templates prompts with `{}` for the class's name
/// @param classNames label to name in the prompts; where empty, see [Prompts#forLabels]
/// @param recallAt the k of recall at k, rising
/// @param draws bootstrap draws
/// @param level of the intervals, such as 0.95
/// @param seed of the bootstrap and of the examples shown
/// @param examples captions whose hits are shown
/// @param mistakes mistakes shown
public record EvaluationConfig(
        Path data,
        Path out,
        @Nullable Path training,
        @Nullable Path release,
        @Nullable String title,
        List<String> templates,
        Map<String, String> classNames,
        List<Integer> recallAt,
        int draws,
        double level,
        long seed,
        int examples,
        int mistakes) {
    public EvaluationConfig {
        templates = List.copyOf(templates);
        classNames = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(classNames));
        recallAt = List.copyOf(recallAt);
        if (recallAt.isEmpty()) throw new IllegalArgumentException("recallAt: none given");
        for (int i = 0; i < recallAt.size(); i++) {
            if (recallAt.get(i) < 1 || (i > 0 && recallAt.get(i) <= recallAt.get(i - 1))) {
                throw new IllegalArgumentException(
                        "recallAt: expected rising numbers from 1 on, got " + recallAt);
            }
        }
        if (draws < 1) {
            throw new IllegalArgumentException("draws: expected at least 1, got " + draws);
        }
        if (!(level > 0 && level < 1)) {
            throw new IllegalArgumentException(
                    "level: expected between 0 and 1, both excluded, got " + level);
        }
        if (examples < 0 || mistakes < 0) {
            throw new IllegalArgumentException(
                    "examples, mistakes: expected at least 0, got " + examples + ", " + mistakes);
        }
    }

    /// The paper's prompt, recall at 1, 10 and 50, and 95 % intervals of 1,000 draws.
    public static EvaluationConfig of(Path data, Path out) {
        return new EvaluationConfig(
                data,
                out,
                null,
                null,
                null,
                List.of(Prompts.TEMPLATE),
                Map.of(),
                List.of(1, 10, 50),
                1000,
                0.95,
                1,
                6,
                12);
    }

    /// With the curve of a training run.
    public EvaluationConfig withTraining(Path run) {
        return new EvaluationConfig(
                data,
                out,
                run,
                release,
                title,
                templates,
                classNames,
                recallAt,
                draws,
                level,
                seed,
                examples,
                mistakes);
    }

    /// With the filter of a release.
    public EvaluationConfig withRelease(Path folder) {
        return new EvaluationConfig(
                data,
                out,
                training,
                folder,
                title,
                templates,
                classNames,
                recallAt,
                draws,
                level,
                seed,
                examples,
                mistakes);
    }

    public EvaluationConfig withTitle(String newTitle) {
        return new EvaluationConfig(
                data,
                out,
                training,
                release,
                newTitle,
                templates,
                classNames,
                recallAt,
                draws,
                level,
                seed,
                examples,
                mistakes);
    }

    /// With these classes, in this order: label to name in the prompts.
    public EvaluationConfig withPrompts(List<String> newTemplates, Map<String, String> names) {
        return new EvaluationConfig(
                data,
                out,
                training,
                release,
                title,
                newTemplates,
                names,
                recallAt,
                draws,
                level,
                seed,
                examples,
                mistakes);
    }

    public EvaluationConfig withBootstrap(int newDraws, double newLevel, long newSeed) {
        return new EvaluationConfig(
                data,
                out,
                training,
                release,
                title,
                templates,
                classNames,
                recallAt,
                newDraws,
                newLevel,
                newSeed,
                examples,
                mistakes);
    }

    /// Every value, for `results.json`.
    Map<String, Object> resolved() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("data", data.toString());
        values.put("out", out.toString());
        if (training != null) values.put("training", training.toString());
        if (release != null) values.put("release", release.toString());
        values.put("templates", templates);
        values.put("class_names", classNames);
        values.put("recall_at", recallAt);
        values.put("draws", draws);
        values.put("level", level);
        values.put("seed", seed);
        values.put("examples", examples);
        values.put("mistakes", mistakes);
        return values;
    }
}
