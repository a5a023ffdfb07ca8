package org.openplip.openpath.acquire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something that is asked of a source page by page, as it stands in the journal.
///
/// @param source `x`, `bluesky`, `mastodon:HOST` or `archive`
/// @param text of a search, or the archive
/// @param since posts from this time on (ISO 8601), for searches
/// @param until posts before this time, for searches
/// @param targets ids that are settled when the query has ended: of the conversations or of the
///   posts that are asked for
@JsonInclude(JsonInclude.Include.NON_NULL)
record Query(
        String source,
        Kind kind,
        String text,
        @Nullable String since,
        @Nullable String until,
        List<String> targets) {
    /// What is asked for.
    enum Kind {
        /// Posts with hashtags.
        SEARCH,
        /// The answers in conversations.
        REPLIES,
        /// Posts by their ids.
        LOOKUP,
        /// What a file holds.
        ARCHIVE
    }

    Query {
        targets = List.copyOf(targets);
    }

    static Query search(String source, String text, Period period) {
        return new Query(
                source,
                Kind.SEARCH,
                text,
                period.since().toString(),
                period.until().toString(),
                List.of());
    }

    static Query replies(String source, List<String> conversations) {
        return new Query(source, Kind.REPLIES, "", null, null, conversations);
    }

    static Query lookup(String source, List<String> ids) {
        return new Query(source, Kind.LOOKUP, "", null, null, ids);
    }

    static Query archive(String text) {
        return new Query("archive", Kind.ARCHIVE, text, null, null, List.of());
    }

    /// The times of a search.
    Period period() {
        if (since == null || until == null) {
            throw new IllegalArgumentException("query: expected a search, got " + kind);
        }
        return new Period(Instant.parse(since), Instant.parse(until));
    }
}
