package org.openplip.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openplip.model.Clip;
import org.openplip.model.ClipTrainer;
import org.openplip.model.PairBatch;
import org.openplip.model.Precision;
import org.openplip.tensor.Peers;
import org.openplip.tensor.ProcessGroup;

/// Training steps that two processes of one thread each share, beside those of one process with two
/// threads.
final class SharedSteps {
    private static final int PAIRS = 64;

    private SharedSteps() {}

    /// One process of a group: port, rank, size.
    public static void main(String[] args) throws Exception {
        int rank = Integer.parseInt(args[1]);
        int size = Integer.parseInt(args[2]);
        if (size == 1) {
            steps(Peers.none());
            return;
        }
        try (ProcessGroup group =
                ProcessGroup.join(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])),
                        "127.0.0.1",
                        "process " + rank,
                        rank,
                        size,
                        Duration.ofMinutes(5),
                        ProcessGroup.Watch.of(_ -> System.exit(1)))) {
            steps(group);
            group.barrier();
        }
    }

    private static void steps(Peers peers) throws Exception {
        PairBatch batch = TrainBench.batch(PAIRS / peers.size());
        try (Clip clip = Clip.random(TrainBench.VIT_B_32, 1);
                ClipTrainer trainer =
                        new ClipTrainer(clip, TrainBench.settings(Precision.BF16, false), peers)) {
            double seconds = TrainBench.seconds(0, () -> trainer.step(batch, 1e-5));
            System.out.println("seconds " + seconds);
        }
    }

    static void run() throws Exception {
        // Before and after, for what else the machine does.
        double before = seconds(1, 2);
        double two = seconds(2, 1);
        double one = Math.min(before, seconds(1, 2));
        EncoderBench.row(
                "step, batch %d: bf16, 1 process, 2 threads".formatted(PAIRS),
                "%.2f s".formatted(one),
                "");
        EncoderBench.row(
                "step, batch %d: bf16, 2 processes, 1 thread each".formatted(PAIRS),
                "%.2f s".formatted(two),
                "%.2f of the rate of one".formatted(one / two));
    }

    /// A step's time in a group of `size` processes with `threads` each.
    private static double seconds(int size, int threads) throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            processes.add(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    "-XX:ActiveProcessorCount=" + threads,
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    SharedSteps.class.getName(),
                                    Integer.toString(port),
                                    Integer.toString(rank),
                                    Integer.toString(size))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
        }
        double slowest = 0;
        for (Process process : processes) {
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) throw new IOException("a process failed");
            double seconds =
                    said.lines()
                            .filter(line -> line.startsWith("seconds "))
                            .mapToDouble(line -> Double.parseDouble(line.substring(8)))
                            .findFirst()
                            .orElseThrow();
            slowest = Math.max(slowest, seconds);
        }
        return slowest;
    }
}
