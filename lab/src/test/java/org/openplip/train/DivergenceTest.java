package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.openplip.model.ContrastiveLoss;

class DivergenceTest {
    private static final double GUESSING = ContrastiveLoss.CROSS_ENTROPY.ofGuessing(128); // 4.85

    /// The first of 10,000 steps after which the run counts as diverged; 0 if none.
    private static long noticed(LongToDoubleFunction loss) {
        Divergence divergence = new Divergence(GUESSING);
        for (long step = 1; step <= 10_000; step++) {
            if (divergence.after(loss.applyAsDouble(step))) return step;
        }
        return 0;
    }

    @Test
    void aModelThatForgetsAllItKnewIsNoticed() {
        assertThat(noticed(step -> step <= 1000 ? 2 : 5)).isBetween(1001L, 1100L);
    }

    @Test
    void aModelThatNeverLearnedIsLeftToLearn() {
        assertThat(noticed(step -> 5)).isZero();
        assertThat(noticed(step -> 4.5)).isZero();
    }

    @Test
    void aLossThatRisesButStillBeatsGuessingIsLeftAlone() {
        assertThat(noticed(step -> step <= 1000 ? 0.5 : 4.8)).isZero();
    }

    @Test
    void badBatchesNowAndThenAreLeftAlone() {
        assertThat(noticed(step -> step % 20 == 0 ? 30 : 2)).isZero();
    }

    @Test
    void badFirstStepsOfAFineTuningAreLeftAlone() {
        assertThat(noticed(step -> step <= 500 ? 7 : 2)).isZero();
    }
}
