package org.openplip.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.openplip.Prompts;
import org.openplip.io.DataException;
import org.openplip.phantom.TissueClass;
import org.openplip.report.Results;
import org.openplip.report.Results.ClassScore;
import org.openplip.report.Results.Mistake;
import org.openplip.report.Results.Reference;
import org.openplip.report.Results.ZeroShotScore;

class ZeroShotTest {
    private static final Results.Bootstrap FEW = new Results.Bootstrap(50, 0.95, 1, "pictures");

    /// The confusion matrix of the paper's figure, rows ADI BACK STR TUM DEB LYM MUC NORM MUS; its
    /// weighted F1 is given as 0.565.
    private static final int[][] PAPER = {
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
    void paperConfusionMatrixGivesThePapersWeightedF1() {
        List<Integer> truth = new ArrayList<>();
        List<Integer> predicted = new ArrayList<>();
        for (int row = 0; row < 9; row++) {
            for (int column = 0; column < 9; column++) {
                for (int i = 0; i < PAPER[row][column]; i++) {
                    truth.add(row);
                    predicted.add(column);
                }
            }
        }
        ZeroShotScore score =
                ZeroShot.score(
                        "plip",
                        List.of("ADI", "BACK", "STR", "TUM", "DEB", "LYM", "MUC", "NORM", "MUS"),
                        truth.stream().mapToInt(i -> i).toArray(),
                        predicted.stream().mapToInt(i -> i).toArray(),
                        FEW);
        assertThat(score.weightedF1().value()).isCloseTo(0.565, within(0.0005));
        assertThat(score.accuracy().value()).isCloseTo(0.5636, within(0.0001));
        assertThat(score.macroF1().value()).isCloseTo(0.510, within(0.0006));
        assertThat(score.weightedF1().n()).isEqualTo(7180);
        assertThat(score.weightedF1().low()).isLessThan(0.565);
        assertThat(score.weightedF1().high()).isGreaterThan(0.565);
        assertThat(score.confusion().get(3).get(2)).isEqualTo(436);
    }

    @Test
    void scoresOfSixPicturesAreThoseWorkedOutByHand() {
        // Class 0: 2 of 3 right, 1 wrongly called; class 1: 1 of 2; class 2: 1 of 1, 1 wrong call.
        int[] truth = {0, 0, 0, 1, 1, 2};
        int[] predicted = {0, 0, 2, 1, 0, 2};
        ZeroShotScore score = ZeroShot.score("m", List.of("a", "b", "c"), truth, predicted, FEW);
        assertThat(score.perClass())
                .extracting(c -> c.f1() == null ? -1 : c.f1().value())
                .containsExactly(2.0 / 3, 2.0 / 3, 2.0 / 3);
        assertThat(score.perClass())
                .extracting(ClassScore::precision)
                .containsExactly(2.0 / 3, 1.0, 0.5);
        assertThat(score.weightedF1().value()).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(score.balancedAccuracy().value())
                .isCloseTo((2.0 / 3 + 0.5 + 1) / 3, within(1e-12));
    }

    @Test
    void nearestPromptWinsAndTheFirstOfEquals() {
        float[][] images = {{1, 0}, {0.6f, 0.8f}, {0, 1}};
        float[][] classes = {{1, 0}, {0, 1}, {0, 1}};
        float[][] cosines = ZeroShot.similarities(images, classes);
        assertThat(cosines[1]).containsExactly(0.6f, 0.8f, 0.8f);
        assertThat(ZeroShot.predictions(cosines)).containsExactly(0, 1, 1);
    }

    @Test
    void chanceAndMajorityFollowFromTheShares() {
        List<Reference> even = ZeroShot.references(new int[] {0, 1}, 2);
        assertThat(even.getFirst().weightedF1()).isCloseTo(0.5, within(1e-12));
        assertThat(even.get(1).weightedF1()).isCloseTo(1 / 3.0, within(1e-12));
        // 3 of 4 in class 0: die F1 0.6 and 1/3, majority F1 6/7.
        List<Reference> uneven = ZeroShot.references(new int[] {0, 0, 0, 1}, 2);
        assertThat(uneven.getFirst().weightedF1()).isCloseTo(0.45 + 1 / 12.0, within(1e-12));
        assertThat(uneven.get(1).weightedF1()).isCloseTo(0.75 * 6 / 7, within(1e-12));
        assertThat(uneven.get(1).accuracy()).isCloseTo(0.75, within(1e-12));
        assertThat(uneven.get(1).balancedAccuracy()).isEqualTo(0.5);
    }

    @Test
    void dieReferenceIsWhatManyThrowsGive() {
        int[] truth = new int[60_000];
        int[] thrown = new int[truth.length];
        java.util.Random random = new java.util.Random(5);
        for (int i = 0; i < truth.length; i++) {
            truth[i] = random.nextInt(10) < 6 ? 0 : random.nextInt(3);
            thrown[i] = random.nextInt(3);
        }
        ZeroShotScore score =
                ZeroShot.score(
                        "die",
                        List.of("a", "b", "c"),
                        truth,
                        thrown,
                        new Results.Bootstrap(1, 0.95, 1, "pictures"));
        Reference chance = ZeroShot.references(truth, 3).getFirst();
        assertThat(chance.weightedF1()).isCloseTo(score.weightedF1().value(), within(0.01));
        assertThat(chance.accuracy()).isCloseTo(score.accuracy().value(), within(0.01));
    }

    @Test
    void mistakesComeWidestMarginFirst() {
        float[][] cosines = {{0.5f, 0.4f}, {0.9f, 0.1f}, {0.2f, 0.3f}};
        List<Mistake> mistakes =
                ZeroShot.mistakes(
                        List.of("x", "y", "z"),
                        List.of("a", "b"),
                        new int[] {1, 1, 1},
                        new int[] {0, 0, 1},
                        cosines,
                        1);
        assertThat(mistakes).hasSize(1);
        assertThat(mistakes.getFirst().file()).isEqualTo("y");
        assertThat(mistakes.getFirst().margin()).isCloseTo(0.8, within(1e-6));
    }

    @Test
    void severalTemplatesGiveTheMeanOfTheirEmbeddings() throws DataException {
        ClassNames classes = new ClassNames(Map.of("A", "fat"));
        Contender contender =
                new Contender(
                        "m",
                        "m",
                        null,
                        new ImageTextEncoder() {
                            @Override
                            public float[][] texts(List<String> texts) {
                                assertThat(texts).containsExactly("fat", "a photo of fat");
                                return new float[][] {{1, 0}, {0, 1}};
                            }

                            @Override
                            public void images(
                                    List<org.openplip.image.StoredPicture> pictures,
                                    java.util.function.Consumer<Outcome> outcomes) {}
                        });
        float[] mean = classes.embed(Prompts.of("{}", "a photo of {}"), contender)[0];
        assertThat(mean[0]).isCloseTo((float) Math.sqrt(0.5), within(1e-6f));
        assertThat(mean[1]).isCloseTo((float) Math.sqrt(0.5), within(1e-6f));
    }

    @Test
    void phantomClassesHaveThePapersNames() {
        for (TissueClass tissue : TissueClass.values()) {
            assertThat(ClassNames.kather().names()).containsEntry(tissue.name(), tissue.term());
        }
    }

    @Test
    void twoClassesMayNotHaveOneName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassNames(Map.of("a", "b", "c", "b")));
    }
}
