package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheRuleTest {
    /// Whether it pays, of a run on 4 cores that takes a microsecond a picture.
    private static boolean pays(long decodingNanosPerPicture) {
        CacheRule rule = new CacheRule(4);
        long pictures = 3 * CacheRule.MEASURED;
        for (long i = 0; i < pictures; i++) {
            // The first are slow while code is compiled.
            long slow = 1_000_000 * Math.min(i, 100);
            if (rule.pays(i, slow + decodingNanosPerPicture * i, 1000 * i)) return true;
        }
        return false;
    }

    @Test
    void paysWhereDecodingTakesMoreThanATenthOfTheCores() {
        assertThat(pays(390)).isFalse();
        assertThat(pays(410)).isTrue();
    }
}
