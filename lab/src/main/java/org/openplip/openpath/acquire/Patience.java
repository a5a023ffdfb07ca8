package org.openplip.openpath.acquire;

import java.time.Duration;

/// How long to put up with a server.
///
/// @param attempts how many in a row of one request may fail
/// @param firstPause after the first failure; each further one waits twice as long
/// @param longestWait that a server may ask for
/// @param silence an answer that is not whole after this time counts as cut
/// @param interval between the beginnings of two requests
record Patience(
        int attempts,
        Duration firstPause,
        Duration longestWait,
        Duration silence,
        Duration interval,
        Ticker ticker) {

    /// Time that passes evenly, whatever the wall clock is set to.
    interface Ticker {
        /// The time since some fixed moment.
        Duration now();

        void sleep(Duration time) throws InterruptedException;

        /// The machine's own.
        static Ticker system() {
            return new Ticker() {
                @Override
                public Duration now() {
                    return Duration.ofNanos(System.nanoTime());
                }

                @Override
                public void sleep(Duration time) throws InterruptedException {
                    Thread.sleep(time);
                }
            };
        }
    }

    /// 2, 4, 8 and 16 s between five attempts; one request a second, which is what X allows for its
    /// full archive. X counts by quarters of an hour, Bluesky and Mastodon by five minutes, so a
    /// server that asks for more than an hour has closed for the day or the month.
    static final Patience NORMAL =
            new Patience(
                    5,
                    Duration.ofSeconds(2),
                    Duration.ofHours(1),
                    Duration.ofMinutes(2),
                    Duration.ofSeconds(1),
                    Ticker.system());

    /// How long to wait after the failure of number `failures`, from 1.
    Duration after(int failures) {
        return firstPause.multipliedBy(1L << (failures - 1));
    }
}
