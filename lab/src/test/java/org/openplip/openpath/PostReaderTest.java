package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomPosts;

class PostReaderTest {
    private static final long SEED = 20261;

    /// What is put into lines: tokens that change structure and type, broken characters.
    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u12",
        "null",
        "true",
        "false",
        "1e999",
        "-0",
        "12345678901234567890123",
        "0.5",
        "\"\"",
        "\"id\":",
        "\"text\":",
        "\"media\":",
        "{}",
        "[]",
        "[{\"type\":\"photo\"}]",
        "\u0000",
        "\u0085",
        "\"created_at\":\"2022-02-30T00:00:00.000Z\",",
        "\"public_metrics\":{\"like_count\":\"7\"},",
        "\"media_keys\":[1,null,{\"a\":[]}],",
        "\"referenced_tweets\":[{\"type\":\"quoted\"}],",
        "\"possibly_sensitive\":\"true\","
    };

    static List<byte[]> lines(int posts, long seed) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PhantomPosts.write(out, posts, seed, List.of("media/a.jpg"), Progress.none());
        List<byte[]> lines = new ArrayList<>();
        byte[] all = out.toByteArray();
        int start = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] != '\n') continue;
            lines.add(Arrays.copyOfRange(all, start, i));
            start = i + 1;
        }
        return lines;
    }

    private static byte[] mutated(byte[] line, SplittableRandom random) {
        byte[] made = line;
        for (int n = random.nextInt(1, 4); n > 0; n--) {
            int at = random.nextInt(made.length + 1);
            int end = Math.min(made.length, at + random.nextInt(4));
            byte[] middle =
                    switch (random.nextInt(4)) {
                        case 0 -> new byte[] {(byte) random.nextInt(256)};
                        case 1 -> new byte[0];
                        default ->
                                PIECES[random.nextInt(PIECES.length)].getBytes(
                                        StandardCharsets.UTF_8);
                    };
            if (random.nextInt(12) == 0) end = made.length;
            byte[] next = new byte[at + middle.length + made.length - end];
            System.arraycopy(made, 0, next, 0, at);
            System.arraycopy(middle, 0, next, at, middle.length);
            System.arraycopy(made, end, next, at + middle.length, made.length - end);
            made = next;
        }
        return made;
    }

    private static @Nullable Post fromTree(byte[] line) {
        try {
            return PostFromTree.parse(line);
        } catch (IOException _) {
            return null;
        }
    }

    @Test
    void readsWhatTheTreeHolds() throws IOException {
        for (byte[] line : lines(2000, SEED)) {
            assertThat(Post.parse(line)).isEqualTo(PostFromTree.parse(line));
        }
    }

    @Test
    void aBrokenLineIsMalformedAndNothingElse() throws IOException {
        System.out.println("PostReaderTest: seed " + SEED);
        List<byte[]> lines = lines(1000, SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        int malformed = 0;
        List<String> differ = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            byte[] line = mutated(lines.get(random.nextInt(lines.size())), random);
            PostLines.Parsed parsed = new PostLines.Line(Path.of("posts"), i, line).parse();
            @Nullable Post post =
                    switch (parsed) {
                        case PostLines.Malformed bad -> {
                            assertThat(bad.reason()).isNotBlank().doesNotContain("\n");
                            malformed++;
                            yield null;
                        }
                        case PostLines.Read read -> read.post();
                    };
            @Nullable Post expected = fromTree(line);
            if (post == null ? expected != null : !post.equals(expected)) {
                differ.add(
                        "%s%n read %s%n tree %s"
                                .formatted(
                                        new String(line, StandardCharsets.UTF_8),
                                        parsed,
                                        expected));
            }
            if (post != null) TextCleaner.clean(post.text());
        }
        assertThat(differ).isEmpty();
        assertThat(malformed).isBetween(30_000, 95_000);
    }

    @Test
    void depthAndBytesThatAreNoTextAreRefused() {
        String good =
                "{\"id\":\"1\",\"text\":\"%s\",\"created_at\":\"2022-01-01T00:00:00Z\",\"x\":%s}";
        String deep = "[".repeat(10_000) + "]".repeat(10_000);
        assertThat(reason(good.formatted("a", "1").getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(reason(good.formatted("a", deep).getBytes(StandardCharsets.UTF_8)))
                .contains("depth");
        assertThat(reason(good.formatted("\u00ff", "1").getBytes(StandardCharsets.ISO_8859_1)))
                .contains("UTF-8");
        assertThat(reason(good.formatted("\u0000", "1").getBytes(StandardCharsets.UTF_8)))
                .contains("CTRL-CHAR");
        assertThat(reason(new byte[100])).isNotEmpty();
        assertThat(reason(new byte[0])).isNotEmpty();
    }

    private static String reason(byte[] line) {
        PostLines.Parsed parsed = new PostLines.Line(Path.of("posts"), 1, line).parse();
        return parsed instanceof PostLines.Malformed bad ? bad.reason() : "";
    }
}
