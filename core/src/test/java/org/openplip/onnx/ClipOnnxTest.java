package org.openplip.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.io.DataException;
import org.openplip.model.Activation;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

/// The files, run by ONNX Runtime.
class ClipOnnxTest {
    private static final Map<String, String> METADATA = Map.of("model_sha256", "00ff");
    private static final int START = 98;
    private static final int END = 99;

    @TempDir private Path folder;

    /// The parameters of a model in memory.
    private record Parameters(Clip clip) implements Weights {
        private Tensor find(String name) throws DataException {
            Tensor tensor = clip.parameters().get(name);
            if (tensor == null) throw new DataException(file(), name, "no such tensor");
            return tensor;
        }

        @Override
        public Path file() {
            return Path.of("memory");
        }

        @Override
        public Set<String> names() {
            return clip.parameters().keySet();
        }

        @Override
        public ElementType type(String name) throws DataException {
            return find(name).type();
        }

        @Override
        public long[] shape(String name) throws DataException {
            return find(name).shape();
        }

        @Override
        public MemorySegment bytes(String name) throws DataException {
            return find(name).memory();
        }

        @Override
        public void release() {}

        @Override
        public void close() {}
    }

    private static ClipConfig small(Activation activation, int endId) {
        return new ClipConfig(
                new ClipConfig.Vision(24, 40, 2, 3, 12, 4, activation, 1e-5),
                new ClipConfig.Text(16, 56, 2, 2, 100, 11, START, endId, END, activation, 1e-3),
                10);
    }

