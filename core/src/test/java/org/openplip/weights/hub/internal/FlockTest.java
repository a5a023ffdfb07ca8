package org.openplip.weights.hub.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against `flock(1)` of util-linux, which takes the same locks.
class FlockTest {
    @TempDir private Path folder;

    @Test
    void anotherProcessSeesTheLockUntilItIsFreed() throws Exception {
        Path file = folder.resolve("a/b.lock");
        try (Flock _ = Flock.tryLock(file).orElseThrow()) {
            assertThat(file).isEmptyFile();
            assertThat(Flock.tryLock(file)).isEmpty();
            assertThat(othersCanLock(file)).isFalse();
        }
        assertThat(othersCanLock(file)).isTrue();
        try (Flock again = Flock.tryLock(file).orElseThrow()) {
            assertThat(again).isNotNull();
        }
    }

    @Test
    void theLockOfAnotherProcessIsSeenAndGoesWithIt() throws Exception {
        Path file = folder.resolve("c.lock");
        Process other = holder(file);
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("locked");
            assertThat(Flock.tryLock(file)).isEmpty();
        } finally {
            other.descendants().forEach(ProcessHandle::destroyForcibly);
            other.destroyForcibly().waitFor();
        }
        try (Flock lock = Flock.tryLock(file).orElseThrow()) {
            assertThat(lock).isNotNull();
        }
    }

    /// A process that holds the lock, says so, and ends when its input does.
    private static Process holder(Path file) throws IOException {
        Files.createFile(file);
        return new ProcessBuilder(
                        "flock", "--close", file.toString(), "sh", "-c", "echo locked; cat")
                .start();
    }

    private static boolean othersCanLock(Path file) throws Exception {
        return new ProcessBuilder("flock", "--nonblock", file.toString(), "true").start().waitFor()
                == 0;
    }
}
