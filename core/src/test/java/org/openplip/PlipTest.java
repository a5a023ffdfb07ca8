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
import java.util.concurrent.CompletableFuture;
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
    void filesComeBackInOrderAndUnreadableOnesWithAReason() throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 40; i++) files.add(picture(i));
        files.add(3, Files.createFile(folder.resolve("empty.png")));
        files.add(35, folder.resolve("missing.png"));
        byte[] whole = Files.readAllBytes(files.get(0));
        files.add(Files.write(folder.resolve("short.png"), Arrays.copyOf(whole, whole.length / 2)));
        List<ImageResult> results = new ArrayList<>();
        plip.encodeFiles(files, results::add);

        assertThat(results).hasSize(43);
        for (int i = 0; i < results.size(); i++) {
            assertThat(results.get(i).row()).isEqualTo(i);
            assertThat(results.get(i).file()).isEqualTo(files.get(i));
            switch (results.get(i)) {
                case ImageResult.Embedded(int _, Path file, float[] embedding) ->
                        assertClose(
                                embedding,
                                plip.encodeImages(List.of(ImageDecoder.decode(file)))[0]);
                case ImageResult.Unreadable(int row, Path _, String reason) -> {
                    assertThat(row).isIn(3, 35, 42);
                    assertThat(reason).isNotBlank().doesNotContain("\n", ".png");
                }
            }
        }
        assertThat(results.stream().filter(r -> r instanceof ImageResult.Unreadable)).hasSize(3);
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
            assertClose(plip.rawImages(List.of(image))[0], expected);
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
    }

    @Test
    void threadsShareOne() {
        float[][] expected = plip.encodeTexts(CAPTIONS);
        CompletableFuture<?>[] threads = new CompletableFuture<?>[3];
        for (int i = 0; i < threads.length; i++) {
            threads[i] =
                    CompletableFuture.runAsync(
                            () -> {
                                for (int j = 0; j < 10; j++) {
                                    float[][] actual = plip.encodeTexts(CAPTIONS);
                                    for (int k = 0; k < expected.length; k++) {
                                        assertClose(actual[k], expected[k]);
                                    }
                                }
                            });
        }
        CompletableFuture.allOf(threads).join();
    }

    @Test
    void narrowPrecisionsStayNear() throws IOException {
        float[][] exact = plip.encodeTexts(CAPTIONS);
        for (Precision precision : List.of(Precision.BF16, Precision.INT8)) {
            try (Plip narrow = Plip.load(checkpoint, precision)) {
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
            assertThat(pictures.encodeImages(List.of(picture))[0])
                    .isEqualTo(plip.encodeImages(List.of(picture))[0]);
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
    }
}
