package org.openplip.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {
    private static final String[] WORDS = {
        "tumor",
        "tumour",
        "stroma",
        "adenocarcinoma",
        "carcinoma",
        "lymphocytes",
        "mucosa",
        "mucus",
        "muscle",
        "smooth",
        "debris",
        "epithelium",
        "aaaa",
        "aaa",
        "abab",
        "naïve",
        "😀😀"
    };

    private static List<String> corpus(long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = 0; j < 6; j++) {
                text.append(WORDS[random.nextInt(WORDS.length)]).append(j % 3 == 0 ? ", " : " ");
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /// Counts every pair anew for each merge.
    private static List<Merge> bruteForce(List<String> texts, int merges) {
        List<List<String>> words = new ArrayList<>();
        for (String text : texts) {
            for (String piece : ClipPieces.split(ClipPieces.clean(text))) {
                List<String> word = new ArrayList<>();
                for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
                    word.add(String.valueOf(ByteAlphabet.character(b & 0xff)));
                }
                word.add(word.removeLast() + "</w>");
                words.add(word);
            }
        }
        List<Merge> learnt = new ArrayList<>();
        while (learnt.size() < merges) {
            // The space, below all characters of the alphabet, keeps the order left, then right.
            Map<String, Integer> counts = new TreeMap<>();
            for (List<String> word : words) {
                for (int i = 1; i < word.size(); i++) {
                    counts.merge(word.get(i - 1) + " " + word.get(i), 1, Integer::sum);
                }
            }
            int most = counts.isEmpty() ? 0 : Collections.max(counts.values());
            if (most < 2) break;
            String best =
                    counts.entrySet().stream()
                            .filter(entry -> entry.getValue() == most)
                            .findFirst()
                            .orElseThrow()
                            .getKey();
            String[] both = best.split(" ");
            learnt.add(new Merge(both[0], both[1]));
            for (List<String> word : words) {
                for (int i = 1; i < word.size(); i++) {
                    if (word.get(i - 1).equals(both[0]) && word.get(i).equals(both[1])) {
                        word.set(i - 1, both[0] + both[1]);
                        word.remove(i);
                    }
                }
            }
        }
        return learnt;
    }

    @Test
    void learnsTheMergesOfABruteForceTrainer() {
        for (long seed = 0; seed < 5; seed++) {
            List<String> texts = corpus(seed);
            List<Merge> merges = BpeTrainer.train(texts, 514 + 60);
            assertThat(merges).as("seed %d", seed).isEqualTo(bruteForce(texts, merges.size()));
            assertThat(merges).hasSizeGreaterThanOrEqualTo(60);
        }
    }

    @Test
    void stopsWhenNothingRepeats() {
        List<String> texts = corpus(1);
        assertThat(BpeTrainer.train(texts, 5000)).isEqualTo(bruteForce(texts, 5000));
        assertThat(ClipTokenizer.train(List.of("abc def"), 5000).vocabularySize()).isEqualTo(514);
    }

    @Test
    void learnsTheSameFromTheSameTextsInAnyOrder() {
        List<String> texts = corpus(3);
        List<String> shuffled = new ArrayList<>(texts);
        Collections.shuffle(shuffled, new Random(4));
        assertThat(BpeTrainer.train(shuffled, 600)).isEqualTo(BpeTrainer.train(texts, 600));
    }

    @Test
    void givesTheVocabularySizeAskedFor() {
        ClipTokenizer tokenizer = ClipTokenizer.train(corpus(2), 560);
        assertThat(tokenizer.vocabularySize()).isEqualTo(560);
        assertThat(tokenizer.startId()).isEqualTo(558);
        assertThat(tokenizer.endId()).isEqualTo(559);
        assertThatThrownBy(() -> ClipTokenizer.train(List.of(), 513))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("514");
    }

    @Test
    void encodesAndDecodesWhatItWasTrainedOn() {
        List<String> texts = corpus(5);
        ClipTokenizer tokenizer = ClipTokenizer.train(texts, 700);
        int bytes = 0;
        int ids = 0;
        for (String text : texts) {
            String decoded = tokenizer.decode(tokenizer.encode(text));
            assertThat(decoded.replace(" ", "")).isEqualTo(text.replace(" ", ""));
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
            ids += tokenizer.encode(text).length;
        }
        assertThat(ids).isLessThan(bytes / 4);
    }
}
