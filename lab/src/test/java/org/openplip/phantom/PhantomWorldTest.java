package org.openplip.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Progress;

class PhantomWorldTest {
    private static final long SEED = 20231;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path temporary;
    private static Path world = Path.of("");
    private static PhantomWorld.Summary summary = new PhantomWorld.Summary(0, 0, 0, 0);
    private static final List<JsonNode> POSTS = new ArrayList<>();
    private static int malformed;

    @BeforeAll
    static void writesAWorld() throws Exception {
        System.out.println("PhantomWorldTest: seed " + SEED);
        world = temporary.resolve("world");
        summary = PhantomWorld.write(world, new PhantomOptions(700, 4, SEED, 2), Progress.none());
        for (String line : Files.readAllLines(world.resolve("posts.jsonl"))) {
            try {
                POSTS.add(JSON.readTree(line));
            } catch (JsonProcessingException _) {
                malformed++;
            }
        }
    }

    @Test
    void writesTheSameBytesForTheSameSeedWhateverTheThreads() throws Exception {
        Path one = temporary.resolve("one");
        Path other = temporary.resolve("other");
        PhantomWorld.write(one, new PhantomOptions(60, 2, 5, 1), Progress.none());
        PhantomWorld.write(other, new PhantomOptions(60, 2, 6, 2), Progress.none());
        assertThat(digest(other)).isNotEqualTo(digest(one));
        // Also replaces what stood there.
        PhantomWorld.write(other, new PhantomOptions(60, 2, 5, 3), Progress.none());
        assertThat(digest(other)).isEqualTo(digest(one));
    }

    @Test
    void countsWhatItWrote() {
        assertThat(POSTS).hasSize(700);
        assertThat(summary.posts()).isEqualTo(700);
        assertThat(malformed).isEqualTo(2);
        long pairs =
                POSTS.stream()
                        .flatMap(post -> stream(post.path("truth").path("pictures")))
                        .filter(picture -> picture.path("verdict").asText().equals("keep"))
                        .count();
        assertThat(pairs).isEqualTo(summary.pairs()).isGreaterThan(400);
    }

