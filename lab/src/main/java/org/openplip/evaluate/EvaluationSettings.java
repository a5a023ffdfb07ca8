package org.openplip.evaluate;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.Prompts;

/// How to evaluate, whatever on: the table `[evaluate]` of a recipe.
///
/// @param templates prompts with `{}` for the class's name
/// @param classNames label to name in the prompts; where absent, the data set's own
/// @param recallAt the k of recall at k, rising
/// @param draws bootstrap draws
/// @param level of the intervals, such as 0.95
/// @param seed of the bootstrap and of the examples shown
/// @param examples captions whose hits are shown
/// @param mistakes mistakes shown
public record EvaluationSettings(
        List<String> templates,
        @Nullable Map<String, String> classNames,
        List<Integer> recallAt,
        int draws,
        double level,
        long seed,
        int examples,
        int mistakes) {
    public EvaluationSettings {
        templates = new Prompts(templates).templates();
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
}
