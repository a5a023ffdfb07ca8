package org.openplip.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openplip.io.Progress;
import org.openplip.openpath.EnglishDetector;
import org.openplip.openpath.Post;
import org.openplip.openpath.Rule;
import org.openplip.openpath.TextCleaner;
import org.openplip.openpath.TextQuality;
import org.openplip.openpath.Verdict;
import org.openplip.phantom.PhantomPosts;

/// Posts a second through the rules for texts, on one thread, from lines of JSON in memory to
/// verdicts; and how right the verdicts are.
final class TextRules {
    private static final int MINIMUM_WORDS = 3;

    /// Keeps results alive.
    private static long sink;

    private TextRules() {}

    /// @param args posts, rounds, seed
    public static void main(String[] args) throws Exception {
        int posts = args.length > 0 ? Integer.parseInt(args[0]) : 50_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
        List<byte[]> lines = lines(posts, seed);
        TextQuality quality = new TextQuality(EnglishDetector.load(), MINIMUM_WORDS);
        List<Rule> rules = quality.rules();
        List<Post> parsed = new ArrayList<>();
        for (byte[] line : lines) parsed.add(Post.parse(line));
        List<Rule.Candidate> candidates = parsed.stream().map(Rule.Candidate::of).toList();

        Turns turns = new Turns();
        turns.add(
                "parse",
                () -> {
                    for (byte[] line : lines) sink += Post.parse(line).text().length();
                });
        turns.add(
                "clean",
                () -> {
                    for (Post post : parsed) sink += TextCleaner.clean(post.text()).length();
                });
        for (Rule rule : rules) {
            turns.add(
                    rule.name(),
                    () -> {
                        for (Rule.Candidate candidate : candidates) {
                            if (rule.judge(candidate) instanceof Verdict.Kept) sink++;
                        }
                    });
        }
        turns.add(
                "all rules of every post",
                () -> {
                    for (byte[] line : lines) {
                        Rule.Candidate candidate = Rule.Candidate.of(Post.parse(line));
                        for (Rule rule : rules) {
                            if (rule.judge(candidate) instanceof Verdict.Kept) sink++;
                        }
                    }
                });
        turns.add(
                "line to verdict",
                () -> {
                    for (byte[] line : lines) {
                        Rule.Candidate candidate = Rule.Candidate.of(Post.parse(line));
                        for (Rule rule : rules) {
                            if (rule.judge(candidate) instanceof Verdict.Rejected) break;
                            sink++;
                        }
                    }
                });
        Turns.Seconds seconds = turns.run(2, rounds);
        System.out.printf("| stage | posts/s | microseconds a post |%n| --- | --- | --- |%n");
        for (String stage : seconds.medians().keySet()) {
            double perSecond = posts / seconds.of(stage);
            System.out.printf("| %s | %,.0f | %.2f |%n", stage, perSecond, 1e6 / perSecond);
        }

        for (byte[] line : lines) quality.add(line);
        System.out.printf("%n| rule | asked | faulty | precision | recall |%n");
        System.out.println("| --- | --- | --- | --- | --- |");
        for (TextQuality.Score score : quality.scores()) {
            System.out.printf(
                    "| %s | %d | %d | %.4f | %.4f |%n",
                    score.rule(), score.asked(), score.faulty(), score.precision(), score.recall());
        }
        System.out.printf("captions equal: %.4f (%d)%n", quality.captionsEqual(), sink % 10);
    }

    private static List<byte[]> lines(int posts, long seed) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PhantomPosts.write(out, posts, seed, List.of(), Progress.none());
        byte[] all = out.toByteArray();
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] != '\n') continue;
            lines.add(Arrays.copyOfRange(all, start, i));
            start = i + 1;
        }
        return lines;
    }
}
