package org.openplip.openpath;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;

/// How a build's decisions compare with the truth that phantom posts carry. This is the only code
/// that reads `truth`.
///
/// What is judged is each pair of a text and a picture that could be made, kept or not.
///
/// - precision: of the pairs kept, the share that a perfect filter keeps;
/// - recall: of the pairs that a perfect filter keeps, the share kept;
/// - of a rule, precision: of the pairs that it dropped, the share that a perfect filter drops, for
///   whatever reason (a text may break two rules, and the order is ours); recall: of the pairs that
///   a perfect filter drops for this reason, the share that was dropped by any rule.
///
/// Where the denominator is 0 the value is 1. Of a set of copies it is right to keep any one: a
/// pair dropped as a duplicate is no error when another picture of its set was kept, nor is a kept
/// one that the truth calls a duplicate when it is the only one of its set.
///
/// Example: of 4 pairs the truth keeps a, b, c; kept were a, b, d: precision 2/3, recall 2/3.
///
/// @param expected pairs that a perfect filter keeps
/// @param kept pairs kept
/// @param rules each rule, in the order of the build
/// @param kinds what pairs were dropped as copies for, a kind each
/// @param captions pairs kept rightly
/// @param captionsEqual the share of `captions` whose caption is the true one to the character
public record FilterQuality(
        long expected,
        long kept,
        double precision,
        double recall,
        List<RuleQuality> rules,
        List<KindQuality> kinds,
        long captions,
        double captionsEqual) {

    /// How one rule did.
    ///
    /// @param dropped pairs that the rule dropped
    /// @param expected pairs that a perfect filter drops for this reason
    public record RuleQuality(
            String rule, long dropped, double precision, long expected, double recall) {}

    /// How well one kind of copy tells one: `near_duplicate` by hash and structure,
    /// `near_embedding` by embedding, and those of the same file, pixels or embedding.
    ///
    /// @param rule `test_leak` or `duplicate`
    /// @param dropped pairs that were dropped for it
    /// @param precision of these, the share that a perfect filter drops, for whatever reason
    public record KindQuality(String rule, String kind, long dropped, double precision) {}

    /// The rule that is meant to find each of the truth's reasons, in the order of the build.
    private static final Map<String, String> RULE_OF = new LinkedHashMap<>();

    static {
        RULE_OF.put("retweet", "repost");
        RULE_OF.put("sensitive", "sensitive");
        RULE_OF.put("no_hashtag", "hashtag");
        RULE_OF.put("not_english", "language");
        RULE_OF.put("reply_not_chosen", "reply");
        RULE_OF.put("question", "question");
        RULE_OF.put("too_short", "length");
        RULE_OF.put("unreadable_picture", "readable");
        RULE_OF.put("not_pathology_picture", "pathology");
        RULE_OF.put("test_leak", "test_leak");
        RULE_OF.put("duplicate", "duplicate");
        RULE_OF.put("near_duplicate", "duplicate");
    }

    private static final Set<String> COPIES = Set.of("test_leak", "duplicate");

    private record Key(String captionPostId, String mediaKey) {}

    /// A pair that could be made.
    ///
    /// @param postId the post that shows the picture
    /// @param of the picture that this one copies, or null
    private record Truth(
            Key key, String postId, String verdict, @Nullable String of, String caption) {}

    /// Compares the finished tables of a build with the posts' truth; null where no post carries
    /// any. All truth is in memory.
    ///
    /// @param release the folder of the tables
    static @Nullable FilterQuality measure(List<Path> posts, Path release) throws IOException {
        List<Truth> truths = new ArrayList<>();
        for (Path file : posts) readTruth(file, truths);
        if (truths.isEmpty()) return null;

        Map<Key, String> kept = new HashMap<>();
        ParquetTable.forEach(
                release.resolve(ReleaseFiles.PAIRS),
                Pair.class,
                pair -> kept.put(new Key(pair.captionPostId(), pair.mediaKey()), pair.caption()));
        Map<String, String> textRule = new HashMap<>();
        Map<Key, Rejection> pictureRule = new HashMap<>();
        ParquetTable.forEach(
                release.resolve(ReleaseFiles.REJECTED),
                Rejection.class,
                rejection -> {
                    String postId = rejection.postId();
                    // A text without a picture left is told of by its pictures.
                    if (postId == null || rejection.rule().equals(Steps.PICTURE_LEFT)) return;
                    // The steps that choose an answer are one rule to the truth.
                    String rule =
                            Steps.OF_ANSWERS.contains(rejection.rule())
                                    ? "reply"
                                    : rejection.rule();
                    String mediaKey = rejection.mediaKey();
                    if (mediaKey == null) {
                        textRule.putIfAbsent(postId, rule);
                    } else {
                        pictureRule.putIfAbsent(new Key(postId, mediaKey), rejection);
                    }
                });
        // Pictures of each set of copies that were kept, by the picture that was copied.
        Map<String, String> rootOf = new HashMap<>();
        for (Truth truth : truths) {
            if (truth.of != null) rootOf.put(truth.key.mediaKey, truth.of);
        }
        Map<String, Set<String>> keptOfSet = new HashMap<>();
        for (Key key : kept.keySet()) {
            keptOfSet
                    .computeIfAbsent(root(key.mediaKey, rootOf), _ -> new HashSet<>())
                    .add(key.mediaKey);
        }

        long expected = 0;
        long keptCount = 0;
        long both = 0;
        long captionsEqual = 0;
        Map<String, long[]> counts = new LinkedHashMap<>();
        Map<List<String>, long[]> kinds = new LinkedHashMap<>();
        for (String rule : RULE_OF.values()) counts.put(rule, new long[4]);
        for (Truth truth : truths) {
            String caption = kept.get(truth.key);
            boolean isKept = caption != null;
            boolean shouldKeep = truth.verdict.equals("keep");
            String rule = textRule.get(truth.key.captionPostId);
            Rejection ofPicture =
                    rule != null
                            ? null
                            : pictureRule.get(new Key(truth.postId, truth.key.mediaKey));
            if (ofPicture != null) rule = ofPicture.rule();
            Set<String> set = keptOfSet.getOrDefault(root(truth.key.mediaKey, rootOf), Set.of());
            if (shouldKeep && !isKept && "duplicate".equals(rule) && !set.isEmpty()) {
                shouldKeep = false; // its twin stands for it
            } else if (!shouldKeep
                    && isKept
                    && "duplicate".equals(RULE_OF.get(truth.verdict))
                    && set.size() == 1) {
                shouldKeep = true; // it stands for its twin
            }
            if (shouldKeep) expected++;
            if (isKept) keptCount++;
            if (shouldKeep && isKept) {
                both++;
                if (truth.caption.equals(caption)) captionsEqual++;
            }
            if (!isKept && rule != null) {
                long[] count = counts.computeIfAbsent(rule, _ -> new long[4]);
                count[0]++;
                if (!shouldKeep) count[1]++;
                if (ofPicture != null && COPIES.contains(rule)) {
                    count =
                            kinds.computeIfAbsent(
                                    List.of(rule, ofPicture.reason()), _ -> new long[2]);
                    count[0]++;
                    if (!shouldKeep) count[1]++;
                }
            }
            String meant = RULE_OF.get(truth.verdict);
            if (!shouldKeep && meant != null) {
                long[] count = counts.computeIfAbsent(meant, _ -> new long[4]);
                count[2]++;
                if (!isKept) count[3]++;
            }
        }
        List<RuleQuality> rules = new ArrayList<>();
        for (Map.Entry<String, long[]> entry : counts.entrySet()) {
            long[] count = entry.getValue();
            if (count[0] + count[2] == 0) continue;
            rules.add(
                    new RuleQuality(
                            entry.getKey(),
                            count[0],
                            share(count[1], count[0]),
                            count[2],
                            share(count[3], count[2])));
        }
        return new FilterQuality(
                expected,
                keptCount,
                share(both, keptCount),
                share(both, expected),
                List.copyOf(rules),
                kinds.entrySet().stream()
                        .map(
                                entry ->
                                        new KindQuality(
                                                entry.getKey().get(0),
                                                entry.getKey().get(1),
                                                entry.getValue()[0],
                                                share(entry.getValue()[1], entry.getValue()[0])))
                        .sorted(
                                Comparator.comparing(KindQuality::rule)
                                        .thenComparing(KindQuality::kind))
                        .toList(),
                both,
                share(captionsEqual, both));
    }

    /// Writes the numbers as JSON.
    void write(Path file) throws IOException {
        Json.write(file, this);
    }

    private static double share(long part, long of) {
        return of == 0 ? 1 : (double) part / of;
    }

    private static String root(String mediaKey, Map<String, String> rootOf) {
        Set<String> visited = new TreeSet<>();
        String root = mediaKey;
        for (String next = rootOf.get(root); next != null; next = rootOf.get(root)) {
            if (!visited.add(root)) break;
            root = next;
        }
        return root;
    }

    private static void readTruth(Path file, List<Truth> truths) throws IOException {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.contains("\"truth\"")) continue;
                JsonNode post;
                try {
                    post = Json.MAPPER.readTree(line);
                } catch (com.fasterxml.jackson.core.JsonProcessingException _) {
                    continue; // a malformed line has no truth; the build counted it
                }
                JsonNode truth = post.path("truth");
                String id = post.path("id").asText();
                String shownBy = truth.path("pairs_with").asText(id);
                for (Map.Entry<String, JsonNode> entry : truth.path("pictures").properties()) {
                    JsonNode of = entry.getValue().path("of");
                    truths.add(
                            new Truth(
                                    new Key(id, entry.getKey()),
                                    shownBy,
                                    entry.getValue().path("verdict").asText(),
                                    of.isTextual() ? of.asText() : null,
                                    truth.path("caption").asText("")));
                }
            }
        }
    }
}
