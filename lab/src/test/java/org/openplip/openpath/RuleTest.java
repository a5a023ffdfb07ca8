package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuleTest {
    @TempDir Path folder;

    static Post post(String fields) throws IOException {
        String line = "{\"id\":\"1\",\"created_at\":\"2022-01-01T00:00:00.000Z\"," + fields + "}";
        return Post.parse(line.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean keeps(Rule rule, String fields) throws IOException {
        return rule.judge(Rule.Candidate.of(post(fields))) instanceof Verdict.Kept;
    }

    @Test
    void repostsAreKnownByReferenceOrByText() throws IOException {
        Rule rule = new Rule.NotRepost();
        assertThat(keeps(rule, "\"text\":\"a\"")).isTrue();
        assertThat(keeps(rule, "\"text\":\"RT @b: a\"")).isFalse();
        String quoted = "\"referenced_tweets\":[{\"type\":\"quoted\",\"id\":\"9\"}]";
        assertThat(keeps(rule, "\"text\":\"a\"," + quoted)).isTrue();
        assertThat(keeps(rule, "\"text\":\"a\"," + quoted.replace("quoted", "retweeted")))
                .isFalse();
    }

    @Test
    void repostsWithoutTheFlagAreKnownByHowTheyBegin() throws IOException {
        Rule rule = new Rule.NotRepost();
        for (String text : List.of("rt @b: a", " RT: @b a", "\\u200eRT @b: a", "RT@b a")) {
            assertThat(keeps(rule, "\"text\":\"" + text + "\"")).as(text).isFalse();
        }
        // A dose of radiotherapy, a comment before what it passes on, a word.
        for (String text : List.of("RT @ 50 Gy", "So true! RT @b: a", "Cart @b")) {
            assertThat(keeps(rule, "\"text\":\"" + text + "\"")).as(text).isTrue();
        }
    }

    @Test
    void aLineOfAHundredMegabytesIsOneRejectInLittleMemory() throws IOException {
        Path file = folder.resolve("long.jsonl");
        String good = "{\"id\":7,\"text\":\"a\",\"created_at\":\"2022-01-01T00:00:00Z\"}\n";
        byte[] piece = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < 100; i++) out.write(piece);
            out.write(("\n\r\n" + good).getBytes(StandardCharsets.UTF_8));
        }
        try (PostLines lines = new PostLines(file)) {
            PostLines.Line longLine = lines.next();
            assertThat(longLine.bytes()).isNull();
            assertThat(longLine.parse()).isInstanceOf(PostLines.Malformed.class);
            PostLines.Line next = lines.next();
            assertThat(next.number()).isEqualTo(3);
            assertThat(next.parse()).isInstanceOf(PostLines.Read.class);
            assertThat(lines.hasNext()).isFalse();
        }
    }

    @Test
    void questionMarksInLinksDoNotCount() throws IOException {
        Rule rule = new Rule.NoQuestion();
        assertThat(keeps(rule, "\"text\":\"A lipoma https://e.org/a?b=c\"")).isTrue();
        assertThat(keeps(rule, "\"text\":\"A lipoma?\"")).isFalse();
        assertThat(keeps(rule, "\"text\":\"脂肪腫？\"")).isFalse();
    }

    @Test
    void webRowsKeepQuestionMarksAndNeedNoHashtag() throws IOException {
        String row = "\"source\":\"web\",\"text\":\"What is a lipoma?\"";
        assertThat(keeps(new Rule.NoQuestion(), row)).isTrue();
        assertThat(keeps(new Rule.Hashtagged(Set.of("gipath")), row)).isTrue();
        assertThat(keeps(new Rule.NoQuestion(), row.replace("web", "mastodon"))).isFalse();
    }

    @Test
    void whoWasTakenDownIsKnownByPostAndByAuthor() throws IOException {
        Rule rule = new Rule.NotTakenDown(Set.of("1", "7"));
        assertThat(keeps(rule, "\"text\":\"a\"")).isFalse();
        rule = new Rule.NotTakenDown(Set.of("7"));
        assertThat(keeps(rule, "\"text\":\"a\",\"author_id\":\"7\"")).isFalse();
        assertThat(keeps(rule, "\"text\":\"a\",\"author_id\":\"8\"")).isTrue();
    }

    @Test
    void hashtagsMatchInAnyCaseAndRepliesNeedNone() throws IOException {
        Rule rule = new Rule.Hashtagged(Set.copyOf(WordList.hashtags()));
        String tag = ",\"entities\":{\"hashtags\":[{\"tag\":\"%s\"}]}";
        assertThat(keeps(rule, "\"text\":\"a\"" + tag.formatted("gipath"))).isTrue();
        assertThat(keeps(rule, "\"text\":\"a\"" + tag.formatted("cats"))).isFalse();
        assertThat(
                        keeps(
                                rule,
                                "\"text\":\"a\",\"referenced_tweets\":"
                                        + "[{\"type\":\"replied_to\",\"id\":\"9\"}]"))
                .isTrue();
    }

    @Test
    void keywordsAreWholeWords() throws IOException {
        Rule rule = Rule.NamesPathology.of(WordList.pathologyKeywords());
        assertThat(keeps(rule, "\"text\":\"These are Lymphomas to me\"")).isTrue();
        assertThat(keeps(rule, "\"text\":\"signet ring features\"")).isTrue();
        assertThat(keeps(rule, "\"text\":\"what an excellent painting\"")).isFalse();
        assertThat(keeps(rule, "\"text\":\"#lymphoma @melanoma\"")).isFalse();
    }

    @Test
    void theListsAreWhatTheySay() throws IOException {
        assertThat(WordList.hashtags()).hasSize(32).doesNotHaveDuplicates();
        assertThat(WordList.pathologyKeywords()).hasSizeGreaterThan(200).doesNotHaveDuplicates();
    }

    @Test
    void aBrokenLineIsOneRejectWithItsNumber() throws IOException {
        Path file = folder.resolve("posts.jsonl");
        String good = "{\"id\":7,\"text\":\"a\",\"created_at\":\"2022-01-01T00:00:00Z\"}";
        String huge = "{\"text\":\"" + "x".repeat(1 << 21) + "\"}";
        Files.writeString(
                file,
                String.join(
                        "\n",
                        good,
                        "{\"id\":\"8\",",
                        "",
                        "not json",
                        "[1]",
                        good.replace("2022", "yesterday"),
                        "{\"id\":\"9\",\"text\":\"no time\"}",
                        huge,
                        good.replace("7", "10")));
        List<Long> numbers = new ArrayList<>();
        List<String> reads = new ArrayList<>();
        try (PostLines lines = new PostLines(file)) {
            while (lines.hasNext()) {
                switch (lines.next().parse()) {
                    case PostLines.Read read -> reads.add(read.post().id());
                    case PostLines.Malformed bad -> numbers.add(bad.line());
                }
            }
        }
        assertThat(reads).containsExactly("7", "10");
        assertThat(numbers).containsExactly(2L, 4L, 5L, 6L, 7L, 8L);
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(
                        () ->
                                new BuildSettings(
                                        true,
                                        3,
                                        64,
                                        0.5,
                                        20,
                                        0.7,
                                        "2022-11-15",
                                        "2023-01-15",
                                        false,
                                        9))
                .hasMessageContaining("duplicateBits");
        assertThatThrownBy(
                        () ->
                                new BuildSettings(
                                        true,
                                        3,
                                        64,
                                        0.5,
                                        9,
                                        0.7,
                                        "2023-11-15",
                                        "2023-01-15",
                                        false,
                                        9))
                .hasMessageContaining("validationUntil");
    }
}
