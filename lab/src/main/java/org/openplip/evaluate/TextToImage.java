package org.openplip.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openplip.metrics.Bootstrap;
import org.openplip.metrics.Outcomes;
import org.openplip.metrics.Retrieval;
import org.openplip.report.Results;
import org.openplip.report.Results.ChanceAt;
import org.openplip.report.Results.Hit;
import org.openplip.report.Results.RecallAt;
import org.openplip.report.Results.RetrievalScore;

/// Text-to-image retrieval as in the paper: every caption ranks all pictures by cosine, and only
/// the caption's own picture is a hit. A picture with the same caption, or the same picture listed
/// twice, is not credited.
public final class TextToImage {
    public static final String PROTOCOL = "paper";

    private TextToImage() {}

    /// The values of `ks` that say something: those up to the number of pictures.
    static int[] meaningful(List<Integer> ks, int items) {
        return ks.stream().mapToInt(Integer::intValue).filter(k -> k <= items).toArray();
    }

    /// What a random order of `items` pictures reaches at each k: `k / items`.
    static List<ChanceAt> chance(int[] ks, int items) {
        return IntStream.of(ks)
                .mapToObj(k -> new ChanceAt(k, Retrieval.chanceAt(k, items)))
                .toList();
    }

    /// Recall and median rank with bootstrap intervals over captions; the pictures stay the same.
    ///
    /// @param ranks the rank of each caption's own picture, 1 is best
    static RetrievalScore score(
            String model, int[] ranks, int[] ks, int items, Results.Bootstrap bootstrap) {
        Outcomes outcomes = Outcomes.of(ranks);
        Bootstrap draws =
                ZeroShot.draw(
                        outcomes,
                        bootstrap,
                        counts -> {
                            int[] drawn = outcomes.values(counts, 0);
                            double[] numbers = new double[ks.length + 1];
                            for (int i = 0; i < ks.length; i++) {
                                numbers[i] = Retrieval.recallAt(drawn, ks[i]);
                            }
                            numbers[ks.length] = Retrieval.medianRank(drawn);
                            return numbers;
                        });
        List<RecallAt> recall = new ArrayList<>();
        for (int i = 0; i < ks.length; i++) {
            Results.Measured measured = ZeroShot.measured(draws, i, bootstrap, ranks.length);
            recall.add(new RecallAt(ks[i], measured, measured.value() * items / ks[i]));
        }
        return new RetrievalScore(
                model, recall, ZeroShot.measured(draws, ks.length, bootstrap, ranks.length));
    }

    /// The pictures nearest to a caption, best first; of equals the one listed first.
    static List<Hit> nearest(
            float[] query,
            float[][] images,
            List<String> files,
            List<@Nullable String> labels,
            int own,
            int most) {
        float[] cosines = new float[images.length];
        for (int i = 0; i < images.length; i++) cosines[i] = Vectors.dot(query, images[i]);
        return IntStream.range(0, images.length)
                .boxed()
                .sorted(
                        Comparator.comparingDouble((Integer i) -> (double) -cosines[i])
                                .thenComparing(Comparator.naturalOrder()))
                .limit(most)
                .map(i -> new Hit(files.get(i), labels.get(i), cosines[i], i == own))
                .toList();
    }
}
