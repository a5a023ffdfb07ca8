package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

class TakedownTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    @TempDir static Path worlds;
    @TempDir Path folder;
    private Path release = Path.of("");

    @BeforeAll
    static void makesAWorld() throws IOException {
        PhantomWorld.write(worlds, new PhantomOptions(90, 1, 31, 2), Progress.none());
    }

    @BeforeEach
    void buildsARelease() throws IOException {
        release = folder.resolve("release");
        build();
    }

    private void build() throws IOException {
        OpenPathBuild.run(
                new BuildConfig(
                        List.of(worlds.resolve("posts.jsonl")),
                        release,
                        List.of(EvaluationSet.folder(worlds.resolve("heldout"))),
                        null,
                        2,
                        new BuildSettings(
                                true, 3, 64, 0.5, 18, 0.74, "2022-11-15", "2023-01-15", false, 7)),
                Progress.none());
    }

    private static List<Pair> pairs(Path release) throws IOException {
        try (Release open = Release.open(release)) {
            for (Pair pair : open.pairs()) assertThat(open.picture(pair)).isNotEmpty();
            return open.pairs();
        }
    }

    private static Map<String, String> files(Path of) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (var paths = Files.walk(of)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                files.put(
                        of.relativize(file).toString(),
                        Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return files;
    }

    private void remove(String... ids) throws IOException {
        Takedown.finish(release, Takedown.begin(release, Set.of(ids), NOON));
    }

    @Test
    void whatAnAuthorMadeIsNowhereAfterwards() throws IOException {
        List<Pair> before = pairs(release);
        Pair one = before.get(before.size() / 2);
        String author = String.valueOf(one.postAuthorId());
        byte[] jpeg;
        try (Release open = Release.open(release)) {
            jpeg = open.picture(one);
        }
        String middle =
                new String(
                        Arrays.copyOfRange(jpeg, jpeg.length / 2, jpeg.length / 2 + 40),
                        StandardCharsets.ISO_8859_1);
        assertThat(files(release).values()).anyMatch(text -> text.contains(middle));
        remove(author);
        List<Pair> after = pairs(release);
        assertThat(after).isEqualTo(before.stream().filter(pair -> !pair.isNamed(author)).toList());
        assertThat(after).hasSizeLessThan(before.size());
        files(release)
                .forEach(
                        (name, text) -> {
                            assertThat(text).as(name).doesNotContain(middle, one.imageSha256());
                            if (!name.equals("removed.jsonl")) {
                                assertThat(text).as(name).doesNotContain("\"" + author + "\"");
                            }
                        });
        JsonNode removed = Json.read(release.resolve("removed.jsonl"));
        assertThat(removed.path("id").asText()).isEqualTo(author);
        assertThat(removed.path("when").asText()).isEqualTo(NOON.toString());
        assertThat(removed.path("pairs").asInt()).isEqualTo(before.size() - after.size());
        try (Release open = Release.open(release)) {
            FlowStep last = open.flow().getLast();
            assertThat(last.in()).isEqualTo(before.size());
            assertThat(last.out()).isEqualTo(after.size());
        }
        assertThat(Files.readString(release.resolve("datacard.md")))
                .contains("| takedown_after_build | pair | " + before.size());
        assertThat(Why.of(release).explain(author)).first().asString().contains("taken down");
    }

    @Test
    void aBuildIntoTheSameFolderDoesNotBringItBack() throws IOException {
        List<Pair> before = pairs(release);
        String post = before.getFirst().postId();
        String picture = before.getLast().mediaKey();
        remove(post, picture);
        List<Pair> removed = pairs(release);
        build();
        assertThat(pairs(release).stream().map(Pair::key))
                .containsExactlyElementsOf(removed.stream().map(Pair::key).toList());
        assertThat(Why.of(release).explain(post)).anyMatch(line -> line.contains("taken_down"));
    }

    @Test
    void aRemovalThatWasKilledAnywhereIsFinished() throws IOException {
        Path twin = folder.resolve("twin");
        copy(release, twin);
        List<Pair> before = pairs(release);
        String post = before.get(3).postId();
        remove(post);
        // Killed after the plan, and after each of the files that are replaced in turn.
        Takedown.Plan plan = Takedown.begin(twin, Set.of(post), NOON);
        Path killed = folder.resolve("killed");
        for (String done :
                List.of("", "shards", "pairs.parquet", "rejected.parquet", "removed.jsonl")) {
            org.openplip.io.AtomicFiles.deleteTree(killed);
            copy(twin, killed);
            for (String name : List.of("shards", "pairs.parquet", "rejected.parquet")) {
                if (done.isEmpty()) break;
                copy(release.resolve(name), killed.resolve(name));
                if (name.equals(done)) break;
            }
            if (done.equals("removed.jsonl")) {
                copy(release.resolve(done), killed.resolve(done));
            }
            assertThatThrownBy(() -> Release.open(killed))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("interrupted");
            Takedown.Plan found = Takedown.unfinished(killed);
            assertThat(found).isEqualTo(plan);
            Takedown.finish(killed, plan);
            assertThat(files(killed)).as("killed after " + done).isEqualTo(files(release));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (from.equals(file)) target = to;
                Files.createDirectories(target.toAbsolutePath().getParent());
                Files.write(target, Files.readAllBytes(file));
            }
        }
    }

    @Test
    void anUnknownIdRemovesNothing() throws IOException {
        Map<String, String> before = files(release);
        assertThatThrownBy(() -> Takedown.begin(release, Set.of("nobody"), NOON))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nobody");
        assertThat(files(release)).isEqualTo(before);
    }

    @Test
    void anotherProgramFindsTheHashesOfTheManifestRight() throws Exception {
        remove(pairs(release).getFirst().key());
        StringBuilder sums = new StringBuilder();
        Set<String> listed = new java.util.TreeSet<>();
        for (JsonNode file : Json.read(release.resolve("manifest.spdx.json")).path("files")) {
            listed.add(file.path("fileName").asText());
            for (JsonNode sum : file.path("checksums")) {
                if (!sum.path("algorithm").asText().equals("SHA256")) continue;
                sums.append(sum.path("checksumValue").asText());
                sums.append("  ").append(file.path("fileName").asText()).append('\n');
            }
        }
        Process check =
                new ProcessBuilder("sha256sum", "--check", "--strict", "-")
                        .directory(release.toFile())
                        .redirectErrorStream(true)
                        .start();
        try (var in = check.getOutputStream()) {
            in.write(sums.toString().getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor()).as(said).isZero();
        Set<String> there = new java.util.TreeSet<>();
        for (String name : files(release).keySet()) there.add("./" + name);
        there.remove("./manifest.spdx.json");
        assertThat(listed).isEqualTo(there);
    }

    @Test
    void theIdsOnlyVariantHasNoTextNoPictureAndNoPerson() throws IOException {
        Path ids = folder.resolve("ids");
        IdsOnly.write(release, ids);
        List<Pair> pairs = pairs(release);
        List<IdsOnly.Row> rows = ParquetTable.read(ids.resolve("ids.parquet"), IdsOnly.Row.class);
        assertThat(rows.stream().map(IdsOnly.Row::key))
                .containsExactlyElementsOf(pairs.stream().map(Pair::key).toList());
        String all = String.join("", files(ids).values());
        for (Pair pair : pairs) {
            assertThat(all).contains(pair.imageSha256());
            assertThat(all).doesNotContain(pair.caption(), "\"" + pair.authorId() + "\"");
        }
        assertThat(all.toLowerCase(Locale.ROOT)).doesNotContain("jfif");
    }
}
