package org.openplip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.openplip.io.DataException;

/// Embeddings of any number of items, in their order: prepared (read, decoded, resized) by as many
/// threads as there are cores while the model encodes the batch before them.
///
///     items ──► prepared into the buffers of the next batches ──► encoded, a batch at a time
///
/// Knows nothing of the model: it is given what turns an item into pixels and what turns pixels
/// into embeddings. Batch i always holds the items from `i * batch` on, so that the same items give
/// the same embeddings bit for bit, from whichever multiple of `batch` one begins; an item that
/// cannot be prepared leaves its batch one shorter.
///
/// Safe to share between threads, all of which are served by the same preparing threads. Close it
/// after the last use.
final class EncodingPipeline implements AutoCloseable {
    /// Batches that are prepared while one is in the model.
    private static final int AHEAD = 2;

    /// Writes the pixels of an item; called on several threads at once.
    @FunctionalInterface
    interface Preparation<T> {
        /// Fills all of the item's place in `target`, which begins at `offset`.
        ///
        /// @throws DataException if the item is left out, and why
        void prepare(T item, float[] target, int offset) throws DataException;
    }

    /// Encodes a batch; called on the thread that asks for results.
    @FunctionalInterface
    interface BatchEncoder {
        /// Embeddings `[count][width]` of the first `count` items in `pixels`; count is at least 1.
        float[][] encode(float[] pixels, int count);
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
    private final int values;
    private final BatchEncoder encoder;
    private final ExecutorService pool =
            Executors.newFixedThreadPool(
                    Runtime.getRuntime().availableProcessors(),
                    Thread.ofPlatform().daemon().name("decode-", 0).factory());
    private volatile boolean closed;

    /// @param batch items that go through the model together
    /// @param values floats that an item takes in a batch, such as `3 * 224 * 224`
    EncodingPipeline(int batch, int values, BatchEncoder encoder) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch: expected at least 1, got " + batch);
        }
        this.batch = batch;
        this.values = values;
        this.encoder = encoder;
    }

    /// What becomes of each of `items`, in their order. Nothing happens before the first is asked
    /// for; from then on at most [#AHEAD] batches and one are taken from `items` ahead of the
    /// results.
    <T> Results<T> encode(Iterator<? extends T> items, Preparation<T> preparation) {
        return new Results<>(items, preparation);
    }

    /// Items on their way: their pixels, `[items, values]`, are whole when all of `prepared` is.
    @SuppressWarnings("ArrayRecordComponent") // a buffer, never compared
    private record Batch<T>(
            List<T> items, float[] pixels, List<Future<Optional<DataException>>> prepared) {}

    /// Results as they are asked for, by one thread. To be closed, unless all have been taken.
    final class Results<T> implements Iterator<Outcome<T>>, AutoCloseable {
        private final Iterator<? extends T> items;
        private final Preparation<T> preparation;
        private final Queue<Batch<T>> ahead = new ArrayDeque<>();
        private final Queue<float[]> buffers = new ArrayDeque<>();
        private final Queue<Outcome<T>> ready = new ArrayDeque<>();
        private boolean finished;

        private Results(Iterator<? extends T> items, Preparation<T> preparation) {
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
            Batch<T> next = ahead.poll();
            if (next == null) {
                close();
                return;
            }
            List<Optional<DataException>> rejections = await(next.prepared);
            int count = 0;
            for (int i = 0; i < rejections.size(); i++) {
                if (rejections.get(i).isPresent()) continue;
                if (count < i) {
                    System.arraycopy(next.pixels, i * values, next.pixels, count * values, values);
                }
                count++;
            }
            float[][] embeddings = count == 0 ? new float[0][] : encoder.encode(next.pixels, count);
            buffers.add(next.pixels);
            int row = 0;
            for (int i = 0; i < rejections.size(); i++) {
                T item = next.items.get(i);
                Optional<DataException> rejection = rejections.get(i);
                ready.add(
                        rejection.isPresent()
                                ? new Outcome.Rejected<>(item, rejection.get())
                                : new Outcome.Embedded<>(item, embeddings[row++]));
            }
        }

        /// The next batch, its items handed to the pool.
        private Batch<T> submit() {
            List<T> taken = new ArrayList<>(batch);
            while (taken.size() < batch && items.hasNext()) taken.add(items.next());
            float[] free = buffers.poll();
            float[] pixels =
                    free != null && free.length >= taken.size() * values
                            ? free
                            : new float[taken.size() * values];
            Batch<T> made = new Batch<>(taken, pixels, new ArrayList<>(taken.size()));
            for (int i = 0; i < taken.size(); i++) {
                T item = taken.get(i);
                int offset = i * values;
                if (closed) throw closedError();
                made.prepared.add(pool.submit(() -> prepare(item, pixels, offset)));
            }
            return made;
        }

        private Optional<DataException> prepare(T item, float[] pixels, int offset) {
            try {
                preparation.prepare(item, pixels, offset);
                return Optional.empty();
            } catch (DataException e) {
                return Optional.of(e);
            }
        }

        private List<Optional<DataException>> await(
                List<Future<Optional<DataException>>> prepared) {
            List<Optional<DataException>> rejections = new ArrayList<>(prepared.size());
            try {
                if (Thread.interrupted()) throw new InterruptedException();
                for (Future<Optional<DataException>> one : prepared) rejections.add(one.get());
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
            return rejections;
        }

        /// Takes back what has not been prepared yet; nothing more comes out.
        @Override
        public void close() {
            finished = true;
            ready.clear();
            for (Batch<T> batch : ahead) {
                for (Future<?> one : batch.prepared) one.cancel(true);
            }
            ahead.clear();
            buffers.clear();
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
