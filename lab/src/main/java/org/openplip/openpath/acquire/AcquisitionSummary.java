package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Map;

/// What a folder of acquired posts holds: `counts.json`.
///
/// @param posts lines of `posts.jsonl`, replies included
/// @param bySource posts by source, replies included
/// @param repliesBySource those of them that answer another post
/// @param byHashtag posts with each hashtag that was asked for, in lower case; a post with two of
///   them counts for both
/// @param leftOut lines of `left-out.jsonl` by reason
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record AcquisitionSummary(
        long posts,
        Map<String, Long> bySource,
        Map<String, Long> repliesBySource,
        Map<String, Long> byHashtag,
        Map<String, Long> leftOut) {}
