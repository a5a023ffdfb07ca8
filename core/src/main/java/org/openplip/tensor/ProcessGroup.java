package org.openplip.tensor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.AllreduceOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch_gloo;
import org.bytedeco.pytorch.gloo.Device;

/// Processes that compute one thing together, on one machine or on several, by libtorch's Gloo.
/// Each has a rank from 0; all must make the same calls in the same order, with tensors of the same
/// shapes. Rank 0 listens where the others find it, and must outlive them.
///
/// Not thread-safe. A call that meets a process that has died or is silent for longer than the
/// patience throws [LostProcessException], in each of the others.
public final class ProcessGroup implements Peers, AutoCloseable {
    /// How long the survivors of a failure wait to hear from each other.
    private static final Duration ROLL_CALL = Duration.ofSeconds(10);

    private final int rank;
    private final int size;
    private final TCPStore store;
    private final ProcessGroupGloo group;
    private boolean closed;

    private ProcessGroup(int rank, int size, TCPStore store, ProcessGroupGloo group) {
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.group = group;
    }

    /// Processes of a group that no longer answer.
    public static final class LostProcessException extends IOException {
        private final transient List<Integer> ranks;

        LostProcessException(List<Integer> ranks, String message, Throwable cause) {
            super(message, cause);
            this.ranks = List.copyOf(ranks);
        }

        /// The ranks that did not answer; empty where all did, but one of them did not take part.
        public List<Integer> ranks() {
            return ranks;
        }
    }

    /// The group of `size` processes that meet at `address`, where rank 0 listens, once all are
    /// there.
    ///
    /// @param host this process's own name or address, by which the others reach it
    /// @param name what this process is called if it is lost, such as its host and id
    /// @param patience how long to wait for the others, here and in every call
    /// @throws IOException if they do not come, or the address is taken
    public static ProcessGroup join(
            InetSocketAddress address,
            String host,
            String name,
            int rank,
            int size,
            Duration patience)
            throws IOException {
        if (size < 1 || rank < 0 || rank >= size) {
            throw new IllegalArgumentException(
                    "rank and size: expected 0 <= rank < size, got %d and %d"
                            .formatted(rank, size));
        }
        LibTorch.load();
        Loader.load(torch_gloo.class);
        try (TCPStoreOptions meeting = new TCPStoreOptions();
                Milliseconds milliseconds = new Milliseconds(patience.toMillis());
                SizeTPointer workers = new SizeTPointer(1).put(size);
                Device device = ProcessGroupGloo.createDeviceForHostname(host);
                GlooDeviceVector devices = new GlooDeviceVector(device);
                ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(milliseconds)) {
            meeting.port((short) address.getPort())
                    .isServer(rank == 0)
                    .numWorkers(workers)
                    .waitWorkers(true)
                    .timeout(milliseconds);
            TCPStore store = new TCPStore(address.getHostString(), meeting);
            store.set("name/" + rank, name);
            options.devices(devices);
            return new ProcessGroup(
                    rank, size, store, new ProcessGroupGloo(store, rank, size, options));
        } catch (RuntimeException e) {
            throw new IOException(
                    "rank %d of %d found no group at %s within %d s: %s"
                            .formatted(rank, size, address, patience.toSeconds(), firstLine(e)),
                    e);
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    /// Replaces the elements of `x`, which is contiguous, by their sums over all processes; in each
    /// the same bits.
    public void sumInPlace(Tensor x) throws IOException {
        startSum(x).await();
    }

    @Override
    public Sum startSum(Tensor x) throws IOException {
        return started(
                () -> {
                    try (TensorVector tensors = new TensorVector(x.handle());
                            AllreduceOptions options = new AllreduceOptions()) {
                        return group.allreduce(tensors, options);
                    }
                });
    }

    @Override
    public Tensor gather(Tensor x) throws IOException {
        long[] shape = x.shape();
        shape[0] *= size;
        Tensor all = Tensor.zeros(x.type(), shape);
        started(() -> group._allgather_base(all.handle(), x.handle())).await();
        return all;
    }

    /// Replaces `x` by rank 0's.
    public void broadcastInPlace(Tensor x) throws IOException {
        started(
                        () -> {
                            try (TensorVector tensors = new TensorVector(x.handle())) {
                                return group.broadcast(tensors);
                            }
                        })
                .await();
    }

    @Override
    public void barrier() throws IOException {
        started(group::barrier).await();
    }

    /// A call that is under way.
    private final class Pending implements Sum {
        private final Work work;

        private Pending(Work work) {
            this.work = work;
        }

        @Override
        public void await() throws IOException {
            try (work) {
                work._wait();
            } catch (RuntimeException e) {
                throw lost(e);
            }
        }
    }

    private Pending started(Supplier<Work> call) throws IOException {
        if (closed) throw new IllegalStateException("the group is closed");
        try {
            return new Pending(call.get());
        } catch (RuntimeException e) {
            throw lost(e);
        }
    }

    /// Finds out who is lost: each of the others says that it is there, in the store, which rank 0
    /// keeps until they have read it.
    private LostProcessException lost(RuntimeException cause) {
        List<Integer> missing = new ArrayList<>();
        List<String> names = new ArrayList<>();
        try {
            store.set("here/" + rank, "");
            long end = System.nanoTime() + ROLL_CALL.toNanos();
            do {
                missing.clear();
                for (int other = 0; other < size; other++) {
                    if (!has("here/" + other)) missing.add(other);
                }
                Thread.sleep(50);
            } while (missing.size() > 1 && System.nanoTime() < end);
            for (int other : missing)
                names.add(other + " (" + store.get_to_str("name/" + other) + ")");
            store.set("read/" + rank, "");
            while (rank == 0 && System.nanoTime() < end && !allOthersHave("read/", missing))
                Thread.sleep(50);
        } catch (RuntimeException e) {
            // The store is rank 0's.
            missing.clear();
            missing.add(0);
            names.add("0");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new LostProcessException(
                missing,
                names.isEmpty()
                        ? "a call of the group failed: " + firstLine(cause)
                        : "lost rank %s of %d: %s"
                                .formatted(String.join(", ", names), size, firstLine(cause)),
                cause);
    }

    private boolean allOthersHave(String key, List<Integer> missing) {
        for (int other = 1; other < size; other++) {
            if (!missing.contains(other) && !has(key + other)) return false;
        }
        return true;
    }

    private boolean has(String name) {
        try (StringVector key = new StringVector(name)) {
            return store.check(key);
        }
    }

    /// Leaves the group.
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        group.close();
        store.close();
    }
}
