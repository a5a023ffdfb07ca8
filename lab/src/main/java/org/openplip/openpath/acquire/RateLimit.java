package org.openplip.openpath.acquire;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How long an answer's headers say to wait before the next request. Times of day are compared with
/// the answer's own `Date`, so that it does not matter how our clock is set; only where there is no
/// such header is ours used.
final class RateLimit {
    /// Of X (a window, and a day), Mastodon and Bluesky; each with `-remaining` and `-reset`.
    private static final List<String> FAMILIES =
            List.of(
                    "x-rate-limit",
                    "x-app-limit-24hour",
                    "x-user-limit-24hour",
                    "x-ratelimit",
                    "ratelimit");

    /// A reset below this many seconds is a time span, above it a date (since 1970).
    private static final long SMALLEST_DATE = 1_000_000_000;

    /// `Date` has no fractions of a second.
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private RateLimit() {}

    /// The wait until a used up window is over, after an answer that was not refused; null where
    /// further requests are allowed.
    static @Nullable Duration whenUsedUp(HttpHeaders headers, InstantSource ours) {
        Instant now = serverTime(headers, ours);
        Duration longest = null;
        for (String family : FAMILIES) {
            if (!"0".equals(header(headers, family + "-remaining"))) continue;
            longest = longer(longest, until(header(headers, family + "-reset"), now));
        }
        return longest;
    }

    /// The wait that a refusal asks for: `Retry-After`, or until the used up window is over, or
    /// until any that is told of is; null where it says nothing.
    static @Nullable Duration whenRefused(HttpHeaders headers, InstantSource ours) {
        Instant now = serverTime(headers, ours);
        Duration asked = until(header(headers, "retry-after"), now);
        if (asked != null) return asked;
        Duration usedUp = whenUsedUp(headers, ours);
        if (usedUp != null) return usedUp;
        Duration longest = null;
        for (String family : FAMILIES) {
            longest = longer(longest, until(header(headers, family + "-reset"), now));
        }
        return longest;
    }

    /// The server's clock as it answered.
    static Instant serverTime(HttpHeaders headers, InstantSource ours) {
        try {
            return ZonedDateTime.parse(
                            header(headers, "date"), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeException _) {
            return ours.instant();
        }
    }

    private static @Nullable Duration longer(@Nullable Duration a, @Nullable Duration b) {
        if (a == null || b == null) return a == null ? b : a;
        return a.compareTo(b) < 0 ? b : a;
    }

    /// From `now` until a time in seconds, in ISO 8601 or in HTTP's form; null if it is none.
    private static @Nullable Duration until(String text, Instant now) {
        Instant then;
        if (text.matches("[0-9]{1,12}")) {
            long seconds = Long.parseLong(text);
            if (seconds < SMALLEST_DATE) return Duration.ofSeconds(seconds);
            then = Instant.ofEpochSecond(seconds);
        } else {
            try {
                then =
                        text.endsWith("GMT")
                                ? ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                                        .toInstant()
                                : OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException _) {
                return null;
            }
        }
        Duration wait = Duration.between(now, then).plus(MARGIN);
        return wait.isNegative() ? Duration.ZERO : wait;
    }

    private static String header(HttpHeaders headers, String name) {
        return headers.firstValue(name).orElse("").strip();
    }
}
