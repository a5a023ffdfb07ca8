package org.openplip.openpath.fetch;

import java.time.Duration;
import java.time.Instant;

/// The clock, and waiting by it; a test has its own.
public interface Waits {
    /// The time now.
    Instant now();

    /// Returns when `time` has passed.
    void pause(Duration time) throws InterruptedException;

    /// The system's clock.
    static Waits real() {
        return new Waits() {
            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public void pause(Duration time) throws InterruptedException {
                Thread.sleep(time);
            }
        };
    }
}
