package org.openplip.openpath;

import java.util.List;
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
        @Nullable FilterQuality quality) {}
