package org.openplip.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Real processes on loopback.
class ProcessGroupTest {
    /// A process of a group, which says what it got.
    public static final class Member {
        public static void main(String[] args) throws Exception {
            int dying = Integer.parseInt(args[3]);
            try (ProcessGroup group = Members.join(args);
                    Scope _ = Scope.open()) {
                int rank = group.rank();
                Tensor first = Tensor.of(new float[] {rank, 1}, 1, 2);
                say("gathered", group.gather(first));
                Tensor sum = Tensor.of(new float[] {rank, 10 * rank}, 2);
                Peers.Sum pending = group.startSum(sum);
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
                System.out.println("lost " + e.getMessage());
            }
        }

        private static void say(String what, Tensor tensor) {
            System.out.println(what + " " + Arrays.toString(tensor.floats()));
        }
    }

    private static List<List<String>> run(int size, int dying) throws Exception {
        return Members.run(Member.class, size, "" + dying);
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
                    .isEqualTo("lost lost rank 1 (process 1) of 3: its connection ended");
        }
        assertThat(said.get(1)).hasSize(4);
    }

    @Test
    void theDeathOfTheFirstIsNamedToo() throws Exception {
        List<List<String>> said = run(2, 0);
        assertThat(said.get(1).getLast())
                .as("%s", said)
                .isEqualTo("lost lost rank 0 (process 0) of 2: its connection ended");
    }

    @Test
    void aGroupThatDoesNotComeTogetherIsToldOf() {
        assertThatThrownBy(
                        () ->
                                ProcessGroup.join(
                                        new InetSocketAddress(
                                                InetAddress.getLoopbackAddress(),
                                                Members.freePort()),
                                        "127.0.0.1",
                                        "alone",
                                        1,
                                        2,
                                        Duration.ofSeconds(1),
                                        ProcessGroup.Watch.of(_ -> {})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rank 1 of 2 found no group at");
    }

    /// A process of a group whose rank 0 does something else for a while, as in a validation, while
    /// the others wait for it; or for as long as it takes.
    public static final class BusyMember {
        public static void main(String[] args) throws Exception {
            try (ProcessGroup group = Members.joinLively(args);
                    Scope _ = Scope.open()) {
                System.out.println("joined");
                long end = System.nanoTime() + Duration.parse(args[3]).toNanos();
                Tensor x = Tensor.ones(ElementType.F32, 1000, 1000);
                while (group.rank() == 0 && System.nanoTime() < end) {
                    try (Scope _ = Scope.open()) {
                        x.matmul(x);
                    }
                }
                group.barrier();
                System.out.println("done");
            } catch (ProcessGroup.LostProcessException e) {
                System.out.println("ended: " + e.getMessage());
            }
        }
    }

    @Test
    void whoIsBusyForLongIsNotLost() throws Exception {
        for (List<String> said : Members.run(BusyMember.class, 2, "PT6S")) {
            assertThat(said).containsExactly("joined", "done");
        }
    }

    @ParameterizedTest
    @CsvSource({"KILL, its connection ended", "STOP, it was silent for 3 s"})
    void aLossWhileTheFirstIsBusyEndsAllOthersWithItsName(String signal, String why)
            throws Exception {
        List<Process> processes = Members.start(BusyMember.class, 3, "PT24H");
        Process lost = processes.get(2);
        try {
            for (Process process : processes) {
                BufferedReader said = process.inputReader(UTF_8);
                String line = said.readLine();
                while (line != null && line.startsWith("[")) line = said.readLine();
                assertThat(line).isEqualTo("joined");
            }
            new ProcessBuilder("kill", "-" + signal, "" + lost.pid()).start().waitFor();
            for (Process process : processes.subList(0, 2)) {
                assertThat(Members.rest(process))
                        .containsExactly("ended: lost rank 2 (process 2) of 3: " + why);
            }
        } finally {
            for (Process process : processes) process.destroyForcibly();
        }
    }
}
