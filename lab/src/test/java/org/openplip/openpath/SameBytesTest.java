package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

/// Builds in processes of their own: the same bytes whatever the threads, the hash codes of objects
/// and the kills.
class SameBytesTest {
    private static final long SEED = 20261126;
    private static final int KILLS = 10;

    @TempDir static Path folder;
    private static Path world = Path.of("");
    private static Map<String, String> expected = Map.of();
    private static Duration whole = Duration.ZERO;

    @BeforeAll
    static void buildsWithoutInterruption() throws Exception {
        System.out.println("SameBytesTest: seed " + SEED);
        world = folder.resolve("world");
        PhantomWorld.write(world, new PhantomOptions(60, 2, SEED, 2), Progress.none());
        long start = System.nanoTime();
        Path out = folder.resolve("release");
        assertThat(build(out, 4, 5).waitFor()).isZero();
        whole = Duration.ofNanos(System.nanoTime() - start);
        expected = hashes(out);
        assertThat(expected)
                .containsKeys("pairs.parquet", "rejected.parquet", "shards/train-000000.tar");
    }

    private static Process build(Path out, int threads, int hashCodes) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UnlockExperimentalVMOptions",
                                "-XX:hashCode=" + hashCodes,
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx512m",
                                "-Djava.awt.headless=true",
                                "-cp",
                                System.getProperty("java.class.path"),
                                BuildInChild.class.getName(),
                                world.toString(),
                                out.toString(),
                                Integer.toString(threads)));
        return new ProcessBuilder(command).inheritIO().start();
    }

    private static Map<String, String> hashes(Path of) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(of)) {
            files.filter(Files::isRegularFile)
                    .forEach(
                            file -> {
                                try {
                                    hashes.put(of.relativize(file).toString(), Hashes.sha256(file));
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
        }
        return hashes;
    }

    @Test
    void hashCodesOfObjectsAndThreadsDoNotChangeAByte() throws Exception {
        // How the JVM makes identity hash codes: random, of the address, all 1, counted.
        for (int hashCodes : new int[] {0, 1, 2, 3}) {
            Path out = folder.resolve("hash-" + hashCodes);
            assertThat(build(out, hashCodes % 2 == 0 ? 1 : 4, hashCodes).waitFor()).isZero();
            assertThat(hashes(out)).as("-XX:hashCode=" + hashCodes).isEqualTo(expected);
        }
    }

    @Test
    void tenKillsAtRandomMomentsEndInTheSameBytes() throws Exception {
        Random random = new Random(SEED);
        Path out = folder.resolve("killed");
        int kills = 0;
        for (int start = 0; kills < KILLS; start++) {
            assertThat(start).as("starts").isLessThan(4 * KILLS);
            Process build = build(out, 2, 5);
            long moment = random.nextLong(whole.toMillis());
            if (!build.waitFor(moment, TimeUnit.MILLISECONDS)) {
                build.destroyForcibly().waitFor();
                if (!Files.exists(out.resolve("manifest.spdx.json"))) {
                    kills++;
                } else {
                    // All but done: the release is whole, only work may be left.
                    Map<String, String> release = hashes(out);
                    release.keySet().removeIf(name -> name.startsWith("work/"));
                    assertThat(release).isEqualTo(expected);
                }
            }
        }
        assertThat(build(out, 2, 5).waitFor()).isZero();
        assertThat(hashes(out)).isEqualTo(expected);
    }
}
