package org.openplip.openpath;

import java.util.SortedMap;
import java.util.TreeMap;

/// Counts one step of a build while it runs.
final class FlowCounter {
    private final String step;
    private final String unit;
    private final SortedMap<String, Long> rejected = new TreeMap<>();
    private long in;

    FlowCounter(String step, String unit) {
        this.step = step;
        this.unit = unit;
    }

    String step() {
        return step;
    }

    void in() {
        in++;
    }

    void reject(String reason) {
        rejected.merge(reason, 1L, Long::sum);
    }

    FlowStep toStep() {
        return FlowStep.of(step, unit, in, rejected);
    }
}
