package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CaptionLeaksTest {
    private static final String CAPTION =
            "Diffuse sheets of large atypical cells with prominent nucleoli and brisk mitoses, gastric"
                    + " biopsy of an old man with weight loss";

    private static CaptionLeaks of(String... captions) {
        CaptionLeaks leaks = new CaptionLeaks();
        for (int i = 0; i < captions.length; i++) leaks.add("e" + i, captions[i]);
        return leaks;
    }

    @Test
    void sameWordsInOtherCaseAndPunctuationAreTheSame() {
        String shouted = CAPTION.toUpperCase(java.util.Locale.ROOT).replace(",", " -") + "!";
        assertThat(of("Something else that is long enough to be looked at", CAPTION).find(shouted))
                .isEqualTo(new CaptionLeaks.Match("e1", CAPTION, 1));
    }

    @Test
    void oneWordOfTwentyMayDifferAndHalfOfThemNot() {
        assertThat(of(CAPTION).find(CAPTION.replace("brisk", "many"))).isNotNull();
        assertThat(of(CAPTION).find(CAPTION.substring(0, CAPTION.length() / 2) + " of a young one"))
                .isNull();
    }

    @Test
    void shortCaptionsPointToNoPicture() {
        assertThat(of("Colon adenocarcinoma, H&E, 20x").find("Colon adenocarcinoma, H&E, 20x"))
                .isNull();
    }

    @Test
    void findsWhatComparingAllFinds() {
        Random random = new Random(8);
        List<String> captions = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            // Every second one is the one before with a word or two changed.
            List<String> words =
                    i % 2 == 1
                            ? new ArrayList<>(List.of(captions.getLast().split(" ")))
                            : new ArrayList<>();
            if (words.isEmpty()) {
                for (int w = 10 + random.nextInt(20); w > 0; w--) {
                    words.add("w" + random.nextInt(40));
                }
            } else {
                words.set(random.nextInt(words.size()), "x");
                if (random.nextBoolean()) words.remove(words.size() - 1);
            }
            captions.add(String.join(" ", words));
        }
        CaptionLeaks leaks = new CaptionLeaks();
        for (int i = 0; i < captions.size(); i += 2) leaks.add("" + i, captions.get(i));
        int found = 0;
        for (int i = 1; i < captions.size(); i += 2) {
            double best = 0;
            for (int j = 0; j < captions.size(); j += 2) {
                best =
                        Math.max(
                                best,
                                CaptionLeaks.jaccard(
                                        CaptionLeaks.shingles(captions.get(i)),
                                        CaptionLeaks.shingles(captions.get(j))));
            }
            CaptionLeaks.Match match = leaks.find(captions.get(i));
            assertThat(match != null)
                    .as(captions.get(i))
                    .isEqualTo(best >= CaptionLeaks.LEAST_JACCARD);
            if (match != null) {
                assertThat(match.similarity()).isEqualTo(best);
                found++;
            }
        }
        assertThat(found).isBetween(20, 140);
    }
}
