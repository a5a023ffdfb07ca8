package org.openplip.openpath.fetch;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What came of the pictures of all posts, each address counted once: `pictures` is the sum of
/// `kept`, `rejected` and `failed`.
///
/// @param asked how many of them were asked for by this run; the others were settled before
/// @param rejected how many, by reason
/// @param failed how many, by reason; the next run asks for them again
public record FetchSummary(
        long pictures,
        long asked,
        long kept,
        SortedMap<String, Long> rejected,
        SortedMap<String, Long> failed) {
    public FetchSummary {
        rejected = Collections.unmodifiableSortedMap(new TreeMap<>(rejected));
        failed = Collections.unmodifiableSortedMap(new TreeMap<>(failed));
    }
}
