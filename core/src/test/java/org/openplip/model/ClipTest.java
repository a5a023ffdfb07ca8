package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;

class ClipTest {
    private static final ImagePreprocessor PREPROCESSOR = ImagePreprocessor.clip(64);

    private static final ClipConfig SMALL =
            new ClipConfig(
                    ClipConfig.Vision.of(16, 2, 2, 8, 4), ClipConfig.Text.of(8, 1, 2, 20, 6), 8);

    @TempDir private Path folder;

    private static Map<String, float[]> values(Clip clip) {
        Map<String, float[]> values = new LinkedHashMap<>();
        clip.parameters().forEach((name, parameter) -> values.put(name, parameter.floats()));
        return values;
    }

    private static void assertSame(Clip actual, Clip expected) {
        Map<String, float[]> values = values(actual);
        values(expected)
                .forEach((name, value) -> assertThat(values.get(name)).as(name).isEqualTo(value));
    }

    @Test
    void whatIsSavedIsLoaded() throws IOException {
        try (Clip clip = Clip.random(SMALL, 7)) {
            clip.save(folder);
            try (Clip loaded = Clip.load(folder)) {
                assertThat(loaded.config()).isEqualTo(SMALL);
                assertSame(loaded, clip);
            }
        }
    }

    @Test
    void theReferenceIsSavedWithItsNamesAndShapes() throws IOException {
        try (Clip clip = Clip.load(TinyClip.folder())) {
            clip.save(folder);
        }
        try (Safetensors saved = Safetensors.open(folder.resolve("model.safetensors"));
                Safetensors reference =
                        Safetensors.open(TinyClip.folder().resolve("model.safetensors"));
                Scope _ = Scope.open()) {
            assertThat(saved.names()).containsExactlyInAnyOrderElementsOf(reference.names());
            for (String name : saved.names()) {
                assertThat(saved.shape(name)).isEqualTo(reference.shape(name));
                assertThat(saved.tensor(name).floats()).isEqualTo(reference.tensor(name).floats());
            }
        }
        assertThat(ClipConfig.read(folder.resolve("config.json")))
                .isEqualTo(ClipConfig.read(TinyClip.folder().resolve("config.json")));
    }

    @ParameterizedTest
    @CsvSource({
        "16, 1, 1, 8, 8, 8, 3, 4, 11, 3, 5, QUICK_GELU",
        "24, 2, 3, 12, 4, 12, 1, 2, 30, 9, 7, GELU"
    })
    void anyShapeEmbeds(
            int width,
            int depth,
            int heads,
            int imageSize,
            int patch,
            int textWidth,
            int textDepth,
            int textHeads,
            int vocabulary,
            int context,
            int projection,
            Activation activation) {
        ClipConfig config =
                new ClipConfig(
                        new ClipConfig.Vision(
                                width, 3 * width, depth, heads, imageSize, patch, activation, 1e-6),
                        new ClipConfig.Text(
                                textWidth,
                                2 * textWidth,
                                textDepth,
                                textHeads,
                                vocabulary,
                                context,
                                vocabulary - 2,
                                vocabulary - 1,
                                1,
                                activation,
                                1e-5),
                        projection);
        long[] ids = Training.pairs(config, 3, 1).ids();
        try (Clip clip = Clip.random(config, 5);
                ClipEncoder encoder =
                        ClipEncoder.of(clip, ImagePreprocessor.clip(imageSize), Precision.FLOAT32);
                Scope _ = Scope.open()) {
            List<RgbImage> pictures = pictures(3, imageSize);
            Tensor images = clip.imageEmbeddings(pixels(pictures));
            assertThat(images.shape()).containsExactly(3, projection);
            Tensor texts = clip.textEmbeddings(Tensor.of(ids, 3, context));
            assertThat(texts.shape()).containsExactly(3, projection);
            TinyClip.assertClose("images", flat(encoder.images(pictures)), images.floats(), 1e-5);
            TinyClip.assertClose("texts", flat(encoder.texts(ids, 3)), texts.floats(), 1e-5);
        }
    }