    @Test
    void plantsEveryReason() {
        TreeSet<String> seen = new TreeSet<>();
        for (JsonNode post : POSTS) {
            seen.add(post.path("truth").path("post").asText());
            stream(post.path("truth").path("pictures"))
                    .forEach(picture -> seen.add(picture.path("verdict").asText()));
        }
        List<String> expected =
                new ArrayList<>(Stream.of(Reason.values()).map(Reason::word).toList());
        expected.remove(Reason.MALFORMED.word());
        expected.add("keep");
        assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void keepsCaptionsThatAreWhatIsLeftOfTheText() {
        for (JsonNode post : POSTS) {
            JsonNode truth = post.path("truth");
            boolean kept = truth.path("post").asText().equals("keep");
            assertThat(truth.path("caption").isTextual()).isEqualTo(kept);
            if (!kept) continue;
            String text = post.path("text").asText();
            for (JsonNode tag : post.path("entities").path("hashtags")) {
                text = text.replaceFirst("#" + tag.path("tag").asText() + "(?![A-Za-z])", " ");
            }
            for (JsonNode user : post.path("entities").path("mentions")) {
                text = text.replaceFirst("@" + user.path("username").asText() + "(?!\\d)", " ");
            }
            for (JsonNode url : post.path("entities").path("urls")) {
                text = text.replace(url.path("url").asText(), " ");
            }
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            // What remains beyond Latin letters and signs is emoji.
            text = text.replaceAll("[^\\x20-\\x7e]", " ").replaceAll("\\s+", " ").strip();
            assertThat(truth.path("caption").asText()).isEqualTo(text).doesNotContain("?");
            assertThat(text.split(" ").length).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void choosesTheMostLikedReplyThatHoldsAKeyword() {
        Map<String, List<JsonNode>> byParent = new HashMap<>();
        Map<String, JsonNode> byId = new HashMap<>();
        for (JsonNode post : POSTS) {
            byId.put(post.path("id").asText(), post);
            JsonNode reference = post.path("referenced_tweets").path(0);
            if (reference.path("type").asText().equals("replied_to")) {
                byParent.computeIfAbsent(reference.path("id").asText(), _ -> new ArrayList<>())
                        .add(post);
            }
        }
        String keywords =
                ".*(carcinoma|tumor|lymphoma|metastasis|necrosis|mitotic|stroma|mucosa|biopsy).*";
        int chosen = 0;
        int passedOver = 0;
        for (Map.Entry<String, List<JsonNode>> entry : byParent.entrySet()) {
            JsonNode parent = Objects.requireNonNull(byId.get(entry.getKey()));
            int best = -1;
            int keptLikes = -1;
            int most = 0;
            for (JsonNode reply : entry.getValue()) {
                int likes = reply.path("public_metrics").path("like_count").asInt();
                String text = reply.path("text").asText();
                boolean english = !reply.path("truth").path("post").asText().equals("not_english");
                if (english && text.matches("(?s)" + keywords)) best = Math.max(best, likes);
                if (reply.path("truth").path("post").asText().equals("keep")) {
                    assertThat(keptLikes).isEqualTo(-1);
                    keptLikes = likes;
                }
                most = Math.max(most, likes);
                assertThat(reply.path("truth").path("pictures").size())
                        .isEqualTo(parent.path("media").size());
            }
            if (keptLikes >= 0) {
                assertThat(keptLikes).isEqualTo(best);
                chosen++;
                if (most > keptLikes) passedOver++;
            }
        }
        assertThat(chosen).isGreaterThan(20);
        assertThat(passedOver).isGreaterThan(2);
    }

    @Test
    void copiesPicturesAsItsTruthSays() throws Exception {
        Map<String, Path> files = new HashMap<>();
        Map<String, Instant> dates = new HashMap<>();
        Map<String, String> verdicts = new HashMap<>();
        for (JsonNode post : POSTS) {
            if (post.path("truth").path("post").asText().equals("retweet")) continue;
            for (JsonNode file : post.path("media")) {
                String key = file.path("media_key").asText();
                files.put(key, world.resolve(file.path("path").asText()));
                dates.put(key, Instant.parse(post.path("created_at").asText()));
                verdicts.put(
                        key,
                        post.path("truth").path("pictures").path(key).path("verdict").asText());
            }
        }
        Map<String, Integer> counted = new TreeMap<>();
        for (JsonNode post : POSTS) {
            if (post.has("referenced_tweets")) continue;
            for (Map.Entry<String, JsonNode> one :
                    post.path("truth").path("pictures").properties()) {
                String verdict = one.getValue().path("verdict").asText();
                Path file = files.getOrDefault(one.getKey(), Path.of("absent"));
                counted.merge(verdict, 1, Integer::sum);
                String of = one.getValue().path("of").asText();
                Path original = files.getOrDefault(of, world.resolve(of));
                switch (verdict) {
                    case "duplicate" -> {
                        assertThat(Files.mismatch(file, original)).isEqualTo(-1);
                        assertThat(verdicts.get(of)).isEqualTo("keep");
                        assertThat(dates.get(one.getKey())).isAfter(dates.get(of));
                    }
                    case "near_duplicate" -> {
                        assertThat(Files.mismatch(file, original)).isNotEqualTo(-1);
                        assertThat(likeness(file, original)).isGreaterThan(0.5);
                        assertThat(dates.get(one.getKey())).isAfter(dates.get(of));
                    }
                    case "test_leak" -> assertThat(likeness(file, original)).isGreaterThan(0.5);
                    case "unreadable_picture" ->
                            assertThat(!Files.exists(file) || truncated(file)).isTrue();
                    case "keep", "not_pathology_picture" ->
                            assertThat(ImageIO.read(file.toFile())).as(file.toString()).isNotNull();
                    default -> assertThat(verdict).isNotBlank();
                }
            }
        }
        System.out.println("PhantomWorldTest: " + counted);
    }

    @Test
    void labelsEveryPictureAsADrawing() throws Exception {
        try (Stream<Path> files = Files.walk(world)) {
            for (Path file : files.filter(f -> f.toString().matches(".*\\.(jpg|png)")).toList()) {
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(bytes.contains(PhantomTissue.NOTICE)).as(file.toString()).isTrue();
            }
        }
        assertThat(Files.readString(world.resolve("world.json"))).contains("not tissue");
    }

    @Test
    void holdsOutPicturesOfEachClassWithCaptions() throws Exception {
        List<String> lines = Files.readAllLines(world.resolve("heldout.csv"));
        assertThat(lines.getFirst()).isEqualTo("image,label,caption");
        assertThat(lines).hasSize(1 + 9 * 4);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", 3);
            assertThat(cells[0]).startsWith("heldout/" + TissueClass.valueOf(cells[1]) + "/");
            BufferedImage image = ImageIO.read(world.resolve(cells[0]).toFile());
            assertThat(image.getWidth()).isEqualTo(PhantomTissue.SIZE);
            assertThat(cells[2]).matches("\".{10,}\"");
        }
    }

    private static Stream<JsonNode> stream(JsonNode pictures) {
        return pictures.properties().stream().map(Map.Entry::getValue);
    }

    private static boolean truncated(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return bytes[bytes.length - 2] != (byte) 0xff || bytes[bytes.length - 1] != (byte) 0xd9;
    }

    /// Pearson's correlation of the two pictures' green, each shrunk to 24 x 24.
    private static double likeness(Path a, Path b) throws IOException {
        double[] x = shrunk(a);
        double[] y = shrunk(b);
        double mx = Arrays.stream(x).average().orElseThrow();
        double my = Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }
        return xy / Math.sqrt(xx * yy);
    }

    private static double[] shrunk(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        double[] cells = new double[24 * 24];
        int[] counts = new int[cells.length];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int i = y * 24 / image.getHeight() * 24 + x * 24 / image.getWidth();
                cells[i] += image.getRGB(x, y) >> 8 & 0xff;
                counts[i]++;
            }
        }
        for (int i = 0; i < cells.length; i++) cells[i] /= counts[i];
        return cells;
    }

    private static String digest(Path folder) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                sha.update(folder.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                sha.update(Files.readAllBytes(file));
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }
}
