package org.openplip.cli;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ProcessGroup;

/// The variables that make a process one of a group, as PyTorch's torchrun sets them, or Slurm's
/// srun where `MASTER_ADDR` is set too.
///
/// @param rank `RANK` or `SLURM_PROCID`
/// @param size `WORLD_SIZE` or `SLURM_NTASKS`
/// @param host `MASTER_ADDR`, an address of the machine with rank 0
/// @param port `MASTER_PORT`
record GroupVariables(int rank, int size, String host, int port) {
    static final String RANK = "RANK";
    static final String SIZE = "WORLD_SIZE";
    static final String HOST = "MASTER_ADDR";
    static final String PORT = "MASTER_PORT";

    /// PyTorch's.
    private static final String DEFAULT_PORT = "29500";

    /// Longer than a validation, during which all wait for rank 0. A process that is lost is
    /// noticed by its silence, much earlier.
    private static final Duration PATIENCE = Duration.ofHours(1);

    GroupVariables {
        if (size < 1 || rank < 0 || rank >= size) {
            throw new IllegalArgumentException(
                    "%s: expected 0 to below %s, got %d of %d".formatted(RANK, SIZE, rank, size));
        }
    }

    /// The group that `environment` tells of; empty where there is none.
    ///
    /// @throws IllegalArgumentException if a variable is missing or no number
    static Optional<GroupVariables> of(Map<String, String> environment) {
        boolean slurm = environment.containsKey(HOST) && !environment.containsKey(RANK);
        String rankName = slurm ? "SLURM_PROCID" : RANK;
        String sizeName = slurm ? "SLURM_NTASKS" : SIZE;
        if (!environment.containsKey(rankName)) return Optional.empty();
        return Optional.of(
                new GroupVariables(
                        number(rankName, environment.get(rankName)),
                        number(sizeName, environment.get(sizeName)),
                        given(HOST, environment.get(HOST)),
                        number(PORT, environment.getOrDefault(PORT, DEFAULT_PORT))));
    }

    private static String given(String name, @Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException(
                    name + ": is not set; a process of a group needs it");
        }
        return value;
    }

    private static int number(String name, @Nullable String value) {
        try {
            return Integer.parseInt(given(name, value));
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(
                    "%s: expected a number, got %s".formatted(name, value));
        }
    }

    /// The group, once all are there. When one of them is lost, this process ends.
    ///
    /// @throws IOException if they do not come
    ProcessGroup join() throws IOException {
        InetSocketAddress meeting = new InetSocketAddress(host, port);
        if (meeting.isUnresolved()) {
            throw new IOException("%s: there is no host %s".formatted(HOST, host));
        }
        String own;
        try (DatagramSocket towards = new DatagramSocket()) {
            towards.connect(meeting); // sends nothing
            own = towards.getLocalAddress().getHostAddress();
        }
        return ProcessGroup.join(
                meeting,
                own,
                "process %d on %s"
                        .formatted(
                                ProcessHandle.current().pid(),
                                InetAddress.getLocalHost().getHostName()),
                rank,
                size,
                PATIENCE,
                ProcessGroup.Watch.of(lost -> System.exit(PlipCommand.failed(lost, System.err))));
    }
}
