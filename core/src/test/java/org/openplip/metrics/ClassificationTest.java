package org.openplip.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ClassificationTest {
    /// PLIP on CRC-VAL-HE-7K, read from the paper's figure of zero-shot confusion matrices (Huang
    /// et al. 2023): rows true, columns predicted, in the order ADI BACK STR TUM DEB LYM MUC NORM
    /// MUS.
    private static final long[][] PLIP_ON_KATHER = {
        {1027, 92, 169, 0, 47, 0, 3, 0, 0},
        {0, 847, 0, 0, 0, 0, 0, 0, 0},
        {0, 6, 276, 3, 0, 0, 0, 0, 136},
        {0, 62, 436, 702, 1, 0, 5, 22, 5},
        {0, 175, 141, 1, 3, 0, 0, 1, 18},
        {0, 64, 131, 1, 0, 437, 1, 0, 0},
        {1, 125, 867, 2, 0, 0, 6, 0, 34},
        {2, 110, 65, 226, 0, 0, 7, 331, 0},
        {0, 2, 168, 3, 0, 0, 1, 0, 418}
    };

    @Test
    void givesTheWeightedF1ThatThePaperPrintsBesideItsConfusionMatrix() {
        Classification kather = Classification.of(PLIP_ON_KATHER);
        assertThat(kather.n()).isEqualTo(7180);
        assertThat(kather.weightedF1()).isCloseTo(0.565, within(0.0005));
    }

    @Test
    void givesTheNumbersOfTheWorkedExample() {
        Classification example =
                Classification.of(new int[] {0, 0, 1, 1}, new int[] {0, 1, 1, 1}, 3);
        assertThat(example.accuracy()).isEqualTo(0.75);
        assertThat(example.weightedF1()).isCloseTo(11.0 / 15, within(1e-15));
        assertThat(example.macroF1()).isCloseTo(11.0 / 15, within(1e-15));
        assertThat(example.balancedAccuracy()).isEqualTo(0.75);
        assertThat(example.mcc()).isCloseTo(4 / Math.sqrt(48), within(1e-15));
        assertThat(example.f1(2)).isZero();
        assertThat(example.confusion())
                .isDeepEqualTo(new long[][] {{1, 1, 0}, {0, 2, 0}, {0, 0, 0}});
    }

    @Test
    void equalsACountByHandOnRandomCases() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int classes = 2 + random.nextInt(5);
            int[] truth = random.ints(50, 0, classes).toArray();
            int[] predicted = random.ints(50, 0, classes).toArray();
            Classification actual = Classification.of(truth, predicted, classes);
            double weighted = 0;
            int right = 0;
            for (int c = 0; c < classes; c++) {
                double tp = 0;
                double fp = 0;
                double fn = 0;
                for (int i = 0; i < truth.length; i++) {
                    if (truth[i] == c && predicted[i] == c) tp++;
                    if (truth[i] != c && predicted[i] == c) fp++;
                    if (truth[i] == c && predicted[i] != c) fn++;
                }
                double precision = tp + fp == 0 ? 0 : tp / (tp + fp);
                double recall = tp + fn == 0 ? 0 : tp / (tp + fn);
                double f1 =
                        precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
                assertThat(actual.precision(c)).isEqualTo(precision);
                assertThat(actual.recall(c)).isEqualTo(recall);
                assertThat(actual.f1(c)).as("seed %d", seed).isCloseTo(f1, within(1e-12));
                weighted += f1 * (tp + fn) / truth.length;
                right += (int) tp;
            }
            assertThat(actual.weightedF1()).isCloseTo(weighted, within(1e-12));
            assertThat(actual.accuracy()).isEqualTo(right / 50.0);
            assertThat(actual.mcc())
                    .isCloseTo(correlation(truth, predicted, classes), within(1e-12));
        }
    }

    /// The correlation of the two lists' indicator vectors, summed over classes.
    private static double correlation(int[] truth, int[] predicted, int classes) {
        double both = 0;
        double a = 0;
        double b = 0;
        for (int c = 0; c < classes; c++) {
            double meanTruth = 0;
            double meanPredicted = 0;
            for (int i = 0; i < truth.length; i++) {
                meanTruth += truth[i] == c ? 1.0 / truth.length : 0;
                meanPredicted += predicted[i] == c ? 1.0 / truth.length : 0;
            }
            for (int i = 0; i < truth.length; i++) {
                double t = (truth[i] == c ? 1 : 0) - meanTruth;
                double p = (predicted[i] == c ? 1 : 0) - meanPredicted;
                both += t * p;
                a += t * t;
                b += p * p;
            }
        }
        return both / Math.sqrt(a * b);
    }

    @Test
    void givesNoCorrelationWhenAllIsTakenForOneClass() {
        int[] truth = {0, 1, 2, 1};
        assertThat(Classification.of(truth, new int[] {1, 1, 1, 1}, 3).mcc()).isZero();
        assertThat(Classification.of(truth, truth, 3).mcc()).isEqualTo(1);
    }

    @Test
    void groupsAreCountedEachForItself() {
        var perGroup =
                Classification.perGroup(
                        new int[] {0, 1, 1, 0}, new int[] {0, 1, 0, 1}, 3, new int[] {9, 4, 9, 4});
        assertThat(perGroup.keySet()).containsExactly(4, 9);
        assertThat(perGroup.values())
                .extracting(Classification::accuracy)
                .containsExactly(0.5, 0.5);
        assertThat(perGroup.lastEntry().getValue().confusion())
                .isDeepEqualTo(new long[][] {{1, 0, 0}, {1, 0, 0}, {0, 0, 0}});
    }

    @Test
    void refusesWhatIsNoClassification() {
        assertThatThrownBy(() -> Classification.of(new int[] {0}, new int[] {3}, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("predicted: expected 0 to 2, got 3");
        assertThatThrownBy(() -> Classification.of(new int[] {0, 1}, new int[] {0}, 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Classification.of(new int[0], new int[0], 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Classification.of(new long[][] {{1, 2}, {3}}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
