package org.openplip.cli;

import java.util.ArrayList;
import java.util.List;
import org.openplip.index.LeftOut;

/// Inputs that gave no result: said one by one as they come up, and counted at the end.
final class LeftOutList {
    private final List<LeftOut> all = new ArrayList<>();

    void add(LeftOut input) {
        all.add(input);
        print(input);
    }

    /// Says it on standard error.
    static void print(LeftOut input) {
        System.err.printf("plip: left out %s: %s%n", input.input(), input.reason());
    }

    List<LeftOut> all() {
        return List.copyOf(all);
    }

    /// Says how many were left out; the command's exit code.
    int report() {
        if (all.isEmpty()) return 0;
        System.err.printf("plip: left out %d of the inputs (listed above)%n", all.size());
        return 1;
    }
}
