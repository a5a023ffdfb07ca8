package org.openplip.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.openplip.metrics.Bootstrap;
import org.openplip.metrics.Classification;
import org.openplip.metrics.Outcomes;
import org.openplip.metrics.Resampling;
import org.openplip.report.Results;
import org.openplip.report.Results.ClassOf;
import org.openplip.report.Results.ClassScore;
import org.openplip.report.Results.Measured;
import org.openplip.report.Results.Mistake;
import org.openplip.report.Results.Reference;
import org.openplip.report.Results.ZeroShotScore;

/// Zero-shot classification as in the paper: a picture goes to the class whose prompt's embedding
/// has the highest cosine with the picture's. Of equal cosines the class that comes first wins.
public final class ZeroShot {
    /// The paper's protocol: one prompt set for all pictures, no threshold, weighted F1.
    public static final String PROTOCOL = "paper";

    /// Numbers of all classes together that are measured; those of each class follow.
    private static final int PER_CLASS = 5;

    private ZeroShot() {}

    /// Cosines float32 `[images, classes]` of rows of unit length.
    public static float[][] similarities(float[][] images, float[][] classes) {
        float[][] cosines = new float[images.length][classes.length];
        for (int i = 0; i < images.length; i++) {
            for (int c = 0; c < classes.length; c++) {
                cosines[i][c] = Vectors.dot(images[i], classes[c]);
            }
        }
        return cosines;
    }

    /// The column of each row's highest value, the first of equals.
    public static int[] predictions(float[][] similarities) {
        return Arrays.stream(similarities).mapToInt(ZeroShot::highest).toArray();
    }

    private static int highest(float[] row) {
        int best = 0;
        for (int c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
        return best;
    }

    /// The scores of one model with bootstrap intervals over pictures.
    ///
    /// @param truth the true class of each picture
    /// @param predicted the predicted one
    static ZeroShotScore score(
            String model,
            List<String> labels,
            int[] truth,
            int[] predicted,
            Results.Bootstrap bootstrap) {
        int classes = labels.size();
        Outcomes outcomes = Outcomes.of(truth, predicted);
        Bootstrap draws = draw(outcomes, bootstrap, counts -> numbers(outcomes, counts, classes));
        Classification all = Classification.of(truth, predicted, classes);
        List<ClassScore> perClass = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            boolean absent = all.support(c) == 0;
            perClass.add(
                    new ClassScore(
                            labels.get(c),
                            (int) all.support(c),
                            all.called(c) == 0 ? null : all.precision(c),
                            absent ? null : all.recall(c),
                            absent
                                    ? null
                                    : measured(draws, PER_CLASS + c, bootstrap, truth.length)));
        }
        return new ZeroShotScore(
                model,
                measured(draws, 0, bootstrap, truth.length),
                measured(draws, 1, bootstrap, truth.length),
                measured(draws, 2, bootstrap, truth.length),
                measured(draws, 3, bootstrap, truth.length),
                measured(draws, 4, bootstrap, truth.length),
                perClass,
                Arrays.stream(all.confusion())
                        .map(row -> Arrays.stream(row).boxed().toList())
                        .toList());
    }

    private static double[] numbers(Outcomes outcomes, int[] counts, int classes) {
        Classification drawn = outcomes.classification(counts, 0, 1, classes);
        double[] numbers = new double[PER_CLASS + classes];
        numbers[0] = drawn.weightedF1();
        numbers[1] = drawn.macroF1();
        numbers[2] = drawn.accuracy();
        numbers[3] = drawn.balancedAccuracy();
        numbers[4] = drawn.mcc();
        for (int c = 0; c < classes; c++) numbers[PER_CLASS + c] = drawn.f1(c);
        return numbers;
    }

    static Bootstrap draw(
            Outcomes outcomes, Results.Bootstrap bootstrap, Bootstrap.Statistics statistics) {
        return Bootstrap.of(
                outcomes, new Resampling.Cases(bootstrap.draws(), bootstrap.seed()), statistics);
    }

    static Measured measured(Bootstrap draws, int statistic, Results.Bootstrap bootstrap, int n) {
        Bootstrap.Interval interval = draws.interval(statistic, bootstrap.level());
        return new Measured(interval.estimate(), interval.low(), interval.high(), n);
    }

    /// What two answers that look at no picture score: a fair die over the classes of the prompts,
    /// and always the most frequent class.
    ///
    /// With `C` classes and class shares `p`, the die's F1 of a class is that of precision `p` and
    /// recall `1/C`. Example: two classes, half each: F1 0.5, weighted 0.5; the majority's F1 is
    /// 2/3 for one class and 0 for the other, weighted 1/3.
    static List<Reference> references(int[] truth, int classes) {
        double[] shares = new double[classes];
        for (int c : truth) shares[c] += 1.0 / truth.length;
        double die = 0;
        double most = 0;
        int present = 0;
        for (double share : shares) {
            if (share == 0) continue;
            present++;
            most = Math.max(most, share);
            die += share * (2 * share / classes) / (share + 1.0 / classes);
        }
        return List.of(
                new Reference(
                        "chance",
                        "A fair die over the %d classes, in the limit of many throws: the precision of a class is its share of the pictures, its recall 1/%d."
                                .formatted(classes, classes),
                        die,
                        1.0 / classes,
                        1.0 / classes),
                new Reference(
                        "majority",
                        "Every picture is put into the class that most pictures belong to.",
                        most * 2 * most / (1 + most),
                        most,
                        1.0 / present));
    }

    /// The wrong predictions with the widest margins.
    static List<Mistake> mistakes(
            List<String> files,
            List<String> labels,
            int[] truth,
            int[] predicted,
            float[][] similarities,
            int most) {
        List<Mistake> mistakes = new ArrayList<>();
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] == predicted[i]) continue;
            mistakes.add(
                    new Mistake(
                            files.get(i),
                            labels.get(truth[i]),
                            labels.get(predicted[i]),
                            (double) similarities[i][predicted[i]]
                                    - (double) similarities[i][truth[i]]));
        }
        mistakes.sort(
                Comparator.comparingDouble(Mistake::margin)
                        .reversed()
                        .thenComparing(Mistake::file));
        return List.copyOf(mistakes.subList(0, Math.min(most, mistakes.size())));
    }

    static List<ClassOf> classes(ClassNames classNames, int[] truth) {
        int[] counts = new int[classNames.names().size()];
        for (int c : truth) counts[c]++;
        List<ClassOf> classes = new ArrayList<>();
        classNames
                .names()
                .forEach(
                        (label, name) ->
                                classes.add(new ClassOf(label, name, counts[classes.size()])));
        return classes;
    }
}
