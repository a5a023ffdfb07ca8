package org.openplip.openpath.fetch;

import java.time.Duration;

/// How hard to ask, and when to stop.
///
/// @param connections requests under way at once, over all hosts
/// @param perHost requests under way at once to one host
/// @param pause between the starts of two requests to one host
/// @param patience with what may pass with time
/// @param hostFailures requests to one host that fail in a row, without an answer or with one of
///   429, 502, 503 and 504, until it is left alone
/// @param hostRest for which it is left alone; its pictures fail meanwhile, unasked
/// @param largestPicture in bytes; a longer body is not read on. Up to two times `connections`
///   times this much memory is in use
/// @param exchangeLimit for one request, from the look-up of the host to the last byte of the body,
///   so that a server that sends a byte now and then holds a connection no longer than this
/// @param allowPrivate whether addresses that are not public may be asked, such as `127.0.0.1`
public record FetchSettings(
        int connections,
        int perHost,
        Duration pause,
        Patience patience,
        int hostFailures,
        Duration hostRest,
        int largestPicture,
        Duration exchangeLimit,
        boolean allowPrivate) {
    public FetchSettings {
        check(connections >= 1, "connections", "at least 1", connections);
        check(perHost >= 1, "perHost", "at least 1", perHost);
        check(!pause.isNegative(), "pause", "none or some", pause);
        check(hostFailures >= 1, "hostFailures", "at least 1", hostFailures);
        check(hostRest.isPositive(), "hostRest", "a time above 0", hostRest);
        check(largestPicture >= 1, "largestPicture", "at least 1 byte", largestPicture);
        check(exchangeLimit.isPositive(), "exchangeLimit", "a time above 0", exchangeLimit);
    }

    /// 64 connections, 4 to a host, of which 20 start a second; pictures up to 20 MB within 60 s. A
    /// host is left alone for 10 minutes after 40 failures in a row, as of 10 pictures.
    public static FetchSettings defaults() {
        return new FetchSettings(
                64,
                4,
                Duration.ofMillis(50),
                Patience.NORMAL,
                40,
                Duration.ofMinutes(10),
                20_000_000,
                Duration.ofSeconds(60),
                false);
    }

    private static void check(boolean holds, String name, String expected, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + ": expected " + expected + ", got " + value);
        }
    }
}
