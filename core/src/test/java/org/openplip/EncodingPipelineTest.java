package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.openplip.EncodingPipeline.Outcome;
import org.openplip.io.DataException;

/// Items are numbers, prepared by doubling, their embedding the double and the size of the batch;
/// multiples of seven cannot be prepared.
class EncodingPipelineTest {
    private static final int BATCH = 4;

    private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    private final EncodingPipeline<Integer> pipeline = new EncodingPipeline<>(BATCH, this::encode);

    @AfterEach
    void close() {
        pipeline.close();
    }

    private float[][] encode(List<Integer> prepared) {
        batches.add(prepared.size());
        float[][] rows = new float[prepared.size()][];
        for (int i = 0; i < rows.length; i++) rows[i] = new float[] {prepared.get(i), rows.length};
        return rows;
    }

    private static Integer prepare(Integer item) throws DataException {
        if (item % 7 == 0) throw new DataException("item " + item, null, "is a seven", null);
        return 2 * item;
    }

    private static Iterator<Integer> numbers(int n) {
        return IntStream.range(0, n).iterator();
    }

    private static String text(Outcome<Integer> outcome) {
        return switch (outcome) {
            case Outcome.Embedded<Integer>(Integer item, float[] embedding) ->
                    item + " " + (int) embedding[0];
            case Outcome.Rejected<Integer>(Integer item, DataException why) ->
                    item + " " + why.reason();
        };
    }

    private static List<String> expected(int n) {
        return IntStream.range(0, n)
                .mapToObj(i -> i + " " + (i % 7 == 0 ? "is a seven" : "" + 2 * i))
                .toList();
    }

    @Test
    void everyItemComesOutOnceInOrderWithItsOwnPixels() {
        for (int n : new int[] {0, 1, 3, 4, 5, 12, 13, 1003}) {
            List<String> actual = new ArrayList<>();
            pipeline.encode(numbers(n), EncodingPipelineTest::prepare)
                    .forEachRemaining(outcome -> actual.add(text(outcome)));
            assertThat(actual).isEqualTo(expected(n));
        }
    }

    @Test
    void batchesAreCutByPlaceAndAreShorterByWhatIsRejected() {
        pipeline.encode(numbers(17), EncodingPipelineTest::prepare).forEachRemaining(_ -> {});
        assertThat(batches).containsExactly(3, 3, 4, 3, 1);
        batches.clear();
        pipeline.encode(List.of(7, 14, 21, 28, 7).iterator(), EncodingPipelineTest::prepare)
                .forEachRemaining(_ -> {});
        assertThat(batches).as("nothing to encode").isEmpty();
    }

    @Test
    void takesNoMoreThanThreeBatchesAheadOfWhatIsAskedFor() {
        AtomicInteger taken = new AtomicInteger();
        Iterator<Integer> endless =
                new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return true;
                    }

                    @Override
                    public Integer next() {
                        return taken.getAndIncrement();
                    }
                };
        try (EncodingPipeline<Integer>.Results<Integer> results =
                pipeline.encode(endless, EncodingPipelineTest::prepare)) {
            assertThat(taken).hasValue(0);
            for (int i = 0; i < 100; i++) {
                results.next();
                assertThat(taken.get()).isBetween(i + 1, i + 3 * BATCH);
            }
        }
    }

    @Test
    void aClosedResultHasNothingMoreAndDropsWhatWaited() {
        EncodingPipeline<Integer>.Results<Integer> results =
                pipeline.encode(numbers(100), EncodingPipelineTest::prepare);
        results.next();
        results.close();
        assertThat(results.hasNext()).isFalse();
    }

    @Test
    void anInterruptEndsTheWaitAndStaysSet() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        EncodingPipeline<Integer>.Results<Integer> results =
                pipeline.encode(
                        numbers(1),
                        item -> {
                            started.countDown();
                            try {
                                never.await();
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                            return item;
                        });
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread waiting =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        results.next();
                                    } catch (CancellationException e) {
                                        assertThat(Thread.currentThread().isInterrupted()).isTrue();
                                        thrown.complete(e);
                                    }
                                });
        started.await();
        waiting.interrupt();
        assertThat(thrown.get()).hasMessage("interrupted while encoding");
    }

    @Test
    void closingThePipelineFreesWhoeverWaits() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Object> waiting =
                CompletableFuture.supplyAsync(
                        () ->
                                pipeline.encode(
                                                numbers(100),
                                                (Integer item) -> {
                                                    started.countDown();
                                                    try {
                                                        never.await();
                                                    } catch (InterruptedException e) {
                                                        throw new DataException(
                                                                "item " + item, null, "cut", e);
                                                    }
                                                    return item;
                                                })
                                        .next());
        started.await();
        pipeline.close();
        assertThatThrownBy(waiting::get)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the model is closed");
        assertThatThrownBy(() -> pipeline.encode(numbers(1), EncodingPipelineTest::prepare).next())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsNotTheItemsFaultIsThrownAndEndsTheResults() {
        EncodingPipeline<Integer>.Results<Integer> results =
                pipeline.encode(
                        numbers(8),
                        _ -> {
                            throw new UnsupportedOperationException("a defect");
                        });
        assertThatThrownBy(results::next).hasRootCauseMessage("a defect");
        assertThat(results.hasNext()).isFalse();
    }
}
