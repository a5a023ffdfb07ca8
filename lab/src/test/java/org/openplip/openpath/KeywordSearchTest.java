package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class KeywordSearchTest {
    private static final long SEED = 91;

    private static final String[] BETWEEN = {
        "", " ", "-", ".", "s", "es", "S", "ſ", "e", "a", "1", "é", "𝐚", "\u0301", "² ", "ı", "İ",
        "K"
    };

    @Test
    void findsWhatTheExpressionFinds() throws IOException {
        System.out.println("KeywordSearchTest: seed " + SEED);
        List<String> keywords = WordList.pathologyKeywords();
        KeywordSearch search = new KeywordSearch(keywords);
        // U+10FFFF is named so that the look behind goes by code points.
        Pattern pattern =
                Pattern.compile(
                        "(?<![\\p{L}\\p{N}\uDBFF\uDFFF])(?:"
                                + keywords.stream()
                                        .map(Pattern::quote)
                                        .collect(Collectors.joining("|"))
                                + ")(?:e?s)?(?![\\p{L}\\p{N}])",
                        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
        SplittableRandom random = new SplittableRandom(SEED);
        int found = 0;
        for (int i = 0; i < 30_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                String keyword = keywords.get(random.nextInt(keywords.size()));
                int cut =
                        random.nextInt(3) == 0
                                ? random.nextInt(keyword.length() + 1)
                                : keyword.length();
                text.append(BETWEEN[random.nextInt(BETWEEN.length)]);
                text.append(
                        random.nextInt(4) == 0
                                ? keyword.toUpperCase(java.util.Locale.ROOT)
                                : keyword,
                        0,
                        cut);
                text.append(BETWEEN[random.nextInt(BETWEEN.length)]);
            }
            boolean expected = pattern.matcher(text).find();
            assertThat(search.findsIn(text.toString())).as(text.toString()).isEqualTo(expected);
            if (expected) found++;
        }
        assertThat(found).isBetween(3_000, 27_000);
    }
}
