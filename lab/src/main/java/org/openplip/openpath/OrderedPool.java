package org.openplip.openpath;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Runs a function on many items with a fixed number of platform threads and hands the results over
/// in the order of the items, so that the output does not depend on the number of threads. No more
/// than a window of items is in memory.
final class OrderedPool implements AutoCloseable {
    /// Takes the results, on the caller's thread.
    @FunctionalInterface
    interface Sink<R> {
        void accept(R result) throws IOException;
    }

    private final ExecutorService pool;
    private final int window;

    OrderedPool(int threads) {
        pool = Executors.newFixedThreadPool(threads, Thread.ofPlatform().daemon().factory());
        window = 4 * threads;
    }

    /// Applies `work` to each item; an error in `work` ends the run and is thrown here.
    <T, R> void map(Iterator<T> items, Function<T, R> work, Sink<R> sink) throws IOException {
        ArrayDeque<Future<R>> running = new ArrayDeque<>();
        try {
            while (items.hasNext() || !running.isEmpty()) {
                while (items.hasNext() && running.size() < window) {
                    T item = items.next();
                    running.add(pool.submit(() -> work.apply(item)));
                }
                sink.accept(running.remove().get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RuntimeException runtime) throw runtime;
            if (cause instanceof Error error) throw error;
            throw new IOException(cause);
        } finally {
            for (Future<R> future : running) future.cancel(true);
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
