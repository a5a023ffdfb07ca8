package org.openplip.openpath;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a build made.
///
/// @param pairs in the release
/// @param train pairs in the training split
/// @param validation pairs in the validation split
/// @param rejected rows of `rejected.parquet`
/// @param flow the count at every step
/// @param quality how the filters did against the truth; null where the posts carry none
public record BuildSummary(
        long pairs,
        long train,
        long validation,
        long rejected,
        List<FlowStep> flow,
        @Nullable FilterQuality quality) {
    /// All of it in one line.
    public String line() {
        String line =
                "%d pairs (%d train, %d validation), %d rejected with reasons"
                        .formatted(pairs, train, validation, rejected);
        if (quality == null) return line;
        return line
                + String.format(
                        Locale.ROOT,
                        "; filter precision %.3f, recall %.3f",
                        quality.precision(),
                        quality.recall());
    }
}
