package org.openplip.cli;

import java.util.ArrayList;
import java.util.List;
import org.openplip.ImageResult;

/// Inputs that gave no result: said one by one as they come up, and counted at the end.
final class LeftOutList {
    private final List<ImageInputs.LeftOut> all = new ArrayList<>();

    LeftOutList(List<ImageInputs.LeftOut> first) {
        first.forEach(this::add);
    }

    void add(ImageResult.Unreadable bad) {
        add(bad.file().toString(), bad.reason());
    }

    void add(String input, String reason) {
        add(new ImageInputs.LeftOut(input, reason));
    }

    private void add(ImageInputs.LeftOut input) {
        all.add(input);
        System.err.printf("plip: left out %s: %s%n", input.input(), input.reason());
    }

    List<ImageInputs.LeftOut> all() {
        return List.copyOf(all);
    }

    /// Says how many were left out; the command's exit code.
    int report() {
        if (all.isEmpty()) return 0;
        System.err.printf("plip: left out %d of the inputs (listed above)%n", all.size());
        return 1;
    }
}
