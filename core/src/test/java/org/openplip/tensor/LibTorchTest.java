package org.openplip.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibTorchTest {
    /// The first use of a machine: in a process of its own, with nothing unpacked.
    public static final class FirstUse {
        public static void main(String[] args) {
            try (Scope _ = Scope.open()) {
                System.out.println(Tensor.ones(ElementType.F32, 7).sum().item());
            }
        }
    }

    /// Where another libtorch is installed, this ended the process.
    @Test
    void theFirstUseUnpacksAllLibrariesAndTakesNoOthers(@TempDir Path cache)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dorg.bytedeco.javacpp.cachedir=" + cache,
                                "-cp",
                                System.getProperty("java.class.path"),
                                FirstUse.class.getName())
                        .directory(cache.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).isEqualToIgnoringNewLines("7.0");
        List<String> unpacked;
        try (Stream<Path> files = Files.walk(cache)) {
            unpacked = files.map(file -> file.getFileName().toString()).toList();
        }
        assertThat(unpacked).contains("libtorch.so", "libtorch_cpu.so", "libc10.so");
    }
}
