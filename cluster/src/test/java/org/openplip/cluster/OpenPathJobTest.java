package org.openplip.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.BuildSettings;
import org.openplip.openpath.EvaluationSet;
import org.openplip.openpath.OpenPathBuild;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

/// Builds of a small world of phantoms, against the build on one machine.
class OpenPathJobTest {
    private static final long SEED = 23;

    @TempDir static Path folder;
    private static Path posts = Path.of("");
    private static Path more = Path.of("");
    private static Map<String, String> expected = Map.of();

    private static BuildConfig config(String out) throws IOException {
        return new BuildConfig(
                List.of(posts, more),
                folder.resolve(out),
                List.of(EvaluationSet.folder(posts.resolveSibling("heldout"))),
                null,
                null,
                2,
                BuildSettings.defaults());
    }

    @BeforeAll
    static void buildsOnOneMachine() throws IOException {
        System.out.println("OpenPathJobTest: seed " + SEED);
        Path world = folder.resolve("world");
        PhantomWorld.write(world, new PhantomOptions(150, 1, SEED, 2), Progress.none());
        posts = world.resolve("posts.jsonl");
        // Half of the posts in a second file, with a line that is none.
        List<String> lines = Files.readAllLines(posts);
        int half = lines.size() / 2;
        more = world.resolve("more.jsonl");
        Files.write(more, lines.subList(half, lines.size()));
        Files.writeString(posts, "{\"id\": 7,\n\n" + String.join("\n", lines.subList(0, half)));
        OpenPathBuild.run(config("one-machine"), Progress.none());
        expected = hashes("one-machine");
        assertThat(expected).containsKeys("pairs.parquet", "rejected.parquet", "flow.json");
    }

    private static Map<String, String> hashes(String release) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        Path of = folder.resolve(release);
        try (Stream<Path> paths = Files.walk(of)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                hashes.put(of.relativize(file).toString(), Hashes.sha256(file));
            }
        }
        return hashes;
    }

    @Test
    void threadsGiveTheBytesOfOneMachineWhateverThePartitions() throws IOException {
        try (JavaSparkContext spark = Clusters.threads(folder)) {
            for (long bytes : new long[] {SparkEngine.PARTITION_BYTES, 30_000}) {
                String out = "threads-" + bytes;
                OpenPathBuild.run(config(out), Progress.none(), _ -> new SparkEngine(spark, bytes));
                assertThat(hashes(out)).isEqualTo(expected);
            }
        }
    }

    @Test
    void processesGiveTheBytesOfOneMachineThoughOneIsKilledInTheMiddle() throws Exception {
        Path meeting = Files.createDirectory(folder.resolve("meeting"));
        try (JavaSparkContext spark = Clusters.processes(folder)) {
            Disturbed[] made = new Disturbed[1];
            OpenPathBuild.run(
                    config("processes"),
                    Progress.none(),
                    _ -> {
                        made[0] =
                                new Disturbed(
                                        new SparkEngine(spark, 30_000), "conversations", meeting);
                        made[0].killer();
                        return made[0];
                    });
        }
        assertThat(meeting.resolve("killed")).exists();
        assertThat(hashes("processes")).isEqualTo(expected);
    }

    @Test
    void whatAStageCannotUseReachesTheUserAsOnAMachine() throws IOException {
        Path filter = Files.writeString(folder.resolve("filter.json"), "{}");
        BuildConfig bad =
                new BuildConfig(
                        List.of(posts),
                        folder.resolve("bad"),
                        List.of(),
                        filter,
                        null,
                        2,
                        BuildSettings.defaults());
        try (JavaSparkContext spark = Clusters.threads(folder)) {
            assertThatThrownBy(
                            () ->
                                    OpenPathBuild.run(
                                            bad,
                                            Progress.none(),
                                            _ -> new SparkEngine(spark, 30_000)))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(filter.toString());
        }
    }

    @Test
    void theJobSaysInOneLineWhatIsMissing() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream complaints = new PrintStream(said, true, StandardCharsets.UTF_8);
        Path missing = folder.resolve("missing.toml");
        int exit =
                OpenPathJob.run(
                        complaints,
                        complaints,
                        "--posts",
                        posts.toString(),
                        "--out",
                        folder.resolve("none").toString(),
                        "--recipe",
                        missing.toString());
        assertThat(exit).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .startsWith("plip: " + missing);
    }
}
