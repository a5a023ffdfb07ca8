package org.openplip.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs a command of this program in several processes on this machine, which are a group: see
/// [GroupVariables]. They share the cores. What they say is passed on; when one fails, the others
/// are ended, and when this process ends, they end by themselves.
final class LocalGroup {
    private static final String PARENT = "PLIP_PARENT";

    /// What a failing command's line begins with.
    private static final String COMPLAINT = "plip: ";

    /// What those say that failed because another did.
    private static final String LOST = COMPLAINT + "lost rank";

    /// How long the others have to say why they failed, after the first.
    private static final Duration GRACE = Duration.ofSeconds(5);

    private LocalGroup() {}

    /// Runs `size` processes to their end.
    ///
    /// @param arguments of the command, for each of them
    /// @throws IOException if one fails; tells why, or which one ended without a word
    static void run(List<String> arguments, int size) throws IOException, InterruptedException {
        int port = freePort();
        BlockingQueue<Member> ended = new LinkedBlockingQueue<>();
        List<Member> members = new ArrayList<>();
        try {
            for (int rank = 0; rank < size; rank++) {
                Member member = new Member(rank, start(arguments, rank, size, port));
                members.add(member);
                Thread.startVirtualThread(
                        () -> {
                            member.process.onExit().join();
                            ended.add(member);
                        });
            }
            for (int i = 0; i < size; i++) {
                Member member = ended.take();
                if (member.process.exitValue() != 0) {
                    throw new IOException(reason(member, ended, size - i - 1));
                }
            }
        } finally {
            for (Member member : members) member.process.destroyForcibly();
        }
        for (Member member : members) member.complaint(); // all is passed on
    }

    /// Ends this process when the one that started it as one of a group is gone.
    static void endWithParent() {
        String parent = System.getenv(PARENT);
        if (parent == null) return;
        long id = Long.parseLong(parent);
        Thread.startVirtualThread(
                () -> {
                    ProcessHandle.of(id).ifPresent(handle -> handle.onExit().join());
                    System.exit(1);
                });
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Process start(List<String> arguments, int rank, int size, int port)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        int cores = Math.max(1, Runtime.getRuntime().availableProcessors() / size);
        command.add("-XX:ActiveProcessorCount=" + cores);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(PlipCommand.class.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.put(GroupVariables.RANK, "" + rank);
        environment.put(GroupVariables.SIZE, "" + size);
        environment.put(GroupVariables.HOST, InetAddress.getLoopbackAddress().getHostAddress());
        environment.put(GroupVariables.PORT, "" + port);
        environment.put(PARENT, "" + ProcessHandle.current().pid());
        environment.putIfAbsent("TORCH_CPP_LOG_LEVEL", "ERROR"); // says that connections ended
        return builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
    }

    /// Why `first` ended, or one of those that follow it soon, if it ended because of them.
    private static String reason(Member first, BlockingQueue<Member> ended, int others)
            throws InterruptedException {
        long end = System.nanoTime() + GRACE.toNanos();
        Member member = first;
        for (int left = others; member != null; left--) {
            String complaint = member.complaint();
            if (member.process.exitValue() != 0 && complaint == null) {
                return ("rank %d (process %d) ended with exit code %d; the same command goes on"
                                + " from the last checkpoint")
                        .formatted(member.rank, member.process.pid(), member.process.exitValue());
            }
            if (complaint != null && !complaint.startsWith(LOST)) {
                return complaint.substring(COMPLAINT.length());
            }
            member = left == 0 ? null : ended.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        String lost = first.complaint();
        if (lost == null) throw new AssertionError("returned above");
        return lost.substring(COMPLAINT.length());
    }

    /// One of the processes, whose output is passed on.
    private static final class Member {
        private final int rank;
        private final Process process;
        private final Thread out;
        private final Thread err;
        private volatile @Nullable String complaint;

        Member(int rank, Process process) {
            this.rank = rank;
            this.process = process;
            out = pass(process.getInputStream(), rank == 0 ? System.out : System.err);
            err = pass(process.getErrorStream(), System.err);
        }

        private Thread pass(InputStream from, PrintStream to) {
            return Thread.startVirtualThread(
                    () -> {
                        try (BufferedReader reader =
                                new BufferedReader(
                                        new InputStreamReader(from, StandardCharsets.UTF_8))) {
                            reader.lines().forEach(line -> pass(line, to));
                        } catch (IOException | UncheckedIOException _) {
                            // It was ended.
                        }
                    });
        }

        private void pass(String line, PrintStream to) {
            if (line.startsWith("[Gloo]")) return;
            if (line.startsWith(COMPLAINT)) complaint = line;
            else to.println(rank == 0 ? line : "rank " + rank + ": " + line);
        }

        /// The line that it ended with, null if it said nothing.
        @Nullable String complaint() throws InterruptedException {
            out.join();
            err.join();
            return complaint;
        }
    }
}
