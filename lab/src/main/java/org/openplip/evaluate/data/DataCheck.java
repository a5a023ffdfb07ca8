package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

/// Which of the known data sets are there, and whether they are what they should be.
public final class DataCheck {
    /// What was found of a set.
    public sealed interface Finding {
        KnownSet set();

        /// Nothing of it is there.
        record Missing(KnownSet set) implements Finding {}

        /// It cannot be read.
        record Unreadable(KnownSet set, DataException why) implements Finding {}

        /// It can be read.
        ///
        /// @param samples how many pictures it has
        /// @param rejected how many things of it were left out, by rule
        record Read(
                KnownSet set,
                int samples,
                Map<Rejected.Rule, Long> rejected,
                List<Counted> counts,
                List<String> remarks)
                implements Finding {}
    }

    /// A number beside what it should be.
    ///
    /// @param source where the expected number is from
    /// @param binding false where another number may be right too
    public record Counted(String what, long expected, long found, String source, boolean binding) {
        /// Whether the set is off in this.
        public boolean isOff() {
            return binding && expected != found;
        }
    }

    private DataCheck() {}

    /// Reads every set that is below `root` by the paper's rules, and counts. Pictures in files are
    /// not opened.
    ///
    /// @throws DataException if there is no such folder
    public static List<Finding> of(Path root, Progress progress) throws IOException {
        if (!Files.isDirectory(root)) throw new DataException(root, "is not a folder");
        List<Finding> findings = new ArrayList<>();
        for (KnownSet set : KnownSet.values()) {
            findings.add(set.isIn(root) ? read(set, root, progress) : new Finding.Missing(set));
        }
        return findings;
    }

    private static Finding read(KnownSet set, Path root, Progress progress) throws IOException {
        try (DataSet data = set.read(root, Protocol.PAPER, progress)) {
            Map<Rejected.Rule, Long> rejected = new EnumMap<>(Rejected.Rule.class);
            for (Rejected one : data.rejected()) rejected.merge(one.rule(), 1L, Long::sum);
            return new Finding.Read(
                    set,
                    data.samples().size(),
                    rejected,
                    KnownCount.of(set).stream()
                            .map(
                                    known ->
                                            new Counted(
                                                    known.what(),
                                                    known.expected(),
                                                    known.found().applyAsLong(data),
                                                    known.source(),
                                                    known.binding()))
                            .toList(),
                    data.remarks());
        } catch (DataException e) {
            return new Finding.Unreadable(set, e);
        }
    }
}
