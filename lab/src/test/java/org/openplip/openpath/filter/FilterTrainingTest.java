package org.openplip.openpath.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Checkpoint;
import org.openplip.PictureEncoder;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.tokenizer.ClipTokenizer;

class FilterTrainingTest {
    private static final long SEED = 4;
    private static final FilterFeatures EMBEDDING = new FilterFeatures.Embedding("m", "ab", 8);
    private static final FilterTraining.Counts COUNTS = new FilterTraining.Counts("drawn", 0, 0);

    @TempDir private Path folder;

    /// Features whose class has the probability of the logistic function of twice their sum.
    private static FilterTraining.Samples samples(int n, long seed) {
        Random random = new Random(seed);
        String[] hashes = new String[n];
        int[] truth = new int[n];
        float[][] features = new float[n][8];
        for (int i = 0; i < n; i++) {
            hashes[i] = Hashes.sha256((seed + " " + i).getBytes(StandardCharsets.US_ASCII));
            double score = 1;
            for (int j = 0; j < 8; j++) {
                features[i][j] = (float) random.nextGaussian();
                score += 2 * features[i][j];
            }
            truth[i] = random.nextDouble() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
        }
        return new FilterTraining.Samples(hashes, truth, features);
    }

    @Test
    void probabilitiesAndTheThresholdsPrecisionHoldOnPicturesNotSeen() throws DataException {
        PictureFilter filter =
                FilterTraining.fit(EMBEDDING, samples(2000, SEED), 0.97, COUNTS, Progress.none());
        FilterTraining.Samples others = samples(20_000, SEED + 1);
        double error = 0;
        long kept = 0;
        long right = 0;
        for (int i = 0; i < others.n(); i++) {
            double score = 1;
            for (float feature : others.features()[i]) score += 2 * feature;
            double probability = filter.probability(others.features()[i]);
            error += Math.abs(probability - 1 / (1 + Math.exp(-score))) / others.n();
            if (probability >= filter.threshold()) {
                kept++;
                right += others.truth()[i];
            }
        }
        assertThat(error).as("mean error of the probability").isLessThan(0.02);
        FilterCard card = filter.card();
        assertThat((double) right / kept).isBetween(0.965, 0.995);
        assertThat(card.precision().low()).isLessThan((double) right / kept);
        assertThat(card.precision().high()).isGreaterThan((double) right / kept);
        assertThat(card.pathology() + card.other()).isEqualTo(2000);
        // What the card says of probabilities it has not seen is what 20,000 others say.
        assertThat(card.calibrationError()).isLessThan(0.03);
        assertThat(card.reliability().stream().mapToLong(bin -> bin.n()).sum()).isEqualTo(2000);
        assertThat(card.auc()).isBetween(0.9, 0.99);
    }

    /// Every threshold there could be, one by one.
    @Test
    void theThresholdIsTheSmallestThatHasThePrecisionForSure() throws DataException {
        Random random = new Random(SEED);
        int n = 900;
        int[] truth = new int[n];
        double[] probabilities = new double[n];
        for (int i = 0; i < n; i++) {
            probabilities[i] = random.nextInt(200) / 200.0;
            truth[i] = random.nextDouble() < Math.sqrt(probabilities[i]) ? 1 : 0;
        }
        for (double precision : new double[] {0.75, 0.8, 0.85}) {
            double chosen = FilterTraining.threshold(truth, probabilities, precision, "drawn");
            double smallest = 2;
            for (int step = 200; step >= 0; step--) {
                int kept = 0;
                int right = 0;
                for (int i = 0; i < n; i++) {
                    if (probabilities[i] >= step / 200.0) {
                        kept++;
                        right += truth[i];
                    }
                }
                if (right == 0) continue;
                double bound =
                        BetaDistribution.of(right, kept - right + 1)
                                .inverseCumulativeProbability(0.05);
                if (bound >= precision) smallest = step / 200.0;
            }
            assertThat(chosen).as("for %s", precision).isCloseTo(smallest, within(1 / 200.0));
            assertThat(chosen).isLessThanOrEqualTo(smallest);
        }
    }

