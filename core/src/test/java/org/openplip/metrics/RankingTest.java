package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingTest {
    @Test
    void countsATieAsOneHalf() {
        assertThat(Ranking.auc(new int[] {1, 1, 0, 0}, new double[] {0.9, 0.4, 0.4, 0.1}))
                .isEqualTo(0.875);
        assertThat(Ranking.auc(new int[] {1, 0}, new double[] {0.0, -0.0})).isEqualTo(0.5);
    }

    @Test
    void equalsTheShareOfPairsInOrder() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int[] truth = random.ints(60, 0, 2).toArray();
            // Ten different scores only, for many ties.
            double[] score = random.ints(60, 0, 10).asDoubleStream().toArray();
            double pairs = 0;
            double wins = 0;
            for (int i = 0; i < 60; i++) {
                for (int j = 0; j < 60; j++) {
                    if (truth[i] == 1 && truth[j] == 0) {
                        pairs++;
                        wins += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
                    }
                }
            }
            assertThat(Ranking.auc(truth, score))
                    .as("seed %d", seed)
                    .isCloseTo(wins / pairs, within(1e-12));
        }
    }

    @Test
    void aClassThatIsMissingHasNoAreaAndTheOthersGiveTheMean() {
        int[] truth = {0, 0, 1, 1};
        double[][] score = {{0.9, 0.1, 0}, {0.4, 0.5, 0.1}, {0.5, 0.4, 0.1}, {0.1, 0.8, 0.1}};
        double[] areas = Ranking.oneVersusRest(truth, score, 3);
        assertThat(areas).containsExactly(0.75, 0.75, Double.NaN);
        assertThat(Ranking.meanOneVersusRest(truth, score, 3)).isEqualTo(0.75);
        assertThatThrownBy(
                        () -> Ranking.meanOneVersusRest(new int[] {1}, new double[][] {{0, 1}}, 2))
                .hasMessageContaining("got one");
    }

    @Test
    void refusesOneClassAndNaN() {
        assertThatThrownBy(() -> Ranking.auc(new int[] {1, 1}, new double[] {0, 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both classes");
        assertThatThrownBy(() -> Ranking.auc(new int[] {1, 0}, new double[] {0, Double.NaN}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }
}
