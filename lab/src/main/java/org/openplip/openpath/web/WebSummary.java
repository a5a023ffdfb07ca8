package org.openplip.openpath.web;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a search of the web's collections found: `neighbours` is the sum of `kept` and `rejected`.
///
/// @param scanned rows that were looked at here, 0 where a service did
/// @param withoutDirection of these, such as have no direction
/// @param neighbours rows that are near to a seed
/// @param rejected how many, by reason
public record WebSummary(
        int seeds,
        long scanned,
        long withoutDirection,
        long neighbours,
        long kept,
        SortedMap<String, Long> rejected) {
    public WebSummary {
        rejected = Collections.unmodifiableSortedMap(new TreeMap<>(rejected));
    }
}
