package org.openplip.openpath.acquire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A part of what a query brings.
///
/// @param next where the next page begins, in the source's own terms; null after the last
record Page(List<AcquiredPost> posts, List<LeftOut> leftOut, @Nullable String next) {}
