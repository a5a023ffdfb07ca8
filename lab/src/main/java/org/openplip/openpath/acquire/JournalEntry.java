package org.openplip.openpath.acquire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/// A page that is kept: a line of `journal.jsonl`.
///
/// @param next where the query goes on; null where it has ended
/// @param received posts on the page
/// @param added those that were not there yet
/// @param postsBytes length of `posts.jsonl` with this page
/// @param leftOutBytes length of `left-out.jsonl` with this page
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record JournalEntry(
        Query query,
        @Nullable String next,
        int received,
        int added,
        long postsBytes,
        long leftOutBytes) {}
