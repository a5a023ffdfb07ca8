package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.model.Precision;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.tokenizer.ClipTokenizer;

@SuppressWarnings("NullAway.Init") // set before all tests
class PlipTest {
    private static final int SIZE = 32;
    private static final List<String> CAPTIONS =
            List.of(
                    "an H&E image of tumor tissue",
                    "normal mucosa with glands",
                    "lymphocytes",
                    "smooth muscle, fat and some very long words that are cut in the end");

    @TempDir private static Path folder;
    private static Path checkpoint;
    private static Plip plip;

    @BeforeAll
    static void makeCheckpoint() throws IOException {
        checkpoint = folder.resolve("checkpoint");
        ClipTokenizer tokenizer = ClipTokenizer.train(CAPTIONS, 560);
        try (Clip clip =
                Clip.random(
                        new ClipConfig(
                                ClipConfig.Vision.of(32, 2, 2, SIZE, 8),
                                ClipConfig.Text.of(16, 2, 2, tokenizer.vocabularySize(), 12),
                                24),
                        11)) {
            clip.save(checkpoint);
        }
        tokenizer.save(checkpoint);
        Files.writeString(
                checkpoint.resolve("preprocessor_config.json"),
                ImagePreprocessor.clip(SIZE).toJson());
        plip = Plip.load(checkpoint);
    }

    @AfterAll
    static void close() {
        plip.close();
    }

    /// A picture file of random discs.
    private static Path picture(int seed) throws IOException {
        Random random = new Random(seed);
        BufferedImage image =
                new BufferedImage(
                        40 + random.nextInt(30),
                        40 + random.nextInt(30),
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        for (int i = 0; i < 20; i++) {
            graphics.setColor(new Color(random.nextInt(0xffffff)));
            graphics.fillOval(random.nextInt(60), random.nextInt(60), 20, 20);
        }
        graphics.dispose();
        Path file = folder.resolve("picture" + seed + ".png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-5f));
        }
    }

    @Test
    void streamedFilesComeBackInOrderAndUnreadableOnesWithAReason() throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 40; i++) files.add(picture(i));
        files.add(3, Files.createFile(folder.resolve("empty.png")));
        files.add(35, folder.resolve("missing.png"));
        byte[] whole = Files.readAllBytes(files.get(0));
        files.add(Files.write(folder.resolve("short.png"), Arrays.copyOf(whole, whole.length / 2)));
        List<ImageResult> results;
        try (Stream<ImageResult> stream = plip.encodeImages(files.stream())) {
            results = stream.toList();
        }

