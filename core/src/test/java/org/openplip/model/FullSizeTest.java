package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.Export;
import org.openplip.Export.Format;
import org.openplip.Export.WeightType;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Json;
import org.openplip.onnx.OnnxSession;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;
import org.openplip.weights.TorchZip;

/// Models of the published sizes with random weights: the same embeddings from every format, by
/// both of our paths, and by ONNX Runtime, whose arithmetic is not ours.
class FullSizeTest {
    private static final int[] LENGTHS = {77, 20};

    @TempDir private Path folder;

    /// Sizes as published (CLIP, table 19).
    static ClipConfig published(String name) {
        return switch (name) {
            case "B/32" -> config(768, 12, 224, 32, 512, 512);
            case "B/16" -> config(768, 12, 224, 16, 512, 512);
            case "L/14" -> config(1024, 24, 224, 14, 768, 768);
            case "L/14-336" -> config(1024, 24, 336, 14, 768, 768);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static ClipConfig config(
            int width, int depth, int size, int patch, int textWidth, int embedding) {
        return new ClipConfig(
                ClipConfig.Vision.of(width, depth, width / 64, size, patch),
                ClipConfig.Text.of(textWidth, 12, textWidth / 64, 49408, 77),
                embedding);
    }

    /// Embeddings of a picture, then of a row of each of the lengths.
    @SuppressWarnings("ArrayRecordComponent") // nobody writes to it
    private record Embedded(float[] image, List<float[]> texts) {
        static Embedded of(Clip clip) {
            try (Scope _ = Scope.open();
                    NoGradients _ = NoGradients.open()) {
                int size = clip.config().vision().imageSize();
                float[] image =
                        clip.imageEmbeddings(Tensor.of(pixels(size), 1, 3, size, size)).floats();
                List<float[]> texts = new ArrayList<>();
                for (int t : LENGTHS) {
                    texts.add(clip.textEmbeddings(Tensor.of(ids(t), 1, t)).floats());
                }
                return new Embedded(image, texts);
            }
        }

        void assertSame(Embedded other, String what) {
            assertThat(other.image).as(what).isEqualTo(image);
            for (int i = 0; i < texts.size(); i++) {
                assertThat(other.texts.get(i)).as(what).isEqualTo(texts.get(i));
            }
        }
    }

    private static RgbImage picture(int size) {
        byte[] values = new byte[3 * size * size];
        new SplittableRandom(size).nextBytes(values);
        return new RgbImage(size, size, values);
    }

    private static float[] pixels(int size) {
        float[] pixels = new float[3 * size * size];
        ImagePreprocessor.clip(size).normalize(picture(size), pixels, 0);
        return pixels;
    }

    /// A row that ends at its last token.
    private static long[] ids(int t) {
        long[] ids = new SplittableRandom(t).longs(t, 0, 49406).toArray();
        ids[0] = 49406;
        ids[t - 1] = 49407;
        return ids;
    }

    @ParameterizedTest
    @ValueSource(strings = {"B/32", "L/14"})
    void embedsTheSameFromEveryFormatAndAsOnnxRuntimeDoes(String name)
            throws IOException, OrtException {
        assertEmbedsFromEveryFormat(name);
    }

    /// The sizes that differ from those above in the number of tokens only.
    @Tag("large")
    @ParameterizedTest
    @ValueSource(strings = {"B/16", "L/14-336"})
    void soDoTheOtherSizes(String name) throws IOException, OrtException {
        assertEmbedsFromEveryFormat(name);
    }

    private void assertEmbedsFromEveryFormat(String name) throws IOException, OrtException {
        ClipConfig config = published(name);
        int size = config.vision().imageSize();
        Path model = folder.resolve("hf");
        Embedded expected;
        try (Clip clip = Clip.random(config, 32)) {
            spreadVectors(clip);
            expected = Embedded.of(clip);
            Files.createDirectories(model);
            clip.save(model);
            Files.writeString(
                    model.resolve("preprocessor_config.json"),
                    ImagePreprocessor.clip(size).toJson());
            ClipEncoder encoder =
                    ClipEncoder.of(clip, ImagePreprocessor.clip(size), Precision.FLOAT32);
            try (encoder) {
                TinyClip.assertClose(
                        "the encoder's image",
                        encoder.images(List.of(picture(size)))[0],
                        expected.image,
                        1e-5);
                for (int i = 0; i < LENGTHS.length; i++) {
                    TinyClip.assertClose(
                            "the encoder's text",
                            encoder.texts(ids(LENGTHS[i]), 1)[0],
                            expected.texts.get(i),
                            1e-5);
                }
            }
        }

        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path sharded = Files.createDirectories(folder.resolve("sharded"));
        for (Path copy : List.of(bin, sharded)) {
            Files.copy(model.resolve("config.json"), copy.resolve("config.json"));
        }
        try (Safetensors weights = Safetensors.open(model.resolve("model.safetensors"))) {
            TorchZip.writeStateDict(bin.resolve("pytorch_model.bin"), weights);
            writeShards(sharded, weights);
        }
        for (Path form : List.of(model, bin, sharded)) assertEmbeds(form, expected);
        for (Path form : List.of(bin, sharded)) AtomicFiles.deleteTree(form);
        for (Format format : List.of(Format.OPENAI, Format.OPEN_CLIP, Format.ONNX)) {
            Path out = folder.resolve(format.name());
            Export.write(model, out, format, WeightType.FLOAT32, "1.2.3");
            if (format == Format.ONNX) {
                assertOnnxRuntimeEmbeds(out, size, expected);
            } else {
                assertEmbeds(out, expected);
            }
            AtomicFiles.deleteTree(out);
        }
    }

    /// Biases and norms, which are drawn as zeros and ones, get values of their own.
    private static void spreadVectors(Clip clip) {
        SplittableRandom random = new SplittableRandom(5);
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            for (Tensor parameter : clip.parameters().values()) {
                if (parameter.shape().length != 1) continue;
                float[] values = parameter.floats();
                for (int i = 0; i < values.length; i++) {
                    values[i] += 0.1f * (float) random.nextGaussian();
                }
                parameter.copyInPlace(Tensor.of(values, values.length));
            }
        }
    }

    private static void writeShards(Path to, Safetensors weights) throws IOException {
        Map<String, String> map = new LinkedHashMap<>();
        List<String> names = List.copyOf(weights.names());
        for (int i = 0; i < 3; i++) {
            String file = "model-0000%d-of-00003.safetensors".formatted(i + 1);
            try (Scope _ = Scope.open()) {
                Map<String, Tensor> part = new LinkedHashMap<>();
                for (String name :
                        names.subList(i * names.size() / 3, (i + 1) * names.size() / 3)) {
                    part.put(name, weights.tensor(name));
                    map.put(name, file);
                }
                Safetensors.write(to.resolve(file), part);
            }
        }
        Json.write(to.resolve("model.safetensors.index.json"), Map.of("weight_map", map));
    }

    private static void assertEmbeds(Path checkpoint, Embedded expected) throws IOException {
        try (Clip clip = Clip.load(checkpoint)) {
            expected.assertSame(Embedded.of(clip), checkpoint.getFileName().toString());
        }
    }

    private static void assertOnnxRuntimeEmbeds(Path onnx, int size, Embedded expected)
            throws OrtException {
        try (OnnxSession image = OnnxSession.open(onnx.resolve("image.onnx"))) {
            float[] embedding = image.images(pixels(size), 1, size)[0];
            TinyClip.assertClose("ONNX Runtime's image", embedding, expected.image, 1e-5);
        }
        try (OnnxSession text = OnnxSession.open(onnx.resolve("text.onnx"))) {
            for (int i = 0; i < LENGTHS.length; i++) {
                TinyClip.assertClose(
                        "ONNX Runtime's text",
                        text.texts(ids(LENGTHS[i]), 1, LENGTHS[i])[0],
                        expected.texts.get(i),
                        1e-5);
            }
        }
    }
}
