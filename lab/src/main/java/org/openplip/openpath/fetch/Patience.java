package org.openplip.openpath.fetch;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// How often to ask again after what may pass with time: a connection that fails or is cut,
/// silence, and the statuses of [#mayPass].
///
/// @param attempts in all
/// @param firstPause after the first failure; each further one waits twice as long
/// @param longestPause that is waited, by ourselves or because a server asks for it
public record Patience(int attempts, Duration firstPause, Duration longestPause) {
    /// Four attempts with 1, 2 and 4 s between them, and at most 2 minutes where a server asks.
    public static final Patience NORMAL =
            new Patience(4, Duration.ofSeconds(1), Duration.ofMinutes(2));

    public Patience {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts: expected at least 1, got " + attempts);
        }
    }

    /// How long to wait after the failure of number `failures`, from 1.
    public Duration after(int failures) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(failures - 1, 20));
        return pause.compareTo(longestPause) > 0 ? longestPause : pause;
    }

    /// Whether a server that answers with `status` may answer otherwise later.
    public static boolean mayPass(int status) {
        return switch (status) {
            case 408, 425, 429, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    /// How long `Retry-After` asks to wait, in seconds or until a date; null where it says nothing
    /// that can be read. A date is taken by the server's own clock, which `Date` tells.
    public static @Nullable Duration asked(HttpHeaders headers, Instant now) {
        String text = headers.firstValue("Retry-After").orElse("").strip();
        if (text.matches("[0-9]{1,9}")) return Duration.ofSeconds(Long.parseLong(text));
        Instant until = date(text);
        if (until == null) return null;
        Instant there = date(headers.firstValue("Date").orElse(""));
        Duration wait = Duration.between(there == null ? now : there, until);
        return wait.isNegative() ? Duration.ZERO : wait;
    }

    private static @Nullable Instant date(String text) {
        try {
            return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeParseException _) {
            return null;
        }
    }
}