    @Test
    void aPrecisionThatCannotBeShownIsRefusedWithWhatCan() {
        int[] truth = new int[60];
        double[] probabilities = new double[60];
        for (int i = 0; i < 60; i++) {
            truth[i] = i < 30 ? 1 : 0;
            probabilities[i] = i < 30 ? 0.9 : 0.1;
        }
        // Of 30 right ones the lower bound is 0.05^(1/30).
        assertThatThrownBy(() -> FilterTraining.threshold(truth, probabilities, 0.99, "drawn"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no threshold")
                .hasMessageContaining("%.4f".formatted(Math.pow(0.05, 1 / 30.0)));
    }

    @Test
    void plattsLineTurnsScoresOfAKnownSlopeBack() {
        Random random = new Random(SEED);
        int n = 20_000;
        double[] scores = new double[n];
        int[] truth = new int[n];
        for (int i = 0; i < n; i++) {
            scores[i] = 6 * random.nextGaussian();
            double odds = 0.5 * scores[i] - 1;
            truth[i] = random.nextDouble() < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
        }
        LogisticRegression line = FilterTraining.platt(scores, truth);
        assertThat(line.weights()[0]).isCloseTo(0.5, within(0.02));
        assertThat(line.bias()).isCloseTo(-1, within(0.06));
        // Scores that tell all apart have a line all the same: Platt's targets by hand, 3/4 and
        // 1/4 for two of each at scores of 1 and -1, so that the slope is log 3.
        LogisticRegression apart =
                FilterTraining.platt(new double[] {1, 1, -1, -1}, new int[] {1, 1, 0, 0});
        assertThat(apart.weights()[0]).isCloseTo(Math.log(3), within(1e-6));
        assertThat(apart.bias()).isCloseTo(0, within(1e-6));
    }

    // ---- from files -----------------------------------------------------------------------

    /// Reddish noise is pathology, grey noise is not.
    private List<FilterTraining.Labelled> pictures(int each) throws IOException {
        Random random = new Random(SEED);
        List<FilterTraining.Labelled> pictures = new ArrayList<>();
        for (int i = 0; i < 2 * each; i++) {
            boolean pathology = i % 2 == 0;
            byte[] pixels = new byte[3 * 40 * 40];
            for (int p = 0; p < pixels.length; p += 3) {
                int value = 100 + random.nextInt(80);
                pixels[p] = (byte) (pathology ? value + 60 : value);
                pixels[p + 1] = (byte) value;
                pixels[p + 2] = (byte) (pathology ? value + 20 : value);
            }
            Path file = folder.resolve("%03d.png".formatted(i));
            Files.write(file, ImageEncoder.png(new RgbImage(40, 40, pixels)));
            pictures.add(new FilterTraining.Labelled(file, pathology));
        }
        return pictures;
    }

    private Path checkpoint(String name, long seed) throws IOException {
        ClipTokenizer tokenizer = ClipTokenizer.train(List.of("an H&E image of tumor"), 540);
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(32, 1, 2, 32, 8),
                        ClipConfig.Text.of(16, 1, 2, tokenizer.vocabularySize(), 12),
                        24);
        try (Clip clip = Clip.random(config, seed)) {
            Checkpoint.write(folder.resolve(name), clip, tokenizer, ImagePreprocessor.clip(32));
        }
        return folder.resolve(name);
    }

    private FilterTraining.Result fit(
            List<FilterTraining.Labelled> pictures, @org.jspecify.annotations.Nullable Path model)
            throws IOException {
        return FilterTraining.fit(
                pictures, model, 0.8, "noise", folder.resolve("journal"), Progress.none());
    }

    @Test
    void picturesBecomeAFilterOfEitherKindThatTellsThemApart() throws IOException {
        List<FilterTraining.Labelled> pictures = pictures(40);
        Path model = checkpoint("model", 3);
        for (Path used : java.util.Arrays.asList(null, model)) {
            Path file = folder.resolve("filter.json");
            fit(pictures, used).filter().write(file);
            try (PictureScorer scorer = PictureScorer.open(file, used, true)) {
                List<PictureScorer.Prepared> prepared = new ArrayList<>();
                for (FilterTraining.Labelled one : pictures) {
                    prepared.add(scorer.prepare(ImageDecoder.decode(one.file())));
                }
                List<PictureScorer.Score> scores = scorer.score(prepared);
                for (int i = 0; i < scores.size(); i++) {
                    assertThat(scores.get(i).probability() >= scorer.filter().threshold())
                            .as("picture %d with %s", i, used)
                            .isEqualTo(pictures.get(i).pathology());
                    assertThat(scores.get(i).embedding() == null).isEqualTo(used == null);
                }
                if (used == null) continue;
                // The embedding is the one that everybody else gets.
                try (PictureEncoder encoder = PictureEncoder.open(model)) {
                    float[] expected = encoder.encodeImages(List.of(pictures.get(7).file()))[0];
                    float[] actual = java.util.Objects.requireNonNull(scores.get(7).embedding());
                    assertThat(actual)
                            .usingComparatorWithPrecision(1e-5f)
                            .containsExactly(expected);
                }
            }
            assertThat(folder.resolve("journal")).doesNotExist();
        }
    }

    @Test
    void anotherCheckpointOrNoneIsRefusedByName() throws IOException {
        Path file = folder.resolve("filter.json");
        fit(pictures(30), checkpoint("model", 3)).filter().write(file);
        Path other = checkpoint("other", 5);
        assertThatThrownBy(() -> PictureScorer.open(file, other, true))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("filter.json")
                .hasMessageContaining("SHA-256 " + Checkpoint.sha256(folder.resolve("model")))
                .hasMessageContaining(Checkpoint.sha256(other));
        assertThatThrownBy(() -> PictureScorer.open(file, null, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("--model");
    }

    @Test
    void aCheckpointThatNobodyWantsIsRefused() throws IOException {
        Path model = checkpoint("model", 3);
        assertThatThrownBy(() -> PictureScorer.open(null, model, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is not used");
    }

    @Test
    void filesThatAreNoFilterOfThisVersionAreRefused() throws IOException {
        Path file = folder.resolve("filter.json");
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> PictureFilter.read(file))
                .hasMessageContaining("no picture filter");
        Files.writeString(file, "{\"features\": [\"saturation\"], \"weights\": [1]}");
        assertThatThrownBy(() -> PictureFilter.read(file))
                .hasMessageContaining("expected 2, got 1")
                .hasMessageContaining("train-filter");
        fit(pictures(30), null).filter().write(file);
        String good = Files.readString(file);
        Files.writeString(file, good.replace("\"magenta\"", "\"mauve\""));
        assertThatThrownBy(() -> PictureFilter.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("mauve");
        Files.writeString(file, good.replaceFirst("\"mean\" : \\[ [^,]*,", "\"mean\" : ["));
        assertThatThrownBy(() -> PictureFilter.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("mean: expected 21 numbers, got 20");
    }

    @Test
    void theSameFileTwiceCountsOnceAndWithBothLabelsIsAnError() throws IOException {
        List<FilterTraining.Labelled> pictures = pictures(30);
        Path copy = folder.resolve("copy.png");
        Files.copy(pictures.getFirst().file(), copy);
        pictures.add(new FilterTraining.Labelled(copy, true));
        Path broken = folder.resolve("broken.png");
        Files.writeString(broken, "no picture");
        pictures.add(new FilterTraining.Labelled(broken, true));
        Path missing = folder.resolve("missing.png");
        pictures.add(new FilterTraining.Labelled(missing, false));
        FilterTraining.Result result = fit(pictures, null);
        assertThat(result.filter().card().pathology()).isEqualTo(30);
        assertThat(result.filter().card().copies()).isEqualTo(1);
        assertThat(result.filter().card().unreadable()).isEqualTo(2);
        assertThat(result.unreadable())
                .extracting(FilterTraining.Unreadable::file)
                .containsExactly(missing, broken);
        pictures.add(new FilterTraining.Labelled(copy, false));
        assertThatThrownBy(() -> fit(pictures, null))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("copy.png")
                .hasMessageContaining("000.png");
        assertThatThrownBy(() -> fit(pictures(19), null))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("at least 20")
                .hasMessageContaining("19 of other");
    }

    @Test
    void aTrainingThatWasKilledGoesOnWithWhatIsWrittenDown() throws IOException {
        List<FilterTraining.Labelled> pictures = pictures(30);
        fit(pictures, null).filter().write(folder.resolve("whole.json"));
        // Killed in the middle of a line.
        Path journal = folder.resolve("journal");
        FilterFeatures features = FilterFeatures.ColourAndTexture.current();
        try (FeatureJournal half = new FeatureJournal(journal, features)) {
            for (FilterTraining.Labelled one : pictures.subList(0, 20)) {
                half.add(
                        Hashes.sha256(one.file()),
                        PictureFeatures.of(ImageDecoder.decode(one.file())));
            }
        }
        byte[] written = Files.readAllBytes(journal);
        Files.write(journal, java.util.Arrays.copyOf(written, written.length - 9));
        try (FeatureJournal again = new FeatureJournal(journal, features)) {
            assertThat(again.get(Hashes.sha256(pictures.get(18).file()))).isNotNull();
            assertThat(again.get(Hashes.sha256(pictures.get(19).file()))).isNull();
        }
        fit(pictures, null).filter().write(folder.resolve("again.json"));
        assertThat(folder.resolve("again.json"))
                .hasSameTextualContentAs(folder.resolve("whole.json"));
        // One for other features is not gone on with.
        try (FeatureJournal _ = new FeatureJournal(journal, features);
                FeatureJournal other = new FeatureJournal(journal, EMBEDDING)) {
            assertThat(other.get(Hashes.sha256(pictures.getFirst().file()))).isNull();
        }
    }
}
