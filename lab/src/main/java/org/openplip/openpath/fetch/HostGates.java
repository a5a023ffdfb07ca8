package org.openplip.openpath.fetch;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Lets requests start: no more at once than settings say, in all and to each host, and to each
/// host with a pause between two starts. Who waits for its host holds no connection that another
/// could use. Safe to share.
final class HostGates {
    private final FetchSettings settings;
    private final Waits waits;
    private final Semaphore connections;
    private final Map<String, Gate> gates = new ConcurrentHashMap<>();

    HostGates(FetchSettings settings, Waits waits) {
        this.settings = settings;
        this.waits = waits;
        this.connections = new Semaphore(settings.connections());
    }

    /// The gate of one host. Whoever entered closes it after the request.
    final class Gate implements AutoCloseable {
        private final Semaphore slots = new Semaphore(settings.perHost(), true);
        private Instant next = Instant.MIN;
        private int failures; // in a row
        private Instant restsUntil = Instant.MIN;

        /// Whether the host failed so often that it is left alone for now.
        synchronized boolean rests() {
            return waits.now().isBefore(restsUntil);
        }

        /// The host did not answer, or said that it is overloaded or down. Once it has rested, one
        /// more failure lets it rest again.
        synchronized void failed() {
            failures++;
            if (failures >= settings.hostFailures()) {
                restsUntil = waits.now().plus(settings.hostRest());
            }
        }

        /// The host answered.
        synchronized void answered() {
            failures = 0;
            restsUntil = Instant.MIN;
        }

        /// No request starts before `time` has passed.
        synchronized void postpone(Duration time) {
            Instant then = waits.now().plus(time);
            if (then.isAfter(next)) next = then;
        }

        private synchronized Duration untilStart() {
            Instant now = waits.now();
            Instant start = next.isAfter(now) ? next : now;
            next = start.plus(settings.pause());
            return Duration.between(now, start);
        }

        private void enter() throws InterruptedException {
            slots.acquire();
            boolean entered = false;
            try {
                Duration wait = untilStart();
                if (wait.isPositive()) waits.pause(wait);
                connections.acquire();
                entered = true;
            } finally {
                if (!entered) slots.release();
            }
        }

        @Override
        public void close() {
            connections.release();
            slots.release();
        }
    }

    /// Waits for a turn to ask `host`.
    Gate enter(String host) throws InterruptedException {
        Gate gate = gates.computeIfAbsent(host, _ -> new Gate());
        gate.enter();
        return gate;
    }
}
