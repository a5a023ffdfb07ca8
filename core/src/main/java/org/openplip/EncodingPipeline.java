package org.openplip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.openplip.io.DataException;

/// Embeddings of any number of items, in their order: prepared (read, decoded, resized) by as many
/// threads as there are cores while the model encodes the batch before them.
///
///     items ──► prepared for the next batches ──► encoded, a batch at a time
///
/// Knows nothing of the model: it is given what prepares an item and what turns prepared ones
/// into embeddings. Batch i always holds the items from `i * batch` on, so that the same items give
/// the same embeddings bit for bit, from whichever multiple of `batch` one begins; an item that
/// cannot be prepared leaves its batch one shorter.
///
/// Safe to share between threads, all of which are served by the same preparing threads. Close it
/// after the last use.
final class EncodingPipeline<P> implements AutoCloseable {
    /// Batches that are prepared while one is in the model.
    private static final int AHEAD = 2;

    /// Prepares an item; called on several threads at once.
    @FunctionalInterface
    interface Preparation<T, P> {
        /// @throws DataException if the item is left out, and why
        P prepare(T item) throws DataException;
    }

    /// Encodes a batch; called on the thread that asks for results.
    @FunctionalInterface
    interface BatchEncoder<P> {
        /// Embeddings `[prepared][width]` of at least one item.
        float[][] encode(List<P> prepared);
    }

    /// What became of an item.
    sealed interface Outcome<T> {
        T item();

        /// @param embedding float32 `[width]`, as it left the model; the receiver's own
        @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
        record Embedded<T>(T item, float[] embedding) implements Outcome<T> {}

        record Rejected<T>(T item, DataException why) implements Outcome<T> {}
    }

    private final int batch;
    private final BatchEncoder<P> encoder;
    private final ExecutorService pool =
            Executors.newFixedThreadPool(
                    Runtime.getRuntime().availableProcessors(),
                    Thread.ofPlatform().daemon().name("decode-", 0).factory());
    private volatile boolean closed;

    /// @param batch items that go through the model together
    EncodingPipeline(int batch, BatchEncoder<P> encoder) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch: expected at least 1, got " + batch);
        }
        this.batch = batch;
        this.encoder = encoder;
    }

    /// What becomes of each of `items`, in their order. Nothing happens before the first is asked
    /// for; from then on at most [#AHEAD] batches and one are taken from `items` ahead of the
    /// results.
    <T> Results<T> encode(Iterator<? extends T> items, Preparation<T, P> preparation) {
        return new Results<>(items, preparation);
    }

    /// What became of the preparation of an item.
    private sealed interface Prepared<P> {
        record Whole<P>(P value) implements Prepared<P> {}

        record Rejected<P>(DataException why) implements Prepared<P> {}
    }

    /// Items on their way.
    private record Batch<T, P>(List<T> items, List<Future<Prepared<P>>> prepared) {}

    /// Results as they are asked for, by one thread. To be closed, unless all have been taken.
    final class Results<T> implements Iterator<Outcome<T>>, AutoCloseable {
        private final Iterator<? extends T> items;
        private final Preparation<T, P> preparation;
        private final Queue<Batch<T, P>> ahead = new ArrayDeque<>();
        private final Queue<Outcome<T>> ready = new ArrayDeque<>();
        private boolean finished;

        private Results(Iterator<? extends T> items, Preparation<T, P> preparation) {
            this.items = items;
            this.preparation = preparation;
        }

        /// @throws CancellationException if the thread is interrupted; its flag stays set
        /// @throws IllegalStateException if the pipeline is closed
        @Override
        public boolean hasNext() {
            if (ready.isEmpty() && !finished) {
                boolean whole = false;
                try {
                    encodeNext();
                    whole = true;
                } finally {
                    if (!whole) close();
                }
            }
            return !ready.isEmpty();
        }

        @Override
        public Outcome<T> next() {
            if (!hasNext()) throw new NoSuchElementException();
            return ready.remove();
        }

        private void encodeNext() {
            while (ahead.size() <= AHEAD && items.hasNext()) ahead.add(submit());
            Batch<T, P> next = ahead.poll();
            if (next == null) {
                close();
                return;
            }
            List<Prepared<P>> prepared = await(next.prepared);
            List<P> whole = new ArrayList<>();
            for (Prepared<P> one : prepared) {
                if (one instanceof Prepared.Whole<P>(P value)) whole.add(value);
            }
            float[][] embeddings = whole.isEmpty() ? new float[0][] : encoder.encode(whole);
            int row = 0;
            for (int i = 0; i < prepared.size(); i++) {
                T item = next.items.get(i);
                ready.add(
                        switch (prepared.get(i)) {
                            case Prepared.Whole<P> _ ->
                                    new Outcome.Embedded<>(item, embeddings[row++]);
                            case Prepared.Rejected<P>(DataException why) ->
                                    new Outcome.Rejected<>(item, why);
                        });
            }
        }

        /// The next batch, its items handed to the pool.
        private Batch<T, P> submit() {
            List<T> taken = new ArrayList<>(batch);
            while (taken.size() < batch && items.hasNext()) taken.add(items.next());
            Batch<T, P> made = new Batch<>(taken, new ArrayList<>(taken.size()));
            for (T item : taken) {
                try {
                    made.prepared.add(pool.submit(() -> prepare(item)));
                } catch (RejectedExecutionException _) { // by a pool that was ended meanwhile
                    throw closedError();
                }
            }
            return made;
        }

        private Prepared<P> prepare(T item) {
            try {
                return new Prepared.Whole<>(preparation.prepare(item));
            } catch (DataException e) {
                return new Prepared.Rejected<>(e);
            }
        }

        private List<Prepared<P>> await(List<Future<Prepared<P>>> prepared) {
            List<Prepared<P>> outcomes = new ArrayList<>(prepared.size());
            try {
                if (Thread.interrupted()) throw new InterruptedException();
                for (Future<Prepared<P>> one : prepared) outcomes.add(one.get());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while encoding");
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) throw error;
                throw new IllegalStateException("preparing an item failed", e.getCause());
            } catch (CancellationException e) {
                if (!closed) throw e;
            }
            // A thread that the closing interrupted may have called a good item unreadable.
            if (closed) throw closedError();
            return outcomes;
        }

        /// Takes back what has not been prepared yet; nothing more comes out.
        @Override
        public void close() {
            finished = true;
            ready.clear();
            for (Batch<T, P> batch : ahead) {
                for (Future<?> one : batch.prepared) one.cancel(true);
            }
            ahead.clear();
        }
    }

    private static IllegalStateException closedError() {
        return new IllegalStateException("the model is closed");
    }

    /// Ends the preparing threads. Whoever still waits for results gets an IllegalStateException.
    @Override
    public void close() {
        closed = true;
        for (Runnable waiting : pool.shutdownNow()) {
            if (waiting instanceof Future<?> future) future.cancel(false);
        }
    }
}
