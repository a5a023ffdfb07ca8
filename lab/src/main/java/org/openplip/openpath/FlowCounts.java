package org.openplip.openpath;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Derives the count at every step from what was rejected and what is left, going backwards: what
/// came into a step is what went on and what did not.
final class FlowCounts {
    private final Map<String, Map<String, Long>> rejected = new TreeMap<>();

    /// Of the steps of texts, how many rejections are of answers.
    private final Map<String, Long> answersRejected = new TreeMap<>();

    private long rows;

    /// Counts one row of `rejected.parquet`.
    void add(Rejection rejection) {
        rows++;
        rejected.computeIfAbsent(rejection.rule(), _ -> new TreeMap<>())
                .merge(rejection.reason(), 1L, Long::sum);
        if (rejection.passed().contains(Steps.KEYWORD)) {
            answersRejected.merge(rejection.rule(), 1L, Long::sum);
        }
    }

    /// How many rows there were.
    long rows() {
        return rows;
    }

    /// The count at every step, in order.
    ///
    /// @param evaluationPictures that were to be read
    /// @param pictures that were kept
    /// @param texts that have such a picture
    /// @param answers of those texts, the answers
    /// @param pairs in the release
    List<FlowStep> steps(
            long evaluationPictures, long pictures, long texts, long answers, long pairs) {
        ArrayDeque<FlowStep> flow = new ArrayDeque<>();
        flow.addFirst(step(Steps.SPLIT, "pair", pairs));
        flow.addFirst(step(Steps.PICTURE_LEFT, "text", texts));
        back(flow, Steps.OF_PICTURES, "picture", pictures);
        long read = evaluationPictures - count(Steps.EVALUATION_PICTURE);
        flow.addFirst(step(Steps.EVALUATION_PICTURE, "evaluation picture", read));
        List<String> textSteps = new ArrayList<>(Steps.OF_TEXTS);
        textSteps.add(Steps.CAPTION_LEAK);
        long captions = texts + count(Steps.PICTURE_LEFT);
        long allTexts = back(flow, textSteps, "text", captions);
        long chosen = answers + answersRejected.getOrDefault(Steps.PICTURE_LEFT, 0L);
        for (String step : textSteps) chosen += answersRejected.getOrDefault(step, 0L);
        long named = back(flow, Steps.OF_ANSWERS, "answer", chosen);
        flow.addFirst(step(Steps.ROLE, "post", named + allTexts - chosen));
        back(flow, Steps.OF_POSTS, "post", flow.getFirst().in());
        flow.addFirst(step(Steps.PARSE, "line", flow.getFirst().in()));
        return List.copyOf(flow);
    }

    /// Puts some steps before all others; what came into the first of them is returned.
    private long back(ArrayDeque<FlowStep> flow, List<String> steps, String unit, long out) {
        long next = out;
        for (String name : steps.reversed()) {
            flow.addFirst(step(name, unit, next));
            next = flow.getFirst().in();
        }
        return next;
    }

    private FlowStep step(String name, String unit, long out) {
        return FlowStep.of(name, unit, out + count(name), rejected.getOrDefault(name, Map.of()));
    }

    private long count(String step) {
        return rejected.getOrDefault(step, Map.of()).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
