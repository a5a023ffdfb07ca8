package org.openplip.openpath;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What one step of the build let through: an entry of `flow.json`.
///
/// @param step the rule's name
/// @param unit what is counted: `line`, `post`, `text` or `pair`
/// @param in how many came
/// @param out how many went on; `in` minus all of `rejected`
/// @param rejected how many did not, by reason
public record FlowStep(
        String step, String unit, long in, long out, SortedMap<String, Long> rejected) {
    public FlowStep {
        rejected = new TreeMap<>(rejected);
        long sum = rejected.values().stream().mapToLong(Long::longValue).sum();
        if (in - sum != out) {
            throw new IllegalArgumentException(
                    "%s: %d came in and %d were rejected, so %d should go on, not %d"
                            .formatted(step, in, sum, in - sum, out));
        }
    }

    static FlowStep of(String step, String unit, long in, Map<String, Long> rejected) {
        long sum = rejected.values().stream().mapToLong(Long::longValue).sum();
        return new FlowStep(step, unit, in, in - sum, new TreeMap<>(rejected));
    }
}
