package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

/// A release in readers that share no code with us: Hardwood for Parquet, Python's `tarfile` for
/// shards.
class ForeignReadersTest {
    private static final String TEXT = "optional BYTE_ARRAY STRING";
    private static final String TEXTS = "optional list of optional BYTE_ARRAY STRING";
    private static final String NUMBER = "required INT32 null";
    private static final String INSTANT = "optional INT64 TIMESTAMP(MICROS, UTC)";

    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    @TempDir static Path folder;
    private static Path release = Path.of("");

    @BeforeAll
    static void buildsARelease() throws IOException {
        Path world = folder.resolve("world");
        release = folder.resolve("release");
        PhantomWorld.write(world, new PhantomOptions(90, 1, 31, 2), Progress.none());
        OpenPathBuild.run(
                new BuildConfig(
                        List.of(world.resolve("posts.jsonl")),
                        release,
                        List.of(EvaluationSet.folder(world.resolve("heldout"))),
                        null,
                        2,
                        new BuildSettings(
                                true, 3, 64, 0.5, 18, 0.74, "2022-11-15", "2023-01-15", false, 7)),
                Progress.none());
    }

    private static <T extends Record> HardwoodTable written(Class<T> type, List<T> rows)
            throws IOException {
        Path file = folder.resolve(type.getSimpleName() + ".parquet");
        try (OutputStream out = Files.newOutputStream(file);
                CarpetWriter<T> writer = ParquetTable.writer(out, type)) {
            for (T row : rows) writer.write(row);
        }
        HardwoodTable read = HardwoodTable.read(file);
        assertThat(read.rows()).isEqualTo(rows.stream().map(HardwoodTable::row).toList());
        return read;
    }

    private static Pair pair(
            String caption, List<String> tags, Instant at, @Nullable String other) {
        return new Pair(
                "key",
                "web",
                "1",
                "2",
                "3_4",
                other,
                other,
                other,
                other,
                other,
                at,
                tags,
                caption,
                "0".repeat(64),
                "00ff00ff00ff00ff",
                "key",
                Integer.MAX_VALUE,
                List.of("repost"),
                "train",
                224,
                0,
                "shards/train-000000.tar",
                other);
    }

    @Test
    void hardwoodSeesEveryColumnOfPairsWithItsTypeAndValues() throws IOException {
        HardwoodTable table =
                written(
                        Pair.class,
                        List.of(
                                pair("Größe 腺 \uD83D\uDD2C", List.of(), Instant.EPOCH, null),
                                pair(
                                        "",
                                        List.of("a", ""),
                                        Instant.parse("2022-11-15T23:59:59.999999Z"),
                                        ""),
                                pair(
                                        "\"\t\n",
                                        List.of("é"),
                                        Instant.parse("1969-12-31T23:59:59.5Z"),
                                        "x")));
        assertThat(table.columns())
                .containsExactly(
                        "key " + TEXT,
                        "source " + TEXT,
                        "post_id " + TEXT,
                        "caption_post_id " + TEXT,
                        "media_key " + TEXT,
                        "author_id " + TEXT,
                        "post_author_id " + TEXT,
                        "username " + TEXT,
                        "link " + TEXT,
                        "licence " + TEXT,
                        "created_at " + INSTANT,
                        "hashtags " + TEXTS,
                        "caption " + TEXT,
                        "image_sha256 " + TEXT,
                        "perceptual_hash " + TEXT,
                        "duplicate_group " + TEXT,
                        "duplicates " + NUMBER,
                        "rules " + TEXTS,
                        "split " + TEXT,
                        "width " + NUMBER,
                        "height " + NUMBER,
                        "shard " + TEXT,
                        "url " + TEXT);
    }

    @Test
    void hardwoodSeesEveryColumnOfRejectedWithItsTypeAndValues() throws IOException {
        HardwoodTable table =
                written(
                        Rejection.class,
                        List.of(
                                new Rejection(
                                        null,
                                        null,
                                        List.of(),
                                        null,
                                        "parse",
                                        "malformed",
                                        "",
                                        null,
                                        List.of(),
                                        "posts.jsonl:7"),
                                new Rejection(
                                        "1",
                                        "3_4",
                                        List.of("3_4", "3_5"),
                                        "9",
                                        "duplicate",
                                        "near",
                                        "0.81 \uD83D\uDD2C",
                                        "key",
                                        List.of("a 0.5"),
                                        "p:1")));
        assertThat(table.columns())
                .containsExactly(
                        "post_id " + TEXT,
                        "media_key " + TEXT,
                        "media_keys " + TEXTS,
                        "author_id " + TEXT,
                        "rule " + TEXT,
                        "reason " + TEXT,
                        "detail " + TEXT,
                        "of " + TEXT,
                        "passed " + TEXTS,
                        "place " + TEXT);
    }

