package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

class DenseNetTest {
    private static final Path REFERENCE = TowerFiles.file("densenet.pth");

    @TempDir private Path folder;

    private static DenseNet load(Path file, Precision precision) throws IOException {
        try (Weights weights = Weights.open(file)) {
            assertThat(DenseNet.isIn(weights)).isTrue();
            assertThat(VisionTransformer.isIn(weights)).isFalse();
            return DenseNet.of(weights, precision);
        }
    }

    private DenseNet renamed(UnaryOperator<String> naming) throws IOException {
        Path file = folder.resolve("renamed.safetensors");
        return load(TowerFiles.renamed(REFERENCE, file, naming), Precision.FLOAT32);
    }

    @Test
    void everyStageIsTorchvisions() throws IOException {
        try (DenseNet net = load(REFERENCE, Precision.FLOAT32);
                Safetensors cases =
                        Safetensors.open(TowerFiles.file("densenet.cases.safetensors"));
                Scope _ = Scope.open()) {
            Tensor pixels = cases.tensor("pixels");
            Tensor x = net.start(pixels);
            TowerFiles.assertRung("stem", x, cases.tensor("stage.pool0"), 1e-5);
            assertThat(net.blocks()).hasSize(3);
            for (int i = 0; i < 3; i++) {
                String stage = "denseblock" + (i + 1);
                x = net.blocks().get(i).apply(x);
                TowerFiles.assertRung(stage, x, cases.tensor("stage." + stage), 1e-5);
            }
            TowerFiles.assertRung(
                    "embeddings", net.embeddings(pixels), cases.tensor("embeddings"), 1e-5);
            assertThat(net.width()).isEqualTo(17);
        }
    }

    @Test
    void bf16StaysNear() throws IOException {
        try (DenseNet net = load(REFERENCE, Precision.BF16);
                Safetensors cases =
                        Safetensors.open(TowerFiles.file("densenet.cases.safetensors"));
                Scope _ = Scope.open()) {
            // bfloat16 has 8 significant bits: 2^-8 an operation, of which there are 20.
            TowerFiles.assertRung(
                    "bf16",
                    net.embeddings(cases.tensor("pixels")),
                    cases.tensor("embeddings"),
                    0.03);
        }
    }

    @Test
    void rowsAreThePicturesEmbeddings() throws IOException {
        float[] pixels = new float[2 * 3 * 33 * 33];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (float) Math.sin(i * 0.37);
        try (DenseNet net = load(REFERENCE, Precision.FLOAT32);
                Scope _ = Scope.open()) {
            float[][] rows = net.images(pixels, 33);
            float[] all = net.embeddings(Tensor.of(pixels, 2, 3, 33, 33)).floats();
            assertThat(rows).hasDimensions(2, 17);
            for (int i = 0; i < all.length; i++) assertThat(rows[i / 17][i % 17]).isEqualTo(all[i]);
            assertThatThrownBy(() -> net.images(pixels, 32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pixels: expected a multiple of 3072, got 6534");
        }
    }

    /// MuDiPath's file: names of old torchvision, of parallel training, several heads, no counters.
    @Test
    void otherSpellingsAreTheSameNetwork() throws IOException {
        float[] pixels = new float[3 * 32 * 32];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (float) Math.cos(i * 0.11);
        float[] expected;
        try (DenseNet net = load(REFERENCE, Precision.FLOAT32)) {
            expected = net.images(pixels, 32)[0];
        }
        UnaryOperator<String> old =
                name ->
                        name.endsWith("num_batches_tracked")
                                ? ""
                                : "module."
                                        + name.replaceAll("(layer\\d\\.(norm|conv))([12])", "$1.$3")
                                                .replace("classifier.", "heads.3.");
        try (DenseNet net = renamed(old)) {
            assertThat(net.images(pixels, 32)[0]).isEqualTo(expected);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        String conv = "features.denseblock2.denselayer3.conv2.weight";
        assertThatThrownBy(() -> renamed(name -> name.equals(conv) ? "" : name))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith(
                        "renamed.safetensors: " + conv + ": the file has no such tensor");
        assertThatThrownBy(() -> renamed(name -> name.equals("classifier.bias") ? "neck" : name))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith(": neck: is not a part of the model");
        String first = "features.denseblock2.denselayer1.";
        String third = "features.denseblock2.denselayer3.";
        assertThatThrownBy(
                        () ->
                                renamed(
                                        name ->
                                                name.startsWith(first)
                                                        ? name.replace(first, third)
                                                        : name.replace(third, first)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(first + "norm1.weight: expected shape [7], got [15]");
        assertThatThrownBy(
                        () ->
                                renamed(
                                        name ->
                                                name.equals("classifier.bias")
                                                        ? "module.classifier.weight"
                                                        : name))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is the same parameter as");
        assertThatThrownBy(() -> load(REFERENCE, Precision.INT8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("precision: expected FLOAT32 or BF16 for a DenseNet, got INT8");
    }
}
