package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EnglishDetectorTest {
    private static EnglishDetector detector;

    @BeforeAll
    static void load() throws IOException {
        detector = EnglishDetector.load();
    }

    private record Sentence(String lang, String text) {}

    private static List<Sentence> sentences(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(EnglishDetectorTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split("\t"))
                    .map(parts -> new Sentence(parts[0], parts[1]))
                    .toList();
        }
    }

    @Test
    void tellsEnglishCaptionsFromOthersWithoutHelp() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Sentence sentence : sentences("sentences.tsv")) {
            EnglishDetector.Guess guess = detector.guess(sentence.text, null);
            if (guess.english() != sentence.lang.equals("en")) {
                wrong.add(sentence.lang + ": " + sentence.text + " (" + guess.why() + ")");
            }
        }
        // Of 118 sentences, 2 to 10 words each, most of them terms that languages share.
        assertThat(wrong).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void tellsAllApartWithTheSourcesGuess() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Sentence sentence : sentences("sentences.tsv")) {
            EnglishDetector.Guess guess = detector.guess(sentence.text, sentence.lang);
            if (guess.english() != sentence.lang.equals("en")) {
                wrong.add(sentence.lang + ": " + sentence.text + " (" + guess.why() + ")");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void tellsNamesAndBareTermsFromOtherLanguages() throws IOException {
        int wrong = 0;
        for (Sentence sentence : sentences("more-sentences.tsv")) {
            boolean english = sentence.lang.equals("en");
            if (detector.guess(sentence.text, null).english() != english) wrong++;
            assertThat(detector.guess(sentence.text, sentence.lang).english())
                    .as(sentence.text)
                    .isEqualTo(english);
        }
        // Of 85 sentences; 14 before names and borrowed words were left out.
        assertThat(wrong).isLessThanOrEqualTo(8);
    }

    @Test
    void clearTextOutweighsAWrongGuessOfTheSource() {
        assertThat(
                        detector.guess(
                                        "This is one of the best examples of a granuloma that we"
                                                + " have seen this year",
                                        "tl")
                                .english())
                .isTrue();
        assertThat(
                        detector.guess(
                                        "Mujer de 54 años con un nódulo en la mama derecha y"
                                                + " adenopatías en la axila",
                                        "en")
                                .english())
                .isFalse();
    }

    @Test
    void greekLettersInAnEnglishCaptionDoNotMakeItGreek() {
        assertThat(
                        detector.guess("Loss of β-catenin in the nuclei, TGF-α positive", null)
                                .english())
                .isTrue();
    }
}
