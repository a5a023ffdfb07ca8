package org.openplip.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Real processes on loopback.
class ProcessGroupTest {
    /// A process of a group, which says what it got.
    public static final class Member {
        public static void main(String[] args) throws Exception {
            int port = Integer.parseInt(args[0]);
            int rank = Integer.parseInt(args[1]);
            int size = Integer.parseInt(args[2]);
            int dying = Integer.parseInt(args[3]);
            try (ProcessGroup group =
                            ProcessGroup.join(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                                    "127.0.0.1",
                                    "process " + rank,
                                    rank,
                                    size,
                                    Duration.ofSeconds(60));
                    Scope _ = Scope.open()) {
                Tensor first = Tensor.of(new float[] {rank, 1}, 1, 2);
                say("gathered", group.gather(first));
                Tensor sum = Tensor.of(new float[] {rank, 10 * rank}, 2);
                ProcessGroup.Pending pending = group.startSum(sum);
                Tensor other = Tensor.of(new float[] {1}, 1);
                group.sumInPlace(other);
                pending.await();
                say("sum", sum);
                say("other", other);
                Tensor told = Tensor.of(new float[] {100 + rank}, 1);
                group.broadcastInPlace(told);
                say("told", told);
                group.barrier();
                if (rank == dying) Runtime.getRuntime().halt(9);
                if (dying >= 0) group.sumInPlace(sum);
            } catch (ProcessGroup.LostProcessException e) {
                System.out.println("lost " + e.ranks() + " " + e.getMessage());
                // The one that holds the store stays until the others have asked it.
                if (rank == 0) Thread.sleep(2000);
            }
        }

        private static void say(String what, Tensor tensor) {
            System.out.println(what + " " + Arrays.toString(tensor.floats()));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// What each of `size` processes says, the libraries' own lines left out.
    private static List<List<String>> run(int size, int dying) throws Exception {
        int port = freePort();
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            processes.add(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Member.class.getName(),
                                    "" + port,
                                    "" + rank,
                                    "" + size,
                                    "" + dying)
                            .redirectErrorStream(true)
                            .start());
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

    @Test
    void sumsGathersAndTellsAcrossProcesses() throws Exception {
        for (List<String> said : run(3, -1)) {
            assertThat(said)
                    .containsExactly(
                            "gathered [0.0, 1.0, 1.0, 1.0, 2.0, 1.0]",
                            "sum [3.0, 30.0]",
                            "other [3.0]",
                            "told [100.0]");
        }
    }

    @Test
    void aProcessThatDiesIsNamedInAllOthers() throws Exception {
        List<List<String>> said = run(3, 1);
        for (int rank : new int[] {0, 2}) {
            assertThat(said.get(rank).getLast())
                    .as("%s", said)
                    .startsWith("lost [1] lost rank 1 (process 1) of 3: ");
        }
        assertThat(said.get(1)).hasSize(4);
    }

    @Test
    void theDeathOfTheFirstIsNamedToo() throws Exception {
        List<List<String>> said = run(2, 0);
        assertThat(said.get(1).getLast()).as("%s", said).startsWith("lost [0] lost rank 0");
    }

    @Test
    void aGroupThatDoesNotComeTogetherIsToldOf() {
        assertThatThrownBy(
                        () ->
                                ProcessGroup.join(
                                        new InetSocketAddress(
                                                InetAddress.getLoopbackAddress(), freePort()),
                                        "127.0.0.1",
                                        "alone",
                                        1,
                                        2,
                                        Duration.ofSeconds(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rank 1 of 2 found no group at");
    }
}
