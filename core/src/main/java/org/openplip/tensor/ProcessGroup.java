package org.openplip.tensor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.AllreduceOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch_gloo;
import org.bytedeco.pytorch.gloo.Device;
import org.jspecify.annotations.Nullable;

/// Processes that compute one thing together, on one machine or on several, by libtorch's Gloo.
/// Each has a rank from 0; all must make the same calls in the same order, with tensors of the same
/// shapes. Rank 0 listens where the others find it, and must outlive them.
///
/// Not thread-safe. When a process has died, has left or is silent, all others hear of it: a call
/// that fails for it throws [LostProcessException], and a process that is busy otherwise is ended
/// by [Watch#onLoss()].
public final class ProcessGroup implements Peers, AutoCloseable {
    /// In the store: where the heartbeat of rank 0 is.
    private static final String HEARTBEAT = "heartbeat";

    private final int rank;
    private final int size;
    private final TCPStore store;
    private final ProcessGroupGloo group;
    private final Heartbeat heartbeat;
    private boolean closed;

    private ProcessGroup(
            int rank, int size, TCPStore store, ProcessGroupGloo group, Heartbeat heartbeat) {
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.group = group;
        this.heartbeat = heartbeat;
    }

    /// A process of a group is no longer there.
    public static final class LostProcessException extends IOException {
        private final transient OptionalInt rank;

        LostProcessException(OptionalInt rank, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.rank = rank;
        }

        /// The first that was lost; empty where all are there, but one of them does not take part.
        public OptionalInt rank() {
            return rank;
        }
    }

    /// How the processes of a group watch each other. Whatever a process computes, it gives its
    /// signs of life.
    ///
    /// @param beat from one sign of life to the next
    /// @param silence after which a process is lost
    /// @param grace that a process has, once another is lost, to find out by a call of the group or
    ///   to leave it
    /// @param onLoss what happens after the grace, on a thread of its own: it should end the
    ///   process
    public record Watch(
            Duration beat,
            Duration silence,
            Duration grace,
            Consumer<LostProcessException> onLoss) {
        /// Fit for machines that may be busy and connections that may hang: a loss is known to all
        /// after 45 s at most.
        public static Watch of(Consumer<LostProcessException> onLoss) {
            return new Watch(
                    Duration.ofSeconds(5), Duration.ofSeconds(40), Duration.ofSeconds(5), onLoss);
        }
    }

    /// The group of `size` processes that meet at `address`, where rank 0 listens, once all are
    /// there.
    ///
    /// @param host this process's own name or address, by which the others reach it
    /// @param name what this process is called if it is lost, such as its host and id
    /// @param patience how long to wait for the others, here and in every call
    /// @param watch for a process that is lost
    /// @throws IOException if they do not come, or the address is taken
    public static ProcessGroup join(
            InetSocketAddress address,
            String host,
            String name,
            int rank,
            int size,
            Duration patience,
            Watch watch)
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
            Heartbeat heartbeat;
            if (rank == 0) {
                try (Heartbeat.Host first = new Heartbeat.Host(host, size)) {
                    store.set(HEARTBEAT, first.place().line());
                    heartbeat = first.await(name, size, patience, watch);
                }
            } else {
                Heartbeat.Place first = Heartbeat.Place.of(store.get_to_str(HEARTBEAT));
                heartbeat = Heartbeat.with(first, name, rank, size, watch);
            }
            options.devices(devices);
            ProcessGroupGloo group = null;
            try {
                group = new ProcessGroupGloo(store, rank, size, options);
            } finally {
                if (group == null) heartbeat.close();
            }
            return new ProcessGroup(rank, size, store, group, heartbeat);
        } catch (RuntimeException | IOException e) {
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

    private LostProcessException lost(RuntimeException cause) {
        Optional<LostProcessException> loss = heartbeat.noticed();
        return loss.isPresent()
                ? loss.get()
                : new LostProcessException(
                        OptionalInt.empty(),
                        "a call of the group failed: " + firstLine(cause),
                        cause);
    }

    /// Leaves the group.
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        heartbeat.close();
        group.close();
        store.close();
    }
}
