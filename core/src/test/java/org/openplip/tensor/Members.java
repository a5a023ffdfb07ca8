package org.openplip.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Real processes of a group on loopback, for tests.
public final class Members {
    private Members() {}

    /// A port that nobody listens at.
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// What each of `size` processes that run `main` says, the libraries' own lines left out.
    public static List<List<String>> run(Class<?> main, int size, String... arguments)
            throws Exception {
        List<List<String>> said = new ArrayList<>();
        for (Process process : start(main, size, arguments)) {
            said.add(rest(process));
            process.waitFor();
        }
        return said;
    }

    /// `size` processes that run `main`.
    static List<Process> start(Class<?> main, int size, String... arguments) throws IOException {
        int port = freePort();
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            List<String> all = new ArrayList<>(List.of("" + port, "" + rank, "" + size));
            all.addAll(List.of(arguments));
            processes.add(start(main, all));
        }
        return processes;
    }

    /// A process that runs `main` with one thread for each operation.
    static Process start(Class<?> main, List<String> arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-XX:ActiveProcessorCount=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /// What a process says until it ends, the libraries' own lines left out.
    static List<String> rest(Process process) {
        return process.inputReader(UTF_8).lines().filter(line -> !line.startsWith("[")).toList();
    }

    /// The group of a process that [#run(Class, int, String...)] started.
    public static ProcessGroup join(String[] arguments) throws IOException {
        return join(arguments, ProcessGroup.Watch.of(Members::end));
    }

    private static void end(ProcessGroup.LostProcessException lost) {
        System.out.println("ended: " + lost.getMessage());
        System.exit(7);
    }

    /// The same with signs of life in quick succession.
    static ProcessGroup joinLively(String[] arguments) throws IOException {
        return join(
                arguments,
                new ProcessGroup.Watch(
                        Duration.ofMillis(100),
                        Duration.ofSeconds(3),
                        Duration.ofMillis(500),
                        Members::end));
    }

    private static ProcessGroup join(String[] arguments, ProcessGroup.Watch watch)
            throws IOException {
        int rank = Integer.parseInt(arguments[1]);
        return ProcessGroup.join(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
                "127.0.0.1",
                "process " + rank,
                rank,
                Integer.parseInt(arguments[2]),
                Duration.ofSeconds(60),
                watch);
    }
}
