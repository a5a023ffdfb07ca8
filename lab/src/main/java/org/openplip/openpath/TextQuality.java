package org.openplip.openpath;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.openplip.io.Json;
import org.openplip.phantom.PhantomPosts.Fault;

/// How well the rules for texts find the faults of [org.openplip.phantom.PhantomPosts], each rule
/// by itself. A rule is asked of the posts that have no fault of an earlier rule, as a build asks
/// it when all others are perfect.
///
/// Example: of 10 posts 3 are questions; the rule rejects these 3 and one more: precision 3/4,
/// recall 3/3. Where the denominator is 0 the value is 1.
public final class TextQuality {
    /// How one rule did.
    ///
    /// @param asked posts
    /// @param faulty posts with the fault
    /// @param rejected posts that the rule rejects
    /// @param right posts that it rejects and that have the fault
    public record Score(String rule, long asked, long faulty, long rejected, long right) {
        /// The share of the posts rejected that have the fault.
        public double precision() {
            return rejected == 0 ? 1 : (double) right / rejected;
        }

        /// The share of the posts with the fault that are rejected.
        public double recall() {
            return faulty == 0 ? 1 : (double) right / faulty;
        }

        Score plus(boolean faulty, boolean rejected) {
            return new Score(
                    rule,
                    asked + 1,
                    this.faulty + (faulty ? 1 : 0),
                    this.rejected + (rejected ? 1 : 0),
                    right + (faulty && rejected ? 1 : 0));
        }
    }

    private final Map<Fault, Rule> rules = new EnumMap<>(Fault.class);
    private final Map<Fault, Score> scores = new EnumMap<>(Fault.class);
    private long captions;
    private long captionsEqual;

    /// @param detector of the language
    /// @param minimumWords of a caption
    public TextQuality(EnglishDetector detector, int minimumWords) throws IOException {
        rules.put(Fault.RETWEET, new Rule.NotRepost());
        rules.put(Fault.SENSITIVE, new Rule.NotSensitive());
        Set<String> hashtags = new HashSet<>(WordList.hashtags());
        rules.put(Fault.NO_HASHTAG, new Rule.Hashtagged(hashtags));
        rules.put(Fault.NOT_ENGLISH, new Rule.English(detector));
        rules.put(Fault.NO_KEYWORD, Rule.NamesPathology.of(WordList.pathologyKeywords()));
        rules.put(Fault.QUESTION, new Rule.NoQuestion());
        rules.put(Fault.TOO_SHORT, new Rule.LongEnough(minimumWords));
        rules.forEach((fault, rule) -> scores.put(fault, new Score(rule.name(), 0, 0, 0, 0)));
    }

    /// The rules, in the order in which they are asked.
    public List<Rule> rules() {
        return List.copyOf(rules.values());
    }

    /// Asks the rules of the post in a line.
    ///
    /// @return the faults that the rules and the truth differ in, for whoever wants to look
    public Set<Fault> add(byte[] line) throws IOException {
        Post post = Post.parse(line);
        JsonNode truth = Json.MAPPER.readTree(line).path("truth");
        Set<Fault> faults = new HashSet<>();
        for (JsonNode fault : truth.path("faults")) {
            faults.add(Fault.valueOf(fault.asText().toUpperCase(Locale.ROOT)));
        }
        Rule.Candidate candidate = Rule.Candidate.of(post);
        Set<Fault> wrong = new HashSet<>();
        for (Map.Entry<Fault, Rule> entry : rules.entrySet()) {
            Fault fault = entry.getKey();
            // Only answers must name something.
            if (fault == Fault.NO_KEYWORD && post.repliedTo() == null) continue;
            boolean faulty = faults.contains(fault);
            boolean rejected = entry.getValue().judge(candidate) instanceof Verdict.Rejected;
            scores.computeIfPresent(fault, (_, score) -> score.plus(faulty, rejected));
            if (faulty != rejected) wrong.add(fault);
            if (faulty) break;
        }
        if (truth.path("caption").isTextual()) {
            captions++;
            if (truth.path("caption").asText().equals(candidate.caption())) captionsEqual++;
        }
        return wrong;
    }

    /// Of each rule, in the order in which they are asked.
    public List<Score> scores() {
        return List.copyOf(scores.values());
    }

    /// The share of the captions of posts without a fault that are the true ones to the character.
    public double captionsEqual() {
        return captions == 0 ? 1 : (double) captionsEqual / captions;
    }
}
