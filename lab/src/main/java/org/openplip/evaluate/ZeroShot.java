package org.openplip.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.openplip.metrics.Bootstrap;
import org.openplip.metrics.Classification;
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
        Classification all = Classification.of(truth, predicted, classes);
        long[][] confusion = all.confusion();
        List<ClassScore> perClass = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            perClass.add(classScore(c, labels.get(c), truth, predicted, confusion, bootstrap));
        }
        return new ZeroShotScore(
                model,
                measure(truth, predicted, classes, bootstrap, Classification::weightedF1),
                measure(truth, predicted, classes, bootstrap, Classification::macroF1),
                measure(truth, predicted, classes, bootstrap, Classification::accuracy),
                measure(truth, predicted, classes, bootstrap, Classification::balancedAccuracy),
                measure(truth, predicted, classes, bootstrap, Classification::mcc),
                perClass,
                Arrays.stream(confusion).map(row -> Arrays.stream(row).boxed().toList()).toList());
    }

    private static Measured measure(
            int[] truth,
            int[] predicted,
            int classes,
            Results.Bootstrap bootstrap,
            ToDoubleFunction<Classification> metric) {
        return interval(
                truth.length,
                bootstrap,
                draw ->
                        metric.applyAsDouble(
                                Classification.of(
                                        pick(truth, draw), pick(predicted, draw), classes)));
    }

    private static ClassScore classScore(
            int c,
            String label,
            int[] truth,
            int[] predicted,
            long[][] confusion,
            Results.Bootstrap bootstrap) {
        long support = 0;
        long called = 0;
        for (int other = 0; other < confusion.length; other++) {
            support += confusion[c][other];
            called += confusion[other][c];
        }
        Double precision = called == 0 ? null : (double) confusion[c][c] / called;
        if (support == 0) return new ClassScore(label, 0, precision, null, null);
        return new ClassScore(
                label,
                (int) support,
                precision,
                (double) confusion[c][c] / support,
                interval(truth.length, bootstrap, draw -> f1(c, truth, predicted, draw)));
    }

    /// Two hits over pictures of the class plus pictures put into it; 0 where a draw has neither.
    private static double f1(int c, int[] truth, int[] predicted, int[] draw) {
        int both = 0;
        int either = 0;
        for (int i : draw) {
            if (truth[i] == c) either++;
            if (predicted[i] == c) either++;
            if (truth[i] == c && predicted[i] == c) both++;
        }
        return either == 0 ? 0 : 2.0 * both / either;
    }

    static Measured interval(
            int n, Results.Bootstrap bootstrap, ToDoubleFunction<int[]> statistic) {
        Bootstrap.Interval interval =
                Bootstrap.interval(
                        n, bootstrap.draws(), bootstrap.level(), bootstrap.seed(), statistic);
        return new Measured(interval.estimate(), interval.low(), interval.high(), n);
    }

    static int[] pick(int[] values, int[] rows) {
        int[] picked = new int[rows.length];
        for (int i = 0; i < rows.length; i++) picked[i] = values[rows[i]];
        return picked;
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
