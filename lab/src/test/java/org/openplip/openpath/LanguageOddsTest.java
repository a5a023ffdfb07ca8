package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import opennlp.tools.langdetect.Language;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;
import org.junit.jupiter.api.Test;

class LanguageOddsTest {
    private static final long SEED = 5;
    private static final Set<String> OTHERS = Set.of("spa", "fra", "deu", "ron", "jpn", "rus");

    private static final String[] PIECES = {
        "-", "12", "3.5", ":)", ";-P", "xo", "haha", "jejeje", "Hhohoho", "rt ", "RT: ", "heart ",
                "#a",
        "@b", "https://e.org/a?b=1 ", "a@b.org", "aaaa", "EeE", "  ", "🔬", "ß", "İ", "é", "β", "脂",
                "。",
        "ﬁ", "\u0301", "...", "!!!!", "X:D"
    };

    private static List<String> texts() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(
                        LanguageOddsTest.class.getResourceAsStream("sentences.tsv"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split("\t")[1])
                    .toList();
        }
    }

    @Test
    void givesTheProbabilitiesOfOpenNlpsDetector() throws IOException {
        System.out.println("LanguageOddsTest: seed " + SEED);
        LanguageDetectorModel model;
        try (InputStream in =
                Objects.requireNonNull(
                        LanguageDetectorModel.class.getResourceAsStream("/langdetect-183.bin"))) {
            model = new LanguageDetectorModel(in);
        }
        LanguageOdds odds = new LanguageOdds(model, OTHERS);
        LanguageDetectorME detector = new LanguageDetectorME(model);
        SplittableRandom random = new SplittableRandom(SEED);
        List<String> texts = new ArrayList<>(texts());
        int plain = texts.size();
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder(texts.get(random.nextInt(plain)));
            for (int n = random.nextInt(1, 5); n > 0; n--) {
                text.insert(
                        text.offsetByCodePoints(
                                0, random.nextInt(text.codePointCount(0, text.length()) + 1)),
                        PIECES[random.nextInt(PIECES.length)]);
            }
            texts.add(text.toString());
        }
        for (String text : texts) {
            double english = 0;
            double other = 0;
            for (Language language : detector.predictLanguages(text)) {
                if (language.getLang().equals("eng")) english = language.getConfidence();
                if (OTHERS.contains(language.getLang())) {
                    other = Math.max(other, language.getConfidence());
                }
            }
            LanguageOdds.Odds seen = odds.of(text);
            assertThat(seen.english()).as(text).isCloseTo(english, within(1e-5 * english + 1e-12));
            assertThat(seen.other()).as(text).isCloseTo(other, within(1e-5 * other + 1e-12));
        }
    }
}
