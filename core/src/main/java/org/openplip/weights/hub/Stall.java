package org.openplip.weights.hub;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Closes a stream that has gone silent, so that who waits for it gets an exception.
final class Stall implements AutoCloseable {
    private final AtomicLong signs = new AtomicLong();
    private final Thread watch;

    private Stall(Closeable stream, Duration silence) {
        watch = Thread.ofVirtual().unstarted(() -> closeWhenSilent(stream, silence));
    }

    /// A watch that closes `stream` once `silence` has passed without [#alive].
    static Stall watch(Closeable stream, Duration silence) {
        Stall stall = new Stall(stream, silence);
        stall.watch.start();
        return stall;
    }

    private void closeWhenSilent(Closeable stream, Duration silence) {
        try {
            long seen = -1;
            while (seen != signs.get()) {
                seen = signs.get();
                Thread.sleep(silence);
            }
            stream.close();
        } catch (InterruptedException | IOException _) {
            // The reader is done, or has its own exception.
        }
    }

    /// Says that something came.
    void alive() {
        signs.incrementAndGet();
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
