package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.openplip.image.ImageDecoder;
import org.openplip.io.DataException;

/// Fits a [PictureFilter] on two folders of labelled pictures, `pathology/` and `other/`.
///
/// Logistic regression with an L2 penalty, both classes of equal weight, by full-batch gradient
/// descent with Nesterov's momentum from zero: no randomness, the same pictures give the same
/// filter.
public final class PictureFilterTrainer {
    private static final double PENALTY = 1e-3;
    private static final int STEPS = 3000;
    private static final double RATE = 0.05;
    private static final double MOMENTUM = 0.95;

    private PictureFilterTrainer() {}

    /// Fits a filter on every picture below `folder/pathology` and `folder/other`.
    ///
    /// @param provenance what is said about the pictures in the filter's file
    /// @throws DataException if one of the folders has no picture, or a picture cannot be read
    public static PictureFilter fit(Path folder, Map<String, String> provenance)
            throws IOException {
        List<double[]> pathology = features(folder.resolve("pathology"));
        List<double[]> other = features(folder.resolve("other"));
        return fit(pathology, other, provenance);
    }

    static PictureFilter fit(
            List<double[]> pathology, List<double[]> other, Map<String, String> provenance) {
        List<double[]> all = new ArrayList<>(pathology);
        all.addAll(other);
        int n = PictureFeatures.NAMES.size();
        double[] mean = new double[n];
        double[] deviation = new double[n];
        for (double[] row : all) {
            for (int i = 0; i < n; i++) mean[i] += row[i] / all.size();
        }
        for (double[] row : all) {
            for (int i = 0; i < n; i++) {
                deviation[i] += (row[i] - mean[i]) * (row[i] - mean[i]) / all.size();
            }
        }
        for (int i = 0; i < n; i++) deviation[i] = Math.max(1e-3, Math.sqrt(deviation[i]));

        int m = 2 * n + 1; // the bias comes last
        double[][] inputs = new double[all.size()][];
        for (int row = 0; row < inputs.length; row++) {
            inputs[row] = PictureFilter.inputs(all.get(row), mean, deviation);
        }
        double[] weights = new double[m];
        double[] velocity = new double[m];
        for (int step = 0; step < STEPS; step++) {
            double[] ahead = new double[m];
            for (int i = 0; i < m; i++) ahead[i] = weights[i] + MOMENTUM * velocity[i];
            double[] gradient = new double[m];
            for (int row = 0; row < inputs.length; row++) {
                boolean isPathology = row < pathology.size();
                double sum = ahead[m - 1];
                for (int i = 0; i < m - 1; i++) sum += ahead[i] * inputs[row][i];
                double error = 1 / (1 + Math.exp(-sum)) - (isPathology ? 1 : 0);
                error *= 0.5 / (isPathology ? pathology.size() : other.size());
                for (int i = 0; i < m - 1; i++) gradient[i] += error * inputs[row][i];
                gradient[m - 1] += error;
            }
            for (int i = 0; i < m; i++) {
                if (i < m - 1) gradient[i] += PENALTY * ahead[i];
                velocity[i] = MOMENTUM * velocity[i] - RATE * gradient[i];
                weights[i] += velocity[i];
            }
        }
        double[] slopes = java.util.Arrays.copyOf(weights, m - 1);
        PictureFilter filter =
                new PictureFilter(mean, deviation, slopes, weights[m - 1], provenance);
        Map<String, String> described = new TreeMap<>(provenance);
        described.put("pathologyPictures", Integer.toString(pathology.size()));
        described.put("otherPictures", Integer.toString(other.size()));
        described.put(
                "wrongAtOneHalfOnTheSamePictures",
                "%d pathology, %d other"
                        .formatted(
                                pathology.stream()
                                        .filter(row -> filter.probability(row) < 0.5)
                                        .count(),
                                other.stream()
                                        .filter(row -> filter.probability(row) >= 0.5)
                                        .count()));
        return new PictureFilter(mean, deviation, slopes, weights[m - 1], described);
    }

    private static List<double[]> features(Path folder) throws IOException {
        List<double[]> features = new ArrayList<>();
        for (Path file : pictures(folder)) {
            features.add(PictureFeatures.of(ImageDecoder.decode(file)));
        }
        if (features.isEmpty()) throw new DataException(folder, "holds no picture");
        return features;
    }

    /// The picture files below a folder, sorted by path.
    ///
    /// @throws DataException if `folder` is not one
    static List<Path> pictures(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) throw new DataException(folder, "is not a folder");
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .filter(
                            path ->
                                    path.getFileName()
                                            .toString()
                                            .toLowerCase(Locale.ROOT)
                                            .matches(".+\\.(jpe?g|png|tiff?)"))
                    .sorted()
                    .toList();
        }
    }
}
