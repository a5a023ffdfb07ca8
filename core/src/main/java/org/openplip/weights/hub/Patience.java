package org.openplip.weights.hub;

import java.time.Duration;

/// How long to put up with a bad line.
///
/// @param attempts how many in a row may bring nothing before the file is given up
/// @param firstPause after the first failure; each further one waits twice as long
/// @param longestPause that a hub may ask for
/// @param silence without a byte that counts as a failure
record Patience(
        int attempts, Duration firstPause, Duration longestPause, Duration silence, Pause pause) {
    /// Waits.
    @FunctionalInterface
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    /// 1, 2, 4 and 8 s between five attempts. Hubs count requests by windows of five minutes, so
    /// one that asks for more than ten minutes is not waited for.
    static final Patience NORMAL =
            new Patience(
                    5,
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(10),
                    Duration.ofSeconds(30),
                    Thread::sleep);

    /// How long to wait after the failure of number `failures`, from 1.
    Duration after(int failures) {
        return firstPause.multipliedBy(1L << (failures - 1));
    }
}