    @Test
    void hardwoodSeesEveryColumnOfIdsWithItsTypeAndValues() throws IOException {
        HardwoodTable table =
                written(
                        IdsOnly.Row.class,
                        List.of(
                                new IdsOnly.Row(
                                        "k", "web", "1", "2", "3", null, "a", "b", "c", "k",
                                        "train"),
                                new IdsOnly.Row(
                                        "l",
                                        "post",
                                        "1",
                                        "2",
                                        "3",
                                        "CC0-1.0",
                                        "a",
                                        "b",
                                        "c",
                                        "k",
                                        "validation")));
        assertThat(table.columns())
                .containsExactly(
                        "key " + TEXT,
                        "source " + TEXT,
                        "post_id " + TEXT,
                        "caption_post_id " + TEXT,
                        "media_key " + TEXT,
                        "licence " + TEXT,
                        "image_sha256 " + TEXT,
                        "perceptual_hash " + TEXT,
                        "caption_sha256 " + TEXT,
                        "duplicate_group " + TEXT,
                        "split " + TEXT);
    }

    /// Reads shards as WebDataset does: one pass over a stream, files grouped by the name up to the
    /// first dot. A line of JSON a sample.
    private static final String WEB_DATASET =
            """
            import hashlib, io, json, re, sys, tarfile
            try:
                from PIL import Image
            except ImportError:
                Image = None

            def samples(shard):
                sample = {}
                with tarfile.open(shard, "r|") as tar:
                    for member in tar:
                        assert member.isreg() and not member.pax_headers, member.name
                        assert (member.mtime, member.uid, member.gid) == (0, 0, 0), member.name
                        key, ending = re.match(r"^((?:.*/|)[^.]+)[.]([^/]*)$", member.name).groups()
                        if sample and sample["__key__"] != key:
                            yield sample
                            sample = {}
                        assert ending not in sample, member.name
                        sample["__key__"] = key
                        sample[ending] = tar.extractfile(member).read()
                if sample:
                    yield sample

            for shard in sys.argv[1:]:
                for sample in samples(shard):
                    size = None
                    if Image:
                        image = Image.open(io.BytesIO(sample["jpg"]))
                        image.load()
                        assert image.format == "JPEG"
                        size = image.size
                    print(json.dumps({
                        "key": sample["__key__"], "endings": sorted(sample)[1:],
                        "sha256": hashlib.sha256(sample["jpg"]).hexdigest(), "size": size,
                        "txt": sample["txt"].decode(), "json": json.loads(sample["json"])}))
            """;

    @Test
    void pythonReadsTheShardsAsWebDatasetAndFindsWhatHardwoodFindsInTheTable() throws Exception {
        Path python = Path.of("/usr/bin/python3");
        assumeThat(python).as("Python reads the shards").isExecutable();
        List<Map<String, @Nullable Object>> rows =
                HardwoodTable.read(release.resolve("pairs.parquet")).rows();
        List<String> command = new ArrayList<>(List.of(python.toString(), "-c", WEB_DATASET));
        rows.stream().map(row -> String.valueOf(row.get("shard"))).distinct().forEach(command::add);
        assertThat(command).as("several shards of both splits").hasSizeGreaterThan(5);
        Process process =
                new ProcessBuilder(command)
                        .directory(release.toFile())
                        .redirectError(folder.resolve("python").toFile())
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(Files.readString(folder.resolve("python"))).isZero();
        List<JsonNode> samples = new ArrayList<>();
        for (String line : said.lines().toList()) samples.add(Json.MAPPER.readTree(line));
        assertThat(samples).hasSameSizeAs(rows);
        Map<String, JsonNode> byKey = new LinkedHashMap<>();
        for (JsonNode sample : samples) byKey.put(sample.path("key").asText(), sample);
        for (Map<String, @Nullable Object> row : rows) {
            JsonNode sample = Objects.requireNonNull(byKey.get(String.valueOf(row.get("key"))));
            assertThat(sample.path("endings").toString()).isEqualTo("[\"jpg\",\"json\",\"txt\"]");
            assertThat(sample.path("txt").asText()).isEqualTo(row.get("caption"));
            assertThat(sample.path("sha256").asText()).isEqualTo(row.get("image_sha256"));
            if (!sample.path("size").isNull()) {
                assertThat(sample.path("size").toString())
                        .isEqualTo("[%s,%s]".formatted(row.get("width"), row.get("height")));
            }
            Map<String, @Nullable Object> told = new LinkedHashMap<>(row);
            told.remove("shard");
            told.computeIfPresent("created_at", (_, at) -> at.toString());
            assertThat(Json.MAPPER.<Map<String, Object>>convertValue(sample.path("json"), MAP))
                    .isEqualTo(told);
        }
    }

    @Test
    void hardwoodReadsTheTablesOfABuildAsWeDo() throws IOException {
        Path ids = folder.resolve("ids");
        IdsOnly.write(release, ids);
        same(release.resolve("pairs.parquet"), Pair.class);
        same(release.resolve("rejected.parquet"), Rejection.class);
        same(ids.resolve("ids.parquet"), IdsOnly.Row.class);
    }

    private static <T extends Record> void same(Path table, Class<T> type) throws IOException {
        assertThat(HardwoodTable.read(table).rows())
                .isNotEmpty()
                .isEqualTo(
                        ParquetTable.read(table, type).stream().map(HardwoodTable::row).toList());
    }
}
