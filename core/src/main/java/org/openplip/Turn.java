package org.openplip;

import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Lets one thread at a time have a model, which takes all cores.
final class Turn {
    private final ReentrantLock lock = new ReentrantLock();

    /// What `work` gives, alone with the model.
    ///
    /// @throws CancellationException if the thread is interrupted while it waits; its flag stays
    ///   set
    float[][] take(Supplier<float[][]> work) {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while encoding");
        }
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /// Does `work`, which frees the model, after whoever has it.
    void last(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }
}
