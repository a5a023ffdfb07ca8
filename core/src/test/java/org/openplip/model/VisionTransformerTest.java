package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

class VisionTransformerTest {
    private static final Path REFERENCE = TowerFiles.file("vision-transformer.pth");
    private static final Path CASES = TowerFiles.file("vision-transformer.cases.safetensors");
    private static final int HEADS = 3;

    @TempDir private Path folder;

    private static VisionTransformer load(Path file) throws IOException {
        try (Weights weights = Weights.open(file)) {
            assertThat(VisionTransformer.isIn(weights)).isTrue();
            assertThat(DenseNet.isIn(weights)).isFalse();
            return VisionTransformer.of(weights, HEADS);
        }
    }

    private VisionTransformer renamed(UnaryOperator<String> naming) throws IOException {
        Path file = folder.resolve("renamed.safetensors");
        return load(TowerFiles.renamed(REFERENCE, file, naming));
    }

    @Test
    void everyLayerIsTorchvisions() throws IOException {
        try (VisionTransformer model = load(REFERENCE);
                VisionTransformerEncoder encoder =
                        VisionTransformerEncoder.of(model, Precision.FLOAT32);
                Safetensors cases = Safetensors.open(CASES);
                Scope _ = Scope.open()) {
            Tensor pixels = cases.tensor("pixels");
            Tensor x = encoder.tower().start(pixels);
            assertThat(encoder.tower().blocks()).hasSize(3);
            for (int i = 0; i < 3; i++) {
                x = encoder.tower().blocks().get(i).apply(x, null);
                TowerFiles.assertRung(
                        "layer " + i, x, cases.tensor("stage.encoder_layer_" + i), 1e-5);
            }
            Tensor expected = cases.tensor("embeddings");
            TowerFiles.assertRung("encoder", encoder.embeddings(pixels), expected, 1e-5);
            TowerFiles.assertRung("model", model.embeddings(pixels), expected, 1e-5);
            assertThat(encoder.width()).isEqualTo(24);
        }
    }

    @Test
    void bf16StaysNear() throws IOException {
        try (VisionTransformer model = load(REFERENCE);
                VisionTransformerEncoder encoder =
                        VisionTransformerEncoder.of(model, Precision.BF16);
                Safetensors cases = Safetensors.open(CASES);
                Scope _ = Scope.open()) {
            TowerFiles.assertRung(
                    "bf16",
                    encoder.embeddings(cases.tensor("pixels")),
                    cases.tensor("embeddings"),
                    0.03);
        }
    }

    @Test
    void everyParameterHasAGradient() throws IOException {
        try (VisionTransformer model = load(REFERENCE);
                Safetensors cases = Safetensors.open(CASES);
                Scope _ = Scope.open()) {
            Tensor embeddings = model.embeddings(cases.tensor("pixels"));
            embeddings.multiply(embeddings).multiply(embeddings).sum().backward();
            model.parameters()
                    .forEach(
                            (name, parameter) -> {
                                Tensor gradient =
                                        Objects.requireNonNull(parameter.gradient(), name);
                                assertThat(gradient.norm()).as(name).isPositive();
                            });
        }
    }

    @Test
    void otherSpellingsAreTheSameModel() throws IOException {
        UnaryOperator<String> old =
                name ->
                        name.startsWith("heads.")
                                ? ""
                                : "module."
                                        + name.replace("mlp.0", "mlp.linear_1")
                                                .replace("mlp.3", "mlp.linear_2");
        try (VisionTransformer model = load(REFERENCE);
                VisionTransformer other = renamed(old)) {
            assertThat(other.config()).isEqualTo(model.config());
            assertThat(other.parameters().keySet()).isEqualTo(model.parameters().keySet());
            model.parameters()
                    .forEach(
                            (name, parameter) ->
                                    assertThat(other.parameter(name).floats())
                                            .as(name)
                                            .isEqualTo(parameter.floats()));
        }
    }

    @Test
    void refusesWhatDoesNotFit() throws IOException {
        assertThatThrownBy(() -> renamed(name -> name.equals("encoder.ln.bias") ? "" : name))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith(": encoder.ln.bias: the file has no such tensor");
        assertThatThrownBy(() -> renamed(name -> name.replace("layer_2", "layer_3")))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("is not a part of the model, nor are 11 others");
        assertThatThrownBy(
                        () -> {
                            try (Weights weights = Weights.open(REFERENCE)) {
                                VisionTransformer.of(weights);
                            }
                        })
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith(
                        ": class_token: expected a width of 768, 1024 or 1280, got 24");
        assertThatThrownBy(
                        () -> {
                            try (Weights weights = Weights.open(REFERENCE)) {
                                VisionTransformer.of(weights, 5);
                            }
                        })
                .isInstanceOf(DataException.class)
                .hasMessageContaining("24");
        try (VisionTransformer model = load(REFERENCE);
                Scope _ = Scope.open()) {
            Tensor pixels = Tensor.of(new float[3 * 32 * 32], 1, 3, 32, 32);
            assertThatThrownBy(() -> model.embeddings(pixels))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pixels: expected [b, 3, 24, 24], got F32 [1, 3, 32, 32]");
            assertThatThrownBy(() -> VisionTransformerEncoder.of(model, Precision.INT8))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected FLOAT32 or BF16");
        }
    }
}
