package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.model.Precision;
import org.openplip.model.VisionTransformer;
import org.openplip.model.VisionTransformerEncoder;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

class PictureEncoderTest {
    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final Path DENSENET = RESOURCES.resolve("towers/densenet.pth");
    private static final List<Path> PICTURES =
            List.of(
                    RESOURCES.resolve("preprocess/landscape.png"),
                    RESOURCES.resolve("preprocess/portrait.png"));

    @TempDir private Path folder;

    /// Asserts that both rows are those of torchvision, within 1e-5 of the largest entry.
    private static void assertTorchvisions(String network, float[][] rows) throws IOException {
        float[] expected;
        try (Safetensors reference =
                        Safetensors.open(RESOURCES.resolve("towers/files.safetensors"));
                Scope _ = Scope.open()) {
            expected = reference.tensor(network).floats();
        }
        int width = expected.length / 2;
        assertThat(rows).hasDimensions(2, width);
        double scale = 0;
        double largest = 0;
        double mean = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - rows[i / width][i % width]);
            scale = Math.max(scale, Math.abs(expected[i]));
            largest = Math.max(largest, difference);
            mean += difference / expected.length;
        }
        assertThat(largest / scale)
                .as("largest difference %.3g, mean %.3g", largest / scale, mean / scale)
                .isLessThanOrEqualTo(1e-5);
    }

    @Test
    void fromFileToEmbeddingADenseNetIsTorchvisions() throws IOException {
        try (PictureEncoder encoder = PictureEncoder.open(DENSENET)) {
            assertThat(encoder.width()).isEqualTo(17);
            assertTorchvisions("densenet", encoder.rawImages(PICTURES));
        }
    }

    @Test
    void fromFileToEmbeddingAVisionTransformerIsTorchvisions() throws IOException {
        Path file = RESOURCES.resolve("towers/vision-transformer.pth");
        try (Weights weights = Weights.open(file);
                VisionTransformer model = VisionTransformer.of(weights, 3);
                PictureEncoder encoder =
                        PictureEncoder.of(
                                VisionTransformerEncoder.of(model, Precision.FLOAT32),
                                ImagePreprocessor.torchvision(28, 24),
                                1)) {
            assertTorchvisions("vision-transformer", encoder.rawImages(PICTURES));
        }
    }

    @Test
    void allFormsGiveTheSame() throws IOException {
        try (PictureEncoder encoder = PictureEncoder.open(DENSENET)) {
            float[][] raw = encoder.rawImages(PICTURES);
            float[][] scaled = encoder.encodeImages(PICTURES);
            double squares = 0;
            for (float value : scaled[1]) squares += value * value;
            assertThat(squares).isCloseTo(1, within(1e-5));
            List<Path> files = List.of(PICTURES.get(0), folder.resolve("no.png"), PICTURES.get(1));
            try (Stream<ImageResult> results = encoder.encodeImages(files.stream());
                    Stream<ImageResult> rawResults = encoder.rawImages(files.stream())) {
                assertResults(results.toList(), scaled);
                assertResults(rawResults.toList(), raw);
            }
            StoredPicture page = // a picture that is not a file
                    new StoredPicture() {
                        @Override
                        public Path file() {
                            return Path.of("pages.npy");
                        }

                        @Override
                        public RgbImage decode() throws DataException {
                            return ImageDecoder.decode(PICTURES.get(1));
                        }
                    };
            try (Stream<ImageResult> results = encoder.encodeStored(Stream.of(page))) {
                ImageResult.Embedded result = (ImageResult.Embedded) results.findFirst().get();
                assertThat(result.file()).isEqualTo(Path.of("pages.npy"));
                assertThat(result.embedding())
                        .isEqualTo(encoder.encodeImages(PICTURES.subList(1, 2))[0]);
            }
            float[][] pictures =
                    encoder.encodePictures(
                            List.of(
                                    ImageDecoder.decode(PICTURES.get(0)),
                                    ImageDecoder.decode(PICTURES.get(1))));
            assertThat(pictures).isDeepEqualTo(scaled);
        }
    }

    private static void assertResults(List<ImageResult> results, float[][] expected) {
        assertThat(results).hasSize(3);
        assertThat(results.get(1)).isInstanceOf(ImageResult.Unreadable.class);
        for (int i = 0; i < 2; i++) {
            ImageResult.Embedded embedded = (ImageResult.Embedded) results.get(2 * i);
            assertThat(embedded.embedding()).isEqualTo(expected[i]);
        }
    }

    @Test
    void aModelIsToldByItsTensors() throws IOException {
        try (PictureEncoder denseNet = PictureEncoder.open(DENSENET, Precision.BF16, 2)) {
            ImagePreprocessor preprocessor = denseNet.preprocessor();
            assertThat(preprocessor.rules()).isEqualTo(ImagePreprocessor.Rules.TORCHVISION);
            assertThat(preprocessor.shortestEdge()).isEqualTo(224);
            assertThat(preprocessor.cropSize()).isEqualTo(224);
        }
        try (PictureEncoder transformer = PictureEncoder.open(visionTransformer())) {
            assertThat(transformer.width()).isEqualTo(768);
            assertThat(transformer.preprocessor().rules()).isEqualTo(ImagePreprocessor.Rules.CLIP);
            assertThat(transformer.preprocessor().cropSize()).isEqualTo(64);
        }
        Path checkpoint = folder.resolve("clip");
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(16, 1, 2, 16, 8),
                        ClipConfig.Text.of(16, 1, 2, 30, 7),
                        12);
        try (Clip clip = Clip.random(config, 5)) {
            clip.save(checkpoint);
        }
        for (Path path : List.of(checkpoint, checkpoint.resolve("model.safetensors"))) {
            try (PictureEncoder clip = PictureEncoder.open(path)) {
                assertThat(clip).isInstanceOf(Plip.class);
                assertThat(clip.width()).isEqualTo(12);
            }
        }
    }

    /// A state dict of ViT-B's width, all zeros, with one layer.
    private Path visionTransformer() throws IOException {
        int w = 768;
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("class_token", new long[] {1, 1, w});
        shapes.put("conv_proj.weight", new long[] {w, 3, 32, 32});
        shapes.put("conv_proj.bias", new long[] {w});
        shapes.put("encoder.pos_embedding", new long[] {1, 5, w});
        String layer = "encoder.layers.encoder_layer_0.";
        for (String norm : List.of(layer + "ln_1", layer + "ln_2", "encoder.ln")) {
            shapes.put(norm + ".weight", new long[] {w});
            shapes.put(norm + ".bias", new long[] {w});
        }
        shapes.put(layer + "self_attention.in_proj_weight", new long[] {3L * w, w});
        shapes.put(layer + "self_attention.in_proj_bias", new long[] {3L * w});
        shapes.put(layer + "self_attention.out_proj.weight", new long[] {w, w});
        shapes.put(layer + "self_attention.out_proj.bias", new long[] {w});
        shapes.put(layer + "mlp.0.weight", new long[] {8, w});
        shapes.put(layer + "mlp.0.bias", new long[] {8});
        shapes.put(layer + "mlp.3.weight", new long[] {w, 8});
        shapes.put(layer + "mlp.3.bias", new long[] {w});
        Path file = folder.resolve("vit.safetensors");
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            shapes.forEach(
                    (name, shape) -> tensors.put(name, Tensor.zeros(ElementType.F32, shape)));
            Safetensors.write(file, tensors);
        }
        return file;
    }

    @Test
    void refusesWhatIsNoImageEncoder() throws IOException {
        Path file = folder.resolve("other.safetensors");
        try (Scope _ = Scope.open()) {
            Safetensors.write(file, Map.of("bert.weight", Tensor.zeros(ElementType.F32, 2)));
        }
        assertThatThrownBy(() -> PictureEncoder.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        file
                                + ": expected a CLIP, or torchvision's DenseNet or vision"
                                + " transformer; found the tensors bert.weight");
        assertThatThrownBy(() -> PictureEncoder.open(folder.resolve("none.pth")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.pth");
        Path text = Files.writeString(folder.resolve("text.pth"), "hello");
        assertThatThrownBy(() -> PictureEncoder.open(text))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("text.pth");
        assertThatThrownBy(() -> PictureEncoder.open(DENSENET, Precision.INT8, 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("precision: expected FLOAT32 or BF16 for a DenseNet");
    }

    @Test
    void aClosedOneSaysSo() throws IOException {
        PictureEncoder closed = PictureEncoder.open(DENSENET);
        closed.close();
        assertThatThrownBy(() -> closed.encodeImages(PICTURES))
                .isInstanceOf(IllegalStateException.class);
    }
}
