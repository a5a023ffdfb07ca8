package org.openplip.evaluate.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Classes and their names in the order given, which [Map#of] does not keep.
final class Names {
    private Names() {}

    /// @param labelsAndNames a label, its name, the next label ..
    static Map<String, String> of(String... labelsAndNames) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < labelsAndNames.length; i += 2) {
            names.put(labelsAndNames[i], labelsAndNames[i + 1]);
        }
        return Collections.unmodifiableMap(names);
    }
}