        assertThat(results).hasSize(43);
        for (int i = 0; i < results.size(); i++) {
            assertThat(results.get(i).row()).isEqualTo(i);
            assertThat(results.get(i).file()).isEqualTo(files.get(i));
            switch (results.get(i)) {
                case ImageResult.Embedded(long _, Path file, float[] embedding) ->
                        assertClose(
                                embedding,
                                plip.encodePictures(List.of(ImageDecoder.decode(file)))[0]);
                case ImageResult.Unreadable(long row, Path _, String reason) -> {
                    assertThat(row).isIn(3L, 35L, 42L);
                    assertThat(reason).isNotBlank().doesNotContain("\n", ".png");
                }
            }
        }
        assertThat(results.stream().filter(r -> r instanceof ImageResult.Unreadable)).hasSize(3);
        assertThatThrownBy(() -> plip.encodeImages(files))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        files.get(3)
                                + ": is empty (0 bytes); and 2 more of the 43 files cannot be read");
    }

    @Test
    void aStreamTakesFilesOnlyAsItsResultsAreTaken() throws IOException {
        Path file = picture(200);
        AtomicInteger taken = new AtomicInteger();
        AtomicBoolean closed = new AtomicBoolean();
        Stream<Path> endless =
                Stream.generate(
                                () -> {
                                    taken.incrementAndGet();
                                    return file;
                                })
                        .onClose(() -> closed.set(true));
        try (Stream<ImageResult> results = plip.encodeImages(endless)) {
            assertThat(taken).hasValue(0);
            assertThat(results.limit(100)).hasSize(100);
        }
        assertThat(taken.get()).isBetween(100, 100 + 3 * Plip.BATCH);
        assertThat(closed).isTrue();
    }

    @Test
    void streamedCaptionsAreThoseOfAList() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < Plip.TEXT_WINDOW + 40; i++) texts.add(CAPTIONS.get(i % 4) + " " + i);
        try (Stream<float[]> embeddings = plip.encodeTexts(texts.stream())) {
            List<float[]> streamed = embeddings.toList();
            float[][] listed = plip.encodeTexts(texts);
            assertThat(streamed).hasSameSizeAs(listed);
            for (int i = 0; i < listed.length; i++) assertClose(streamed.get(i), listed[i]);
        }
        AtomicInteger taken = new AtomicInteger();
        Stream<String> endless = Stream.generate(() -> "mucus " + taken.incrementAndGet());
        try (Stream<float[]> embeddings = plip.encodeTexts(endless)) {
            assertThat(embeddings.limit(3)).hasSize(3);
        }
        assertThat(taken).hasValue(Plip.TEXT_WINDOW);
    }

    @Test
    void zeroShotIsTheSoftmaxOfCosinesWithTheMeanOfThePrompts() throws IOException {
        List<Path> files = List.of(picture(300), picture(301), picture(302));
        List<String> labels = List.of("tumor", "smooth muscle");
        Prompts prompts = Prompts.of("an H&E image of {}", "{} tissue");
        List<Prediction> predictions = plip.zeroShot(files, labels, prompts);

        float[][] images = plip.encodeImages(files);
        for (int i = 0; i < files.size(); i++) {
            double[] logits = new double[labels.size()];
            for (int c = 0; c < logits.length; c++) {
                float[] one = plip.encodeTexts(List.of("an H&E image of " + labels.get(c)))[0];
                float[] two = plip.encodeTexts(List.of(labels.get(c) + " tissue"))[0];
                double dot = 0;
                double squares = 0;
                for (int d = 0; d < one.length; d++) {
                    dot += images[i][d] * (one[d] + two[d]);
                    squares += Math.pow(one[d] + two[d], 2);
                }
                double cosine = dot / Math.sqrt(squares);
                assertThat(predictions.get(i).similarities().get(labels.get(c)))
                        .isCloseTo(cosine, within(1e-5));
                logits[c] = plip.logitScale() * cosine;
            }
            double first = 1 / (1 + Math.exp(logits[1] - logits[0]));
            Prediction prediction = predictions.get(i);
            assertThat(prediction.probabilities().keySet()).containsExactlyElementsOf(labels);
            assertThat(prediction.probabilities().get("tumor")).isCloseTo(first, within(1e-4));
            assertThat(prediction.probability())
                    .isCloseTo(Math.max(first, 1 - first), within(1e-4));
            assertThat(prediction.label()).isEqualTo(labels.get(logits[0] >= logits[1] ? 0 : 1));
        }
        assertThatThrownBy(() -> plip.zeroShot(files, List.of("a", "a"), prompts))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[a, a]");
    }

    @Test
    void embeddingsAreTheModels() throws IOException {
        RgbImage image = ImageDecoder.decode(picture(100));
        ImagePreprocessor preprocessor = ImagePreprocessor.clip(SIZE);
        float[] pixels = new float[3 * SIZE * SIZE];
        preprocessor.normalize(preprocessor.apply(image), pixels, 0);
        try (Clip clip = Clip.load(checkpoint);
                Scope _ = Scope.open()) {
            float[] expected = clip.imageEmbeddings(Tensor.of(pixels, 1, 3, SIZE, SIZE)).floats();
            assertClose(plip.rawPictures(List.of(image))[0], expected);
            assertThat(plip.logitScale()).isEqualTo((float) clip.logitScale());
        }
        assertThat(plip.width()).isEqualTo(24);
    }

    @Test
    void batchesDoNotMixRows() throws IOException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 70; i++) texts.add(CAPTIONS.get(i % 4) + " " + i);
        float[][] together = plip.encodeTexts(texts);
        for (int i = 0; i < texts.size(); i++) {
            assertClose(together[i], plip.encodeTexts(List.of(texts.get(i)))[0]);
            double squares = 0;
            for (float value : together[i]) squares += value * value;
            assertThat(squares).isCloseTo(1, within(1e-5));
        }
        assertThat(plip.encodeTexts(List.of())).isEmpty();
        assertThat(plip.encodeImages(List.of())).isEmpty();
        assertThat(plip.encodePictures(List.of())).isEmpty();
    }

    /// Each thread asks for the same batches as the one before it did alone, so the same bits come.
    @Test
    void eightThreadsGetBitForBitWhatOneGets() throws Exception {
        List<Path> files = new ArrayList<>();
        for (int i = 400; i < 440; i++) files.add(picture(i));
        List<RgbImage> pictures = new ArrayList<>();
        for (Path file : files.subList(0, 5)) pictures.add(ImageDecoder.decode(file));
        List<Callable<float[][]>> questions =
                List.of(
                        () -> plip.encodeImages(files),
                        () -> plip.encodeTexts(CAPTIONS),
                        () -> plip.encodePictures(pictures),
                        () -> streamed(files));
        List<float[][]> expected = new ArrayList<>();
        for (Callable<float[][]> question : questions) expected.add(question.call());

        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int first = t;
                all.add(
                        threads.submit(
                                () -> {
                                    for (int j = 0; j < 20; j++) {
                                        int which = (first + j) % questions.size();
                                        assertThat(questions.get(which).call())
                                                .as("question %d", which)
                                                .isDeepEqualTo(expected.get(which));
                                    }
                                    return null;
                                }));
            }
            for (Future<?> one : all) one.get();
        }
    }

    private static float[][] streamed(List<Path> files) {
        try (Stream<ImageResult> results = plip.encodeImages(files.stream())) {
            return results.map(result -> ((ImageResult.Embedded) result).embedding())
                    .toArray(float[][]::new);
        }
    }

    @Test
    void anInterruptedThreadStopsAndStaysInterrupted() throws IOException {
        List<Path> files = List.of(picture(500));
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> plip.encodeImages(files))
                    .isInstanceOf(CancellationException.class);
            assertThatThrownBy(() -> plip.encodeTexts(CAPTIONS))
                    .isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(plip.encodeImages(files)).hasNumberOfRows(1);
    }

    @Test
    void narrowPrecisionsStayNear() throws IOException {
        float[][] exact = plip.encodeTexts(CAPTIONS);
        for (Precision precision : List.of(Precision.BF16, Precision.INT8)) {
            try (Plip narrow = Plip.load(checkpoint, precision, Plip.BATCH)) {
                float[][] texts = narrow.encodeTexts(CAPTIONS);
                for (int i = 0; i < texts.length; i++) {
                    double cosine = 0;
                    for (int j = 0; j < texts[i].length; j++) cosine += texts[i][j] * exact[i][j];
                    assertThat(cosine).as(precision.name()).isGreaterThan(0.998);
                }
            }
        }
    }

    @Test
    void refusesFilesThatDoNotFitTogether() throws IOException {
        Path other = folder.resolve("other");
        Files.createDirectories(other);
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(checkpoint.resolve(name), other.resolve(name));
        }
        Path config = other.resolve("preprocessor_config.json");
        Files.writeString(config, ImagePreprocessor.clip(224).toJson());
        assertThatThrownBy(() -> Plip.load(other))
                .isInstanceOf(DataException.class)
                .hasMessage(config + ": its crop of 224 does not fit the model's image size of 32");
        Files.writeString(config, ImagePreprocessor.clip(SIZE).toJson());
        ClipTokenizer.train(List.of("tumor tumor"), 516).save(other);
        int tokens = ClipTokenizer.load(other).vocabularySize();
        assertThatThrownBy(() -> Plip.load(other))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the tokenizer ends a text with " + (tokens - 1));
    }

    @Test
    void embedsPicturesWithoutTokenizerAndPreprocessorFiles() throws IOException {
        Path bare = Files.createDirectories(folder.resolve("bare"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(checkpoint.resolve(name), bare.resolve(name));
        }
        RgbImage picture = new RgbImage(3, 2, new byte[18]);
        try (Plip pictures = Plip.load(bare)) {
            assertThat(pictures.preprocessor().cropSize())
                    .isEqualTo(plip.preprocessor().cropSize());
            assertThat(pictures.encodePictures(List.of(picture))[0])
                    .isEqualTo(plip.encodePictures(List.of(picture))[0]);
            assertThatThrownBy(() -> pictures.encodeTexts(List.of("mucus")))
                    .hasRootCauseInstanceOf(DataException.class)
                    .hasMessageContaining("has no tokenizer.json");
        }
    }

    @Test
    void aClosedOneSaysSo() throws IOException {
        Plip closed = Plip.load(checkpoint);
        closed.close();
        assertThatThrownBy(() -> closed.encodeTexts(CAPTIONS))
                .isInstanceOf(IllegalStateException.class);
        List<Path> files = List.of(picture(600));
        assertThatThrownBy(() -> closed.encodeImages(files))
                .isInstanceOf(IllegalStateException.class);
    }
}
