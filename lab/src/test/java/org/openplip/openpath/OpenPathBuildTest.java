package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Checkpoint;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;
import org.openplip.tokenizer.ClipTokenizer;

class OpenPathBuildTest {
    private static final long SEED = 4711;

    @TempDir static Path folder;
    private static Path world = Path.of("");
    private static Path out = Path.of("");
    private static BuildSummary summary = new BuildSummary(0, 0, 0, 0, List.of(), null);

    private static BuildConfig config(Path to, int threads) throws IOException {
        return new BuildConfig(
                List.of(world.resolve("posts.jsonl")),
                to,
                List.of(EvaluationSet.folder(world.resolve("heldout"))),
                null,
                null,
                threads,
                BuildSettings.defaults());
    }

    @BeforeAll
    static void buildsAWorld() throws IOException {
        System.out.println("OpenPathBuildTest: seed " + SEED);
        world = folder.resolve("world");
        out = folder.resolve("release");
        PhantomWorld.write(world, new PhantomOptions(260, 2, SEED, 2), Progress.none());
        summary = OpenPathBuild.run(config(out, 2), Progress.none());
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

    /// The truth of each pair that could be made, by caption post and media key.
    private static Map<String, String> truth() throws IOException {
        Map<String, String> truth = new HashMap<>();
        for (String line : Files.readAllLines(world.resolve("posts.jsonl"))) {
            if (!line.endsWith("}")) continue;
            JsonNode post = Json.MAPPER.readTree(line);
            for (var picture : post.path("truth").path("pictures").properties()) {
                truth.put(
                        post.path("id").asText() + "/" + picture.getKey(),
                        picture.getValue().path("verdict").asText());
            }
        }
        return truth;
    }

    @Test
    void keepsWhatAPerfectFilterKeeps() throws IOException {
        FilterQuality quality = Objects.requireNonNull(summary.quality());
        assertThat(quality.precision()).as("precision").isGreaterThanOrEqualTo(0.97);
        assertThat(quality.recall()).as("recall").isGreaterThanOrEqualTo(0.97);
        assertThat(quality.captionsEqual()).isGreaterThanOrEqualTo(0.99);
        for (FilterQuality.RuleQuality rule : quality.rules()) {
            if (Set.of("repost", "sensitive", "language", "reply", "question", "length")
                    .contains(rule.rule())) {
                assertThat(rule.precision()).as(rule.rule()).isGreaterThanOrEqualTo(0.99);
                assertThat(rule.recall()).as(rule.rule()).isGreaterThanOrEqualTo(0.99);
            }
        }
        // The same, counted here without the sets of copies.
        Map<String, String> truth = truth();
        Set<String> kept = new HashSet<>();
        try (Release release = Release.open(out)) {
            for (Pair pair : release.pairs())
                kept.add(pair.captionPostId() + "/" + pair.mediaKey());
        }
        long right = kept.stream().filter(key -> "keep".equals(truth.get(key))).count();
        long expected = truth.values().stream().filter("keep"::equals).count();
        assertThat((double) right / kept.size()).isGreaterThan(0.96);
        assertThat((double) right / expected).isGreaterThan(0.96);
        assertThat(kept).noneMatch(key -> "test_leak".equals(truth.get(key)));
        assertThat(Files.readString(out.resolve("datacard.md"))).contains("procedural drawings");
    }

    @Test
    void countsAddUpAndEveryRejectIsARow() throws Exception {
        Map<String, FlowStep> last = new HashMap<>();
        long rejected = 0;
        for (FlowStep step : summary.flow()) {
            FlowStep before = last.put(step.unit(), step);
            if (before != null) assertThat(step.in()).as(step.step()).isEqualTo(before.out());
            rejected += step.in() - step.out();
        }
        assertThat(summary.flow().get(1).in()).isEqualTo(summary.flow().get(0).out());
        assertThat(summary.rejected()).isEqualTo(rejected);
        assertThat(summary.flow().getLast().out()).isEqualTo(summary.pairs());
        Map<String, Long> rows = new TreeMap<>();
        try (ParquetFileReader file =
                        ParquetFileReader.open(InputFile.of(out.resolve("rejected.parquet")));
                RowReader reader = file.rowReader()) {
            while (reader.hasNext()) {
                reader.next();
                rows.merge(
                        reader.getString("rule") + "/" + reader.getString("reason"), 1L, Long::sum);
            }
        }
        Map<String, Long> counted = new TreeMap<>();
        for (FlowStep step : summary.flow()) {
            step.rejected().forEach((reason, n) -> counted.put(step.step() + "/" + reason, n));
        }
        assertThat(rows).isEqualTo(counted);
    }

    @Test
    void givesTheSameBytesWithAnyThreadsAndOverAKilledBuild() throws IOException {
        Path again = folder.resolve("again");
        Files.createDirectories(again.resolve("shards"));
        Files.writeString(again.resolve("shards/train-000007.tar.partial"), "half");
        Files.writeString(again.resolve("pairs.parquet.partial"), "half");
        Files.writeString(again.resolve("rejected.parquet.partial"), "half");
        Files.writeString(again.resolve("flow.json"), "[]");
        OpenPathBuild.run(config(again, 1), Progress.none());
        assertThat(files(again)).isEqualTo(files(out));
    }

    @Test
    void jpegFilesPassUnchangedAndPicturesOfAPostStayTogether() throws IOException {
        Set<String> originals = new HashSet<>();
        try (var paths = Files.walk(world.resolve("media"))) {
            for (Path file : paths.filter(path -> path.toString().endsWith(".jpg")).toList()) {
                originals.add(org.openplip.io.Hashes.sha256(file));
            }
        }
        Map<String, String> splits = new HashMap<>();
        List<String> hashes = new ArrayList<>();
        try (Release release = Release.open(out)) {
            for (Pair pair : release.pairs()) {
                hashes.add(org.openplip.io.Hashes.sha256(release.picture(pair)));
                assertThat(hashes.getLast()).isEqualTo(pair.imageSha256());
                String before = splits.putIfAbsent(pair.postId(), pair.split());
                if (before != null) assertThat(pair.split()).isEqualTo(before);
                assertThat(pair.createdAt().toString().compareTo("2022-11-16") < 0)
                        .isEqualTo(pair.split().equals("train"));
            }
            assertThat(release.pairs("validation")).isNotEmpty();
            assertThat(release.pairs()).anyMatch(pair -> pair.source().equals("reply"));
        }
        long tissue = hashes.stream().filter(originals::contains).count();
        assertThat(tissue).isGreaterThanOrEqualTo((long) (0.99 * hashes.size()));
    }

    @Test
    void everyPostAndPictureThatCameInIsExplained() throws IOException {
        Why why = Why.of(out);
        Set<String> kept = new HashSet<>();
        try (Release release = Release.open(out)) {
            for (Pair pair : release.pairs()) {
                kept.addAll(Set.of(pair.key(), pair.mediaKey(), pair.captionPostId()));
            }
        }
        int rejected = 0;
        for (String line : Files.readAllLines(world.resolve("posts.jsonl"))) {
            if (!line.endsWith("}")) continue;
            JsonNode post = Json.MAPPER.readTree(line);
            List<String> ids = new ArrayList<>(List.of(post.path("id").asText()));
            for (JsonNode medium : post.path("media")) ids.add(medium.path("media_key").asText());
            for (String id : ids) {
                List<String> lines = why.explain(id);
                if (kept.contains(id)) {
                    assertThat(lines).as(id).anyMatch(said -> said.contains(": kept, "));
                } else {
                    rejected++;
                    assertThat(lines).as(id).anyMatch(said -> said.startsWith("  no  "));
                    assertThat(lines.getFirst()).contains("(posts.jsonl:");
                }
            }
        }
        assertThat(rejected).isGreaterThan(80);
        for (Object broken : Json.read(world.resolve("world.json")).path("malformedLines")) {
            assertThat(why.explain("posts.jsonl:" + broken))
                    .anyMatch(said -> said.contains("malformed"));
        }
        assertThatThrownBy(() -> why.explain("nothing"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nothing");
    }

    @Test
    void noPostAuthorOrDuplicateCrossesTheSplits() throws IOException {
        Path to = folder.resolve("authors");
        BuildConfig plain = config(to, 2);
        BuildSettings d = BuildSettings.defaults();
        // A cut in the middle, so that most authors are on both sides of it.
        BuildSettings settings =
                new BuildSettings(
                        true,
                        d.minimumWords(),
                        d.minimumSide(),
                        d.pictureThreshold(),
                        d.duplicateBits(),
                        d.duplicateSimilarity(),
                        d.duplicateCosine(),
                        "2021-11-15",
                        "2022-11-15",
                        true,
                        d.pairsPerShard());
        OpenPathBuild.run(
                new BuildConfig(plain.posts(), to, plain.exclude(), null, null, 2, settings),
                Progress.none());
        Map<String, String> splits = new HashMap<>();
        try (Release release = Release.open(to)) {
            for (Pair pair : release.pairs()) {
                for (String name :
                        List.of(
                                "author " + pair.authorId(),
                                "author " + pair.postAuthorId(),
                                "post " + pair.postId(),
                                "post " + pair.captionPostId(),
                                "group " + pair.duplicateGroup(),
                                "file " + pair.imageSha256())) {
                    String before = splits.putIfAbsent(name, pair.split());
                    assertThat(pair.split())
                            .as(name)
                            .isEqualTo(before == null ? pair.split() : before);
                }
            }
            assertThat(release.pairs("validation")).isNotEmpty();
            assertThat(release.pairs("train")).isNotEmpty();
            assertThat(release.flow().getLast().rejected()).containsKey("author_in_train");
        }
    }

    @Test
    void textsThatRepeatAnEvaluationCaptionAreLeftOutAndShown() throws IOException {
        String caption;
        try (Release release = Release.open(out)) {
            caption =
                    release.pairs().stream()
                            .map(Pair::caption)
                            .filter(text -> TextCleaner.words(text) >= 12)
                            .findFirst()
                            .orElseThrow();
        }
        Path to = folder.resolve("captions");
        BuildConfig plain = config(to, 2);
        Path picture = plain.exclude().getFirst().samples().getFirst().picture();
        EvaluationSet set =
                new EvaluationSet(
                        List.of(
                                new EvaluationSet.Sample(
                                        "atlas/7.jpg",
                                        picture,
                                        caption.toLowerCase(java.util.Locale.ROOT))));
        BuildSummary built =
                OpenPathBuild.run(
                        new BuildConfig(
                                plain.posts(), to, List.of(set), null, null, 2, plain.settings()),
                        Progress.none());
        try (Release release = Release.open(to)) {
            assertThat(release.pairs()).noneMatch(pair -> pair.caption().equals(caption));
        }
        FlowStep step =
                built.flow().stream()
                        .filter(one -> one.step().equals("caption_leak"))
                        .findFirst()
                        .orElseThrow();
        assertThat(step.in() - step.out()).isBetween(1L, 10L);
        assertThat(Files.readString(to.resolve("leaks.html"))).contains("atlas/7.jpg");
    }

    @Test
    void thePagesAreWellFormedAndNeedNoOtherFile() throws Exception {
        for (String name : List.of("openpath.html", "leaks.html")) {
            javax.xml.parsers.DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(out.resolve(name).toFile());
            assertThat(Files.readString(out.resolve(name)))
                    .doesNotContain("src=\"http", "href=\"http", "<script", "url(http");
        }
        assertThat(Files.readString(out.resolve("openpath.html")))
                .contains(">" + summary.pairs() + "</b> pairs")
                .contains("figure-flow", "figure-hashtags", "figure-words", "figure-months");
    }

    /// The embeddings of a network that was never trained: pictures that look alike are near.
    @Test
    void withACheckpointCopiesAreFoundByEmbeddingTooAndTheCardSaysSo() throws IOException {
        Path model = folder.resolve("model");
        ClipTokenizer tokenizer = ClipTokenizer.train(List.of("an H&E image of tumor"), 540);
        ClipConfig clipConfig =
                new ClipConfig(
                        ClipConfig.Vision.of(32, 1, 2, 32, 8),
                        ClipConfig.Text.of(16, 1, 2, tokenizer.vocabularySize(), 12),
                        24);
        try (Clip clip = Clip.random(clipConfig, 3)) {
            Checkpoint.write(model, clip, tokenizer, ImagePreprocessor.clip(32));
        }
        BuildSettings d = BuildSettings.defaults();
        // No bit may differ, so that the copies are left to the embeddings.
        BuildSettings settings =
                new BuildSettings(
                        true,
                        d.minimumWords(),
                        d.minimumSide(),
                        d.pictureThreshold(),
                        0,
                        1,
                        0.998,
                        d.trainUntil(),
                        d.validationUntil(),
                        false,
                        d.pairsPerShard());
        BuildConfig plain = config(out, 2);
        List<Map<String, String>> builds = new ArrayList<>();
        for (int threads : new int[] {1, 2}) {
            Path to = folder.resolve("embedded-" + threads);
            BuildSummary built =
                    OpenPathBuild.run(
                            new BuildConfig(
                                    plain.posts(),
                                    to,
                                    plain.exclude(),
                                    null,
                                    model,
                                    threads,
                                    settings),
                            Progress.none());
            builds.add(files(to));
            FilterQuality quality = Objects.requireNonNull(built.quality());
            assertThat(quality.kinds())
                    .filteredOn(kind -> kind.kind().equals("near_embedding"))
                    .extracting(FilterQuality.KindQuality::rule)
                    .contains("duplicate");
            assertThat(Files.readString(to.resolve("datacard.md")))
                    .contains("cosine of embeddings of at least 0.998")
                    .contains(Checkpoint.sha256(model))
                    .contains("| duplicate | near_embedding |")
                    .contains("duplicate_cosine = 0.998");
        }
        assertThat(builds.get(0)).isEqualTo(builds.get(1));
        assertThatThrownBy(
                        () ->
                                new BuildConfig(
                                        plain.posts(), out, List.of(), null, null, 1, settings))
                .hasMessageContaining("duplicateCosine");
    }

    @Test
    void missingInputIsNamedAndNothingIsWritten() {
        Path nowhere = folder.resolve("nowhere.jsonl");
        Path to = folder.resolve("unborn");
        assertThatThrownBy(
                        () ->
                                OpenPathBuild.run(
                                        BuildConfig.of(List.of(nowhere), to, List.of()),
                                        Progress.none()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere.jsonl");
        assertThat(to).doesNotExist();
    }
}
