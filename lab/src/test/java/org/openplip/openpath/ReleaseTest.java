package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

class ReleaseTest {
    @TempDir Path folder;

    private static final List<FlowStep> FLOW = List.of(FlowStep.of("parse", "line", 9, Map.of()));

    private static Pair pair(int i, String split) {
        return new Pair(
                "p" + i,
                "post",
                "100" + i,
                "100" + i,
                "3_" + i,
                i % 2 == 0 ? null : "author" + i,
                i % 2 == 0 ? null : "author" + i,
                "name" + i,
                null,
                i % 2 == 0 ? null : "CC-BY-4.0",
                Instant.parse("2022-01-01T00:00:00.123Z").plusSeconds(i),
                i % 3 == 0 ? List.of() : List.of("gipath", "surgpath"),
                "Größe of gland " + i,
                "0".repeat(64),
                "00ff00ff00ff00ff",
                "p" + i,
                0,
                List.of("repost", "pathology 0.987"),
                split,
                224,
                200 + i,
                "",
                null);
    }

    private static byte[] picture(int i) {
        byte[] bytes = new byte[600 + 37 * i];
        new Random(i).nextBytes(bytes);
        return bytes;
    }

    private static List<Pair> write(Path folder, int count) throws IOException {
        List<Pair> written = new ArrayList<>();
        try (Release.Writer writer = Release.create(folder, 3)) {
            for (int i = 0; i < count; i++) {
                written.add(writer.add(pair(i, i % 4 == 3 ? "validation" : "train"), picture(i)));
            }
            writer.finish(FLOW);
        }
        return written;
    }

    @Test
    void givesBackPairsAndPicturesInAnyOrder() throws IOException {
        List<Pair> written = write(folder, 11);
        try (Release release = Release.open(folder)) {
            assertThat(release.pairs()).isEqualTo(written);
            assertThat(release.pairs("validation"))
                    .extracting(Pair::key)
                    .containsExactly("p3", "p7");
            assertThat(release.pairs("train")).hasSize(9);
            assertThat(release.flow()).isEqualTo(FLOW);
            List<Pair> shuffled = new ArrayList<>(release.pairs());
            Collections.shuffle(shuffled, new Random(5));
            for (Pair pair : shuffled) {
                int i = Integer.parseInt(pair.key().substring(1));
                assertThat(release.picture(pair)).isEqualTo(picture(i));
            }
        }
        assertThat(written.getLast().shard()).isEqualTo("shards/train-000002.tar");
    }

    @Test
    void tarProgramListsTheShardInTableOrder() throws Exception {
        write(folder, 4);
        Process tar =
                new ProcessBuilder(
                                "tar",
                                "--numeric-owner",
                                "-tvf",
                                folder.resolve("shards/train-000000.tar").toString())
                        .redirectErrorStream(true)
                        .start();
        String listing = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tar.waitFor()).as(listing).isZero();
        assertThat(listing.lines().map(line -> line.substring(line.lastIndexOf(' ') + 1)))
                .containsExactly(
                        "p0.jpg", "p0.txt", "p0.json", "p1.jpg", "p1.txt", "p1.json", "p2.jpg",
                        "p2.txt", "p2.json");
        assertThat(listing).contains("-rw-r--r-- 0/0", "1970-01-01");
    }

    @Test
    void samePairsGiveSameBytesAndOldShardsGo() throws IOException {
        write(folder.resolve("a"), 11);
        write(folder.resolve("a"), 5);
        write(folder.resolve("b"), 5);
        assertThat(bytes(folder.resolve("a"))).isEqualTo(bytes(folder.resolve("b")));
    }

    private static Map<String, String> bytes(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (var paths = Files.walk(folder)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                files.put(
                        folder.relativize(file).toString(),
                        Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return files;
    }

    @Test
    void unfinishedReleaseIsRefusedAndLeavesNoPartialFile() throws IOException {
        write(folder, 4);
        try (Release.Writer writer = Release.create(folder, 3)) {
            writer.add(pair(0, "train"), picture(0));
        }
        assertThatThrownBy(() -> Release.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("manifest.spdx.json is missing");
        assertThat(bytes(folder)).isEmpty();
    }

    @Test
    void damagedShardIsNamed() throws IOException {
        write(folder, 4);
        Path shard = folder.resolve("shards/train-000000.tar");
        byte[] whole = Files.readAllBytes(shard);
        Files.write(shard, java.util.Arrays.copyOf(whole, 900));
        assertThatThrownBy(() -> Release.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("train-000000.tar");
        Files.delete(shard);
        assertThatThrownBy(() -> Release.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is missing");
    }

    @Test
    void sameKeyTwiceIsRefused() throws IOException {
        try (Release.Writer writer = Release.create(folder, 3)) {
            writer.add(pair(0, "train"), picture(0));
            assertThatThrownBy(() -> writer.add(pair(0, "train"), picture(0)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