    /// Pictures of noise about a colour, each another.
    private static List<RgbImage> pictures(int n, int size) {
        Random random = new Random(11);
        List<RgbImage> pictures = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            byte[] pixels = new byte[3 * size * size];
            int colour = random.nextInt(200);
            for (int j = 0; j < pixels.length; j++) {
                pixels[j] = (byte) (colour + random.nextInt(56));
            }
            pictures.add(new RgbImage(size, size, pixels));
        }
        return pictures;
    }

    /// What CLIP's preprocessing makes of them, `[n, 3, size, size]`.
    private static Tensor pixels(List<RgbImage> pictures) {
        int size = pictures.getFirst().width();
        int each = 3 * size * size;
        float[] pixels = new float[pictures.size() * each];
        for (int i = 0; i < pictures.size(); i++) {
            ImagePreprocessor.clip(size).normalize(pictures.get(i), pixels, i * each);
        }
        return Tensor.of(pixels, pictures.size(), 3, size, size);
    }

    private static float[] flat(float[][] rows) {
        float[] all = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
        }
        return all;
    }

    @Test
    void aSeedGivesOneModel() {
        try (Clip one = Clip.random(SMALL, 1);
                Clip same = Clip.random(SMALL, 1);
                Clip other = Clip.random(SMALL, 2)) {
            assertSame(same, one);
            assertThat(values(other).get("text_projection.weight"))
                    .isNotEqualTo(values(one).get("text_projection.weight"));
            assertThat(one.logitScale()).isBetween(14.28, 14.29); // 1 / 0.07
        }
    }

    @Test
    void whatFollowsTheEndOfATextDoesNotMatter() throws IOException {
        try (Clip clip = Clip.load(TinyClip.folder());
                Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            long[] row = new long[77];
            Arrays.fill(row, 599);
            row[0] = 598;
            row[1] = 5;
            long[] other = row.clone();
            Arrays.fill(other, 3, 77, 17);
            long[] cut = {598, 5, 599};
            float[] expected = clip.textEmbeddings(Tensor.of(row, 1, 77)).floats();
            TinyClip.assertClose(
                    "padding", clip.textEmbeddings(Tensor.of(other, 1, 77)).floats(), expected, 0);
            TinyClip.assertClose(
                    "cut", clip.textEmbeddings(Tensor.of(cut, 1, 3)).floats(), expected, 0);
        }
    }

    @Test
    void theEndOfATextIsItsFirstEndOrInOldFilesItsLargestId() {
        ClipConfig.Text text = ClipConfig.Text.of(8, 1, 2, 50, 6);
        long[] ids = {9, 9, 9, 48, 3, 49, 49, 7};
        assertThat(text.endOfText(ids, 3, 5)).isEqualTo(2);
        assertThatThrownBy(() -> text.endOfText(ids, 0, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ids: no end of text (49) in 9 9 9 48 3");
        ClipConfig.Text old =
                new ClipConfig.Text(8, 32, 1, 2, 50, 6, 0, 2, 1, Activation.QUICK_GELU, 1e-5);
        assertThat(old.endOfText(ids, 3, 5)).isEqualTo(2);
        assertThat(old.endOfText(ids, 0, 5)).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"BF16, 0.999", "INT8, 0.999"})
    void narrowFormatsPointTheSameWay(Precision precision, double tolerance) throws IOException {
        try (Clip clip = Clip.load(TinyClip.folder());
                ClipEncoder exact = ClipEncoder.of(clip, PREPROCESSOR, Precision.FLOAT32);
                ClipEncoder narrow = ClipEncoder.of(clip, PREPROCESSOR, precision);
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open()) {
            List<RgbImage> pictures = pictures(8, PREPROCESSOR.cropSize());
            long[] ids = cases.tensor("input_ids").longs();
            double images = lowestCosine(narrow.images(pictures), exact.images(pictures));
            double texts = lowestCosine(narrow.texts(ids, 8), exact.texts(ids, 8));
            System.out.printf(
                    "%s: lowest cosine %.6f of images, %.6f of texts%n", precision, images, texts);
            assertThat(images).isGreaterThan(tolerance).isLessThan(1);
            assertThat(texts).isGreaterThan(tolerance).isLessThan(1);
        }
    }

    private static double lowestCosine(float[][] actual, float[][] expected) {
        double lowest = 1;
        for (int i = 0; i < actual.length; i++) {
            double dot = 0;
            double a = 0;
            double e = 0;
            for (int j = 0; j < actual[i].length; j++) {
                dot += (double) actual[i][j] * expected[i][j];
                a += (double) actual[i][j] * actual[i][j];
                e += (double) expected[i][j] * expected[i][j];
            }
            lowest = Math.min(lowest, dot / Math.sqrt(a * e));
        }
        return lowest;
    }

    // ---- errors ---------------------------------------------------------------------------

    /// A checkpoint in [#folder] with one tensor replaced, or left out if `replacement` is empty.
    private void checkpointWith(String name, long... replacement) throws IOException {
        try (Clip clip = Clip.random(SMALL, 1);
                Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(clip.parameters());
            if (replacement.length == 0) tensors.remove(name);
            else tensors.put(name, Tensor.zeros(ElementType.F32, replacement));
            SMALL.write(folder.resolve("config.json"));
            Safetensors.write(folder.resolve("model.safetensors"), tensors);
        }
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> Clip.load(folder))
                .isInstanceOf(DataException.class)
                .hasMessage(message);
    }

    @Test
    void namesTheTensorAndBothShapes() throws IOException {
        checkpointWith("visual_projection.weight", 8, 12);
        assertRefused(
                folder.resolve("model.safetensors")
                        + ": visual_projection.weight: expected shape [8, 16], got [8, 12]");
    }

    @Test
    void namesMissingTensors() throws IOException {
        checkpointWith("text_projection.weight");
        assertRefused(
                folder.resolve("model.safetensors")
                        + ": does not fit config.json: missing text_projection.weight");
    }

    @Test
    void namesUnexpectedTensors() throws IOException {
        checkpointWith("extra.weight", 1);
        assertRefused(
                folder.resolve("model.safetensors")
                        + ": does not fit config.json: unexpected extra.weight");
    }

    @Test
    void ignoresPositionIds() throws IOException {
        checkpointWith("text_model.embeddings.position_ids", 1, 6);
        Clip.load(folder).close();
    }

    @Test
    void namesTheMissingFolderOrFile() throws IOException {
        Path missing = folder.resolve("none");
        assertThatThrownBy(() -> Clip.load(missing))
                .hasMessage(missing + ": no such file or folder");
        SMALL.write(folder.resolve("config.json"));
        assertThatThrownBy(() -> Clip.load(folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        folder + ": has no weights: expected config.json with model.safetensors");
    }

    @Test
    void saysThatAFileIsTruncated() throws IOException {
        checkpointWith("logit_scale", 1);
        Path file = folder.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 100));
        assertThatThrownBy(() -> Clip.load(folder))
                .isInstanceOf(DataException.class)
                .hasMessageMatching(
                        ".*: data: the header describes \\d+ bytes, the file holds \\d+");
    }

    @Test
    void namesAWrongFieldOfTheConfiguration() throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, "{\"vision_config\": {\"patch_size\": \"big\"}}");
        assertThatThrownBy(() -> ClipConfig.read(file))
                .hasMessage(
                        file + ": vision_config.patch_size: expected a whole number, got \"big\"");
        // Refused before anything of that size is made.
        for (String size :
                List.of("hidden_size", "num_hidden_layers", "image_size", "intermediate_size")) {
            Files.writeString(file, "{\"vision_config\": {\"%s\": 2147483616}}".formatted(size));
            assertThatThrownBy(() -> ClipConfig.read(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("at most");
        }
        Files.writeString(file, "{\"vision_config\": {\"image_size\": 225}}");
        assertThatThrownBy(() -> ClipConfig.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": vision: image size 225 is not a multiple of patch size 32");
    }

    @Test
    void anEmptyConfigurationIsViTB32() throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), "{}");
        ClipConfig config = ClipConfig.read(file);
        assertThat(config.vision()).isEqualTo(ClipConfig.Vision.of(768, 12, 12, 224, 32));
        assertThat(config.text().endId()).isEqualTo(49407);
        assertThat(config.projectionWidth()).isEqualTo(512);
    }
}
