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
        int port = freePort();
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    "-XX:ActiveProcessorCount=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    main.getName(),
                                    "" + port,
                                    "" + rank,
                                    "" + size));
            command.addAll(List.of(arguments));
            processes.add(new ProcessBuilder(command).redirectErrorStream(true).start());
        }
        List<List<String>> said = new ArrayList<>();
        for (Process process : processes) {
            said.add(
                    new String(process.getInputStream().readAllBytes(), UTF_8)
                            .lines()
                            .filter(line -> !line.startsWith("["))
                            .toList());
            process.waitFor();
        }
        return said;
    }

    /// The group of a process that [#run(Class, int, String...)] started.
    public static ProcessGroup join(String[] arguments) throws IOException {
        int rank = Integer.parseInt(arguments[1]);
        return ProcessGroup.join(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
                "127.0.0.1",
                "process " + rank,
                rank,
                Integer.parseInt(arguments[2]),
                Duration.ofSeconds(60));
    }
}
