package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class TextQualityTest {
    private static final long SEED = 77;

    @Test
    void everyRuleFindsItsFaultAndLittleElse() throws IOException {
        System.out.println("TextQualityTest: seed " + SEED);
        TextQuality quality = new TextQuality(EnglishDetector.load(), 3);
        for (byte[] line : PostReaderTest.lines(20_000, SEED)) quality.add(line);
        for (TextQuality.Score score : quality.scores()) {
            assertThat(score.faulty()).as(score.toString()).isGreaterThan(200);
            assertThat(score.precision()).as(score.toString()).isGreaterThanOrEqualTo(0.99);
            assertThat(score.recall()).as(score.toString()).isGreaterThanOrEqualTo(0.99);
        }
        assertThat(quality.captionsEqual()).isGreaterThanOrEqualTo(0.999);
    }
}