    /// A model none of whose parameters is zero or one.
    private static Clip random(ClipConfig config) {
        Clip clip = Clip.random(config, 3);
        Random random = new Random(5);
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            for (Map.Entry<String, Tensor> entry : clip.parameters().entrySet()) {
                Tensor parameter = entry.getValue();
                if (parameter.shape().length != 1) continue;
                float[] values = parameter.floats();
                for (int i = 0; i < values.length; i++) {
                    values[i] += 0.2f * (float) random.nextGaussian();
                }
                parameter.copyInPlace(Tensor.of(values, values.length));
            }
        }
        return clip;
    }

    private static float[] pixels(int b, int size) {
        Random random = new Random(b);
        float[] pixels = new float[b * 3 * size * size];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (float) random.nextGaussian();
        return pixels;
    }

    /// Rows that end at different places; some are full, and what follows an end is anything that
    /// is no end.
    private static long[] ids(int b, int t, int start, int end) {
        Random random = new Random(b * 100L + t);
        long[] ids = random.longs((long) b * t, 0, start).toArray();
        for (int row = 0; row < b; row++) {
            int length = row == 0 ? t : 2 + random.nextInt(t - 1);
            ids[row * t] = start;
            ids[row * t + length - 1] = end;
            // A second end, which must not count.
            if (length < t) ids[(row + 1) * t - 1] = end;
        }
        return ids;
    }

    private static float[] flat(float[][] rows) {
        int width = rows[0].length;
        float[] all = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) System.arraycopy(rows[i], 0, all, i * width, width);
        return all;
    }

    /// Entries may differ by `tolerance` times the largest.
    private static void assertClose(
            String what, float[][] actual, float[] expected, double tolerance) {
        float[] values = flat(actual);
        assertThat(values).as(what).hasSameSizeAs(expected);
        double scale = 0;
        double largest = 0;
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = Math.abs((double) values[i] - expected[i]);
            largest = Math.max(largest, Double.isNaN(difference) ? 1 / 0.0 : difference);
            sum += difference;
            scale = Math.max(scale, Math.abs(expected[i]));
        }
        assertThat(largest / scale)
                .as(
                        "%s: largest difference %.3g, mean %.3g, largest entry %.3g",
                        what, largest, sum / values.length, scale)
                .isLessThanOrEqualTo(tolerance);
    }

    @ParameterizedTest
    @CsvSource({"QUICK_GELU,99", "QUICK_GELU,2", "GELU,99", "GELU,2"})
    void givesOurEmbeddingsForAnyBatchAndLength(Activation activation, int endId)
            throws IOException, OrtException {
        ClipConfig config = small(activation, endId);
        try (Clip clip = random(config)) {
            ClipOnnx.write(
                    folder, config, new Parameters(clip), ElementType.F32, "1.2.3", METADATA);
            try (OnnxSession image = OnnxSession.open(folder.resolve("image.onnx"));
                    OnnxSession text = OnnxSession.open(folder.resolve("text.onnx"))) {
                for (int b : new int[] {1, 2, 5}) {
                    compareImages(clip, image, b, 1e-5);
                    for (int t : new int[] {2, 3, 7, 11}) compareTexts(clip, text, b, t, 1e-5);
                }
            }
        }
    }

    private static void compareImages(Clip clip, OnnxSession onnx, int b, double tolerance)
            throws OrtException {
        int size = clip.config().vision().imageSize();
        float[] pixels = pixels(b, size);
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            float[] expected = clip.imageEmbeddings(Tensor.of(pixels, b, 3, size, size)).floats();
            assertClose(b + " images", onnx.images(pixels, b, size), expected, tolerance);
        }
    }

    private static void compareTexts(Clip clip, OnnxSession onnx, int b, int t, double tolerance)
            throws OrtException {
        ClipConfig.Text config = clip.config().text();
        long[] ids = ids(b, t, config.startId(), config.padId());
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            float[] expected = clip.textEmbeddings(Tensor.of(ids, b, t)).floats();
            assertClose(b + " rows of " + t, onnx.texts(ids, b, t), expected, tolerance);
        }
    }

    @Test
    void givesTheEmbeddingsOfOpenAisCode() throws IOException, OrtException {
        Path reference = Path.of("src/test/resources/tiny-clip");
        ClipConfig config = ClipConfig.read(reference.resolve("config.json"));
        try (Safetensors weights = Safetensors.open(reference.resolve("model.safetensors"));
                Safetensors cases = Safetensors.open(reference.resolve("cases.safetensors"));
                Scope _ = Scope.open()) {
            ClipOnnx.write(folder, config, weights, ElementType.F32, "1.2.3", METADATA);
            long[] pixels = cases.shape("pixel_values");
            long[] ids = cases.shape("input_ids");
            try (OnnxSession image = OnnxSession.open(folder.resolve("image.onnx"));
                    OnnxSession text = OnnxSession.open(folder.resolve("text.onnx"))) {
                assertClose(
                        "images",
                        image.images(cases.tensor("pixel_values").floats(), pixels[0], pixels[2]),
                        cases.tensor("image_embeds_unnormalized").floats(),
                        1e-5);
                assertClose(
                        "texts",
                        text.texts(cases.tensor("input_ids").longs(), ids[0], ids[1]),
                        cases.tensor("text_embeds_unnormalized").floats(),
                        1e-5);
            }
        }
    }

    @Test
    void namesItsInputsOutputsAndOrigin() throws IOException, OrtException {
        ClipConfig config = small(Activation.GELU, END);
        try (Clip clip = random(config)) {
            ClipOnnx.write(
                    folder, config, new Parameters(clip), ElementType.F32, "1.2.3", METADATA);
        }
        try (OnnxSession image = OnnxSession.open(folder.resolve("image.onnx"));
                OnnxSession text = OnnxSession.open(folder.resolve("text.onnx"))) {
            assertThat(ends(image.session))
                    .containsExactly(
                            "pixel_values FLOAT [-1, 3, 12, 12] (batch,,,)",
                            "image_embeds FLOAT [-1, 10] (batch,)");
            assertThat(ends(text.session))
                    .containsExactly(
                            "input_ids INT64 [-1, -1] (batch,sequence)",
                            "text_embeds FLOAT [-1, 10] (batch,)");
            assertThat(text.session.getMetadata().getProducerName()).isEqualTo("OpenPLIP");
            assertThat(text.session.getMetadata().getCustomMetadata()).isEqualTo(METADATA);
        }
    }

    private static List<String> ends(OrtSession session) throws OrtException {
        List<String> ends = new ArrayList<>();
        List<ai.onnxruntime.NodeInfo> infos = new ArrayList<>(session.getInputInfo().values());
        infos.addAll(session.getOutputInfo().values());
        for (ai.onnxruntime.NodeInfo info : infos) {
            ai.onnxruntime.TensorInfo tensor = (ai.onnxruntime.TensorInfo) info.getInfo();
            ends.add(
                    "%s %s %s (%s)"
                            .formatted(
                                    info.getName(),
                                    tensor.type,
                                    Arrays.toString(tensor.getShape()),
                                    String.join(",", tensor.getDimensionNames())));
        }
        return ends;
    }

    @ParameterizedTest
    @CsvSource({"QUICK_GELU", "GELU"})
    void int8StaysCloseToFloat32(Activation activation) throws IOException, OrtException {
        ClipConfig config =
                new ClipConfig(
                        new ClipConfig.Vision(64, 256, 4, 4, 32, 8, activation, 1e-5),
                        new ClipConfig.Text(
                                64, 256, 4, 4, 100, 16, START, END, END, activation, 1e-5),
                        32);
        try (Clip clip = random(config)) {
            Weights weights = new Parameters(clip);
            Path float32 = folder.resolve("float32");
            Path int8 = folder.resolve("int8");
            ClipOnnx.write(float32, config, weights, ElementType.F32, "1.2.3", METADATA);
            ClipOnnx.write(int8, config, weights, ElementType.I8, "1.2.3", METADATA);
            float[] pixels = pixels(8, 32);
            long[] ids = ids(8, 16, START, END);
            try (OnnxSession image = OnnxSession.open(float32.resolve("image.onnx"));
                    OnnxSession image8 = OnnxSession.open(int8.resolve("image.onnx"));
                    OnnxSession text = OnnxSession.open(float32.resolve("text.onnx"));
                    OnnxSession text8 = OnnxSession.open(int8.resolve("text.onnx"))) {
                assertSimilar(image8.images(pixels, 8, 32), image.images(pixels, 8, 32));
                assertSimilar(text8.texts(ids, 8, 16), text.texts(ids, 8, 16));
            }
            assertThat(int8.resolve("image.onnx").toFile().length())
                    .isLessThan(float32.resolve("image.onnx").toFile().length() * 2 / 5);
        }
    }

    private static void assertSimilar(float[][] actual, float[][] expected) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            double product = 0;
            double a = 0;
            double e = 0;
            for (int j = 0; j < expected[i].length; j++) {
                product += (double) actual[i][j] * expected[i][j];
                a += (double) actual[i][j] * actual[i][j];
                e += (double) expected[i][j] * expected[i][j];
            }
            sum += product / Math.sqrt(a * e);
        }
        double mean = sum / expected.length;
        assertThat(mean).as("mean cosine of int8 to float32").isBetween(0.995, 0.9999999);
    }

    /// The runtime writes its warnings past Java, to the standard error of the process.
    @Test
    void isRunWithoutAWarning() throws IOException, InterruptedException {
        ClipConfig config = small(Activation.QUICK_GELU, END);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                OnnxSession.class.getName()));
        try (Clip clip = random(config)) {
            for (ElementType type : List.of(ElementType.F32, ElementType.I8)) {
                Path to = folder.resolve(type.name());
                ClipOnnx.write(to, config, new Parameters(clip), type, "1.2.3", METADATA);
                command.add(to.resolve("image.onnx").toString());
                command.add(to.resolve("text.onnx").toString());
            }
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(0);
        assertThat(output).isEqualTo("opened 4\n");
    }

    /// Nothing is read or written before the size is known.
    @Test
    void refusesATowerThatIsTooLargeForOneFile() {
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(16, 1, 2, 8, 4),
                        ClipConfig.Text.of(128, 1, 2, 1 << 23, 6),
                        8);
        try (Clip clip = random(small(Activation.GELU, END))) {
            assertThatThrownBy(
                            () ->
                                    ClipOnnx.write(
                                            folder,
                                            config,
                                            new Parameters(clip),
                                            ElementType.F32,
                                            "1.2.3",
                                            METADATA))
                    .isInstanceOf(DataException.class)
                    .hasMessageMatching(
                            "memory: a tower of 429\\d{7} bytes is too large for ONNX, which holds"
                                    + " 2147483647 in one file");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesAnotherType() {
        ClipConfig config = small(Activation.GELU, END);
        try (Clip clip = random(config)) {
            assertThatThrownBy(
                            () ->
                                    ClipOnnx.write(
                                            folder,
                                            config,
                                            new Parameters(clip),
                                            ElementType.F16,
                                            "1.2.3",
                                            METADATA))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("type: expected F32 or I8, got F16");
        }
    }
}
