package org.openplip.train;

import java.util.List;
import java.util.SortedMap;

/// What a run is trained on.
///
/// @param inputs what tells this data from other: SHA-256 and weights, by source
/// @param rejected rows that are in neither
/// @param rows how many there were, those that are rejected included
public record TrainingData(
        PairSource training,
        PairSource validation,
        SortedMap<String, String> inputs,
        List<RejectedRow> rejected,
        long rows) {}
