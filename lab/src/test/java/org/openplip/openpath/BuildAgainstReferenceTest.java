package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.ImageEncoder;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.flow.LocalEngine;

/// A build compared with a plain one that holds everything in memory, over posts made at random
/// with few ids, so that they repeat and answer one another in every way.
class BuildAgainstReferenceTest {
    private static final long SEED = 812;

    @TempDir private Path folder;

    private static final List<String> TEXTS =
            List.of(
                    "Classic invasive carcinoma with a nice mitosis in the middle of the field",
                    "Tumor cells with large nuclei around the gland of this patient",
                    "What is your diagnosis of this lesion of the skin?",
                    "Nice one",
                    "RT @someone a beautiful case of adenoma with the usual features",
                    "Este es un caso de una paciente con una lesion de la piel",
                    "The slide from the left lung shows a granuloma with necrosis",
                    "Great picture, thank you for sharing this with all of us today");

    private void world(Random random, Path posts) throws IOException {
        for (int i = 0; i < 12; i++) {
            Files.write(
                    folder.resolve("picture-" + i + ".jpg"),
                    ImageEncoder.jpeg(HashIndexTest.noise(random.nextLong(), 96, 8, 150, 100), 90));
        }
        Files.writeString(folder.resolve("picture-12.jpg"), "no picture");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 150; i++) {
            if (random.nextInt(30) == 0) {
                lines.append(random.nextBoolean() ? "{\"id\":" : "  ").append('\n');
                continue;
            }
            ObjectNode post = Json.MAPPER.createObjectNode();
            post.put("id", "p" + random.nextInt(110));
            post.put("text", TEXTS.get(random.nextInt(TEXTS.size())));
            post.put(
                    "created_at",
                    Instant.parse("2022-10-01T00:00:00Z")
                            .plus(random.nextInt(160), ChronoUnit.DAYS)
                            .toString());
            post.put("author_id", "a" + random.nextInt(25));
            post.put("possibly_sensitive", random.nextInt(15) == 0);
            post.putObject("public_metrics").put("like_count", random.nextInt(4));
            if (random.nextInt(10) > 0) {
                post.putObject("entities").putArray("hashtags").addObject().put("tag", "GIPath");
            }
            if (random.nextInt(2) == 0) {
                ObjectNode reference = post.putArray("referenced_tweets").addObject();
                reference.put("type", random.nextInt(12) == 0 ? "retweeted" : "replied_to");
                reference.put("id", "p" + random.nextInt(110));
            }
            if (random.nextInt(2) == 0) {
                ArrayNode media = post.putArray("media");
                for (int m = 0; m <= random.nextInt(3); m++) {
                    ObjectNode medium = media.addObject();
                    medium.put("media_key", "m" + i + "_" + m);
                    medium.put("type", random.nextInt(8) == 0 ? "video" : "photo");
                    int picture = random.nextInt(15);
                    if (picture < 14) medium.put("path", "picture-" + picture + ".jpg");
                }
            }
            lines.append(post).append('\n');
        }
        Files.writeString(posts, lines);
    }

    private record Text(Post post, String caption, long place) {}

    /// The naive build: what it keeps, as `key caption split copies`, and what it rejects, as `post
    /// media rule reason of`.
    private static final class Reference {
        final Set<String> pairs = new TreeSet<>();
        final List<String> rejected = new ArrayList<>();
        final List<Rule> textRules;

        Reference(BuildSettings settings) {
            textRules =
                    List.of(new Rule.NoQuestion(), new Rule.LongEnough(settings.minimumWords()));
        }

        void reject(
                @Nullable String post,
                @Nullable String media,
                String rule,
                String reason,
                @Nullable String of) {
            rejected.add(post + " " + media + " " + rule + " " + reason + " " + of);
        }

        boolean passes(Text text, List<Rule> rules) {
            for (Rule rule : rules) {
                if (rule.judge(new Rule.Candidate(text.post, text.caption))
                        instanceof Verdict.Rejected verdict) {
                    reject(text.post.id(), null, rule.name(), verdict.reason(), null);
                    return false;
                }
            }
            return true;
        }

        void build(List<Path> files, Set<String> evaluationFiles) throws IOException {
            List<Rule> postRules =
                    List.of(
                            new Rule.NotTakenDown(Set.of()),
                            new Rule.NotRepost(),
                            new Rule.NotSensitive(),
                            new Rule.Hashtagged(Set.copyOf(WordList.hashtags())),
                            new Rule.English(EnglishDetector.load()));
            Rule keyword = Rule.NamesPathology.of(WordList.pathologyKeywords());
            Map<String, Text> posts = new LinkedHashMap<>();
            Map<String, List<Text>> answers = new LinkedHashMap<>();
            Set<String> ids = new HashSet<>();
            long place = 0;
            for (Path file : files) {
                for (String line : Files.readAllLines(file)) {
                    place++;
                    if (line.isBlank()) continue;
                    Post post;
                    try {
                        post = Post.parse(line.getBytes(StandardCharsets.UTF_8));
                    } catch (IOException _) {
                        reject(null, null, "parse", "malformed", null);
                        continue;
                    }
                    if (!ids.add(post.id())) {
                        reject(post.id(), null, "parse", "repeated_id", null);
                        continue;
                    }
                    Text text = new Text(post, TextCleaner.clean(post.text()), place);
                    if (!passes(text, postRules)) continue;
                    if (!post.photos().isEmpty()) {
                        posts.put(post.id(), text);
                    } else if (post.repliedTo() == null) {
                        reject(post.id(), null, "photo_or_answer", "no_photo", null);
                    } else if (passes(text, List.of(keyword))) {
                        answers.computeIfAbsent(
                                        String.valueOf(post.repliedTo()), _ -> new ArrayList<>())
                                .add(text);
                    }
                }
            }
            Map<String, List<Text>> captions = new LinkedHashMap<>();
            for (Text post : posts.values()) {
                if (passes(post, textRules)) {
                    captions.computeIfAbsent(post.post.id(), _ -> new ArrayList<>()).add(post);
                }
            }
            answers.forEach(
                    (to, all) -> {
                        all.sort(
                                Comparator.comparingLong(
                                                (Text text) ->
                                                        -text.post.publicMetrics().likeCount())
                                        .thenComparing(text -> text.post.createdAt())
                                        .thenComparing(text -> text.post.id()));
                        Text best = all.removeFirst();
                        for (Text other : all) {
                            reject(
                                    other.post.id(),
                                    null,
                                    "most_likes",
                                    "fewer_likes",
                                    best.post.id());
                        }
                        if (!posts.containsKey(to)) {
                            String reason = "answered_post_not_kept";
                            reject(best.post.id(), null, "answered_post", reason, to);
                        } else if (passes(best, textRules)) {
                            captions.computeIfAbsent(to, _ -> new ArrayList<>()).add(best);
                        }
                    });
            List<Text> shown = new ArrayList<>();
            for (Text post : posts.values())
                if (captions.containsKey(post.post.id())) shown.add(post);
            shown.sort(
                    Comparator.comparing((Text text) -> text.post.createdAt())
                            .thenComparing(text -> text.post.id()));
            Map<String, String> seen = new TreeMap<>();
            Map<String, Integer> copies = new TreeMap<>();
            Map<String, List<String>> kept = new LinkedHashMap<>();
            for (Text post : shown) {
                kept.put(post.post.id(), new ArrayList<>());
                for (int i = 0; i < post.post.photos().size(); i++) {
                    String path = post.post.photos().get(i).path();
                    String media = post.post.photos().get(i).mediaKey();
                    String key = post.post.id() + "-" + i;
                    String reason = null;
                    if (path == null || path.equals("picture-13.jpg")) reason = "missing";
                    else if (path.equals("picture-12.jpg")) reason = "unreadable";
                    if (reason != null) {
                        reject(post.post.id(), media, "readable", reason, null);
                    } else if (evaluationFiles.contains(path)) {
                        reject(post.post.id(), media, "test_leak", "same_file", path);
                    } else {
                        String before = seen.putIfAbsent(String.valueOf(path), key);
                        if (before == null) {
                            of(kept, post).add(key);
                            continue;
                        }
                        copies.merge(before, 1, Integer::sum);
                        reject(post.post.id(), media, "duplicate", "same_file", before);
                    }
                }
            }
            Set<String> trainAuthors = new HashSet<>();
            for (Text post : shown) {
                List<String> pictures = of(kept, post);
                for (Text text : of(captions, post)) {
                    boolean answer = !text.equals(post);
                    if (pictures.isEmpty()) {
                        String of = answer ? post.post.id() : null;
                        reject(text.post.id(), null, "picture_left", "no_picture", of);
                    }
                }
                for (String key : pictures) {
                    for (Text text : of(captions, post)) {
                        pair(post, text, key, copies.getOrDefault(key, 0), trainAuthors);
                    }
                }
            }
        }

        private static <T> List<T> of(Map<String, List<T>> lists, Text post) {
            return lists.getOrDefault(post.post.id(), List.of());
        }

        private void pair(Text post, Text text, String key, int copies, Set<String> trainAuthors) {
            Instant time = post.post.createdAt();
            boolean train = time.isBefore(Instant.parse("2022-11-16T00:00:00Z"));
            String media =
                    post.post
                            .photos()
                            .get(Integer.parseInt(key.substring(key.indexOf('-') + 1)))
                            .mediaKey();
            List<String> authors =
                    List.of(
                            String.valueOf(post.post.authorId()),
                            String.valueOf(text.post.authorId()));
            if (!time.isBefore(Instant.parse("2023-01-16T00:00:00Z"))) {
                reject(text.post.id(), media, "split", "after_validation", null);
            } else if (!train && authors.stream().anyMatch(trainAuthors::contains)) {
                reject(text.post.id(), media, "split", "author_in_train", null);
            } else {
                if (train) trainAuthors.addAll(authors);
                pairs.add(
                        key
                                + (text.equals(post) ? "" : "-reply")
                                + " "
                                + text.caption
                                + " "
                                + (train ? "train" : "validation")
                                + " "
                                + copies);
            }
        }
    }

    @Test
    void keepsAndRejectsWhatAPlainBuildInMemoryDoes() throws IOException {
        BuildSettings d = BuildSettings.defaults();
        BuildSettings settings =
                new BuildSettings(
                        true,
                        d.minimumWords(),
                        d.minimumSide(),
                        0.0,
                        d.duplicateBits(),
                        d.duplicateSimilarity(),
                        null,
                        d.trainUntil(),
                        d.validationUntil(),
                        true,
                        d.pairsPerShard());
        Set<String> reasons = new TreeSet<>();
        for (int world = 0; world < 6; world++) {
            System.out.println("BuildAgainstReferenceTest: seed " + (SEED + world));
            Random random = new Random(SEED + world);
            List<Path> posts = List.of(folder.resolve("a.jsonl"), folder.resolve("b.jsonl"));
            for (Path file : posts) world(random, file);
            String leaked = "picture-3.jpg";
            EvaluationSet evaluation =
                    new EvaluationSet(
                            List.of(
                                    new EvaluationSet.Sample(
                                            leaked, folder.resolve(leaked), null)));
            Path out = folder.resolve("release-" + world);
            BuildConfig config =
                    new BuildConfig(posts, out, List.of(evaluation), null, null, 2, settings);
            int memory = 1 + 3000 * world;
            OpenPathBuild.run(
                    config,
                    Progress.none(),
                    work ->
                            new LocalEngine(
                                    work,
                                    new LocalEngine.Settings(2, memory, Duration.ofDays(1)),
                                    Progress.none()));
            Reference reference = new Reference(settings);
            reference.build(posts, Set.of(leaked));

            Set<String> pairs = new TreeSet<>();
            for (Pair pair : ParquetTable.read(out.resolve("pairs.parquet"), Pair.class)) {
                pairs.add(
                        "%s %s %s %d"
                                .formatted(
                                        pair.key(),
                                        pair.caption(),
                                        pair.split(),
                                        pair.duplicates()));
            }
            List<String> rejected = new ArrayList<>();
            for (Rejection row :
                    ParquetTable.read(out.resolve("rejected.parquet"), Rejection.class)) {
                rejected.add(
                        "%s %s %s %s %s"
                                .formatted(
                                        row.postId(),
                                        row.mediaKey(),
                                        row.rule(),
                                        row.reason(),
                                        row.of()));
                reasons.add(row.reason());
            }
            assertThat(pairs).isEqualTo(reference.pairs).isNotEmpty();
            assertThat(rejected).containsExactlyInAnyOrderElementsOf(reference.rejected);
        }
        assertThat(reasons)
                .contains(
                        "malformed",
                        "repeated_id",
                        "fewer_likes",
                        "answered_post_not_kept",
                        "question_mark",
                        "too_short",
                        "same_file",
                        "missing",
                        "unreadable",
                        "no_picture",
                        "author_in_train",
                        "after_validation");
    }
}
