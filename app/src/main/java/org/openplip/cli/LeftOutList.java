package org.openplip.cli;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.openplip.ImageResult;

/// Inputs that gave no result: said one by one as they come up, and counted at the end.
final class LeftOutList {
    /// An input that gave no result, and why.
    record LeftOut(String input, String reason) {
        static LeftOut of(ImageResult.Unreadable bad) {
            // Folders are searched for pictures; one that is left had none.
            return new LeftOut(
                    bad.file().toString(),
                    Files.isDirectory(bad.file()) ? "the folder holds no pictures" : bad.reason());
        }

        /// Says it on standard error.
        void print() {
            System.err.printf("plip: left out %s: %s%n", input, reason);
        }
    }

    private final List<LeftOut> all = new ArrayList<>();

    void add(ImageResult.Unreadable bad) {
        add(LeftOut.of(bad));
    }

    void add(String input, String reason) {
        add(new LeftOut(input, reason));
    }

    private void add(LeftOut input) {
        all.add(input);
        input.print();
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
