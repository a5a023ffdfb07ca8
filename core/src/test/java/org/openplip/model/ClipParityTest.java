package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.openplip.model.TinyClip.Difference;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;

/// The parity ladder against OpenAI's CLIP code (float32, CPU) on a model of random weights.
class ClipParityTest {
    @Test
    void embeddingsAndLogitsAreOpenAis() throws IOException {
        try (Clip clip = Clip.load(TinyClip.folder());
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor images = clip.imageEmbeddings(cases.tensor("pixel_values"));
            Tensor texts = clip.textEmbeddings(cases.tensor("input_ids"));
            Tensor logits = clip.logits(images, texts);
            TinyClip.assertClose(
                    "image embeddings",
                    images.floats(),
                    cases.tensor("image_embeds_unnormalized").floats(),
                    1e-5);
            TinyClip.assertClose(
                    "text embeddings",
                    texts.floats(),
                    cases.tensor("text_embeds_unnormalized").floats(),
                    1e-5);
            TinyClip.assertClose(
                    "logits", logits.floats(), cases.tensor("logits_per_image").floats(), 1e-5);
        }
    }

    /// The reference's gradients are those of two moments: the two projections' of the first step,
    /// all others' of the fifth (they match there, to eight digits, and nowhere else).
    @Test
    void everyGradientIsOpenAis() throws Exception {
        try (Clip clip = Clip.load(TinyClip.folder());
                ClipTrainer trainer = new ClipTrainer(clip, reference());
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open()) {
            PairBatch batch = batch(cases);
            trainer.backward(batch);
            for (String name : List.of("visual_projection.weight", "text_projection.weight")) {
                assertGradient(trainer, cases, name, 1e-5);
            }
            for (int i = 0; i < 4; i++) trainer.step(batch, 1e-3);
            trainer.backward(batch);
            for (String name : clip.parameters().keySet()) {
                if (name.endsWith("projection.weight")) continue;
                if (name.endsWith("k_proj.bias")) {
                    // Softmax does not see what is added to all keys: the true gradient is zero,
                    // and what is left is rounding, here and in the reference.
                    float[] gradient = Objects.requireNonNull(trainer.gradient(name), name);
                    assertThat(TinyClip.largest(gradient)).as(name).isLessThan(1e-7);
                } else {
                    // Twice the ladder's 1e-5: four steps of AdamW lie before, and the parameters
                    // differ by their rounding.
                    assertGradient(trainer, cases, name, 2e-5);
                }
            }
        }
    }

    private static void assertGradient(
            ClipTrainer trainer, Safetensors cases, String name, double tolerance)
            throws IOException {
        float[] expected = cases.tensor("grad." + name).floats();
        float[] actual = Objects.requireNonNull(trainer.gradient(name), name);
        double scale = TinyClip.largest(expected);
        Difference difference = Difference.of(actual, expected).dividedBy(scale);
        assertThat(difference.largest())
                .as("gradient of %s, relative to its largest entry: %s", name, difference)
                .isLessThanOrEqualTo(tolerance);
    }

    @Test
    void fiveStepsOfAdamWAreOpenAis() throws Exception {
        try (Clip clip = Clip.load(TinyClip.folder());
                ClipTrainer trainer = new ClipTrainer(clip, reference());
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open()) {
            PairBatch batch = batch(cases);
            double[] losses = cases.tensor("losses").memory().toArray(ValueLayout.JAVA_DOUBLE);
            for (int i = 0; i < losses.length; i++) {
                double loss = trainer.step(batch, 1e-3).loss();
                assertThat(loss / losses[i] - 1)
                        .as("loss %d: %s, expected %s", i, loss, losses[i])
                        .isCloseTo(0, within(1e-6));
            }
            // Where a gradient is about AdamW's epsilon, a step multiplies its rounding error by
            // learning rate / epsilon = 1000: a few entries of 890,000 are beyond 1e-5, and the
            // keys' biases, whose true gradient is zero, are rounding alone.
            int beyond = 0;
            for (Map.Entry<String, Tensor> parameter : clip.parameters().entrySet()) {
                String name = parameter.getKey();
                float[] actual = parameter.getValue().floats();
                float[] expected = cases.tensor("after5." + name).floats();
                Difference difference = Difference.of(actual, expected);
                boolean rounding = name.endsWith("k_proj.bias");
                String what = "after five steps, " + name + ": " + difference;
                assertThat(difference.largest()).as(what).isLessThanOrEqualTo(1e-4);
                assertThat(difference.mean()).as(what).isLessThan(rounding ? 5e-5 : 1e-7);
                for (int i = 0; i < actual.length; i++) {
                    if (!rounding && Math.abs(actual[i] - expected[i]) > 1e-5) beyond++;
                }
            }
            assertThat(beyond).as("entries beyond 1e-5").isLessThanOrEqualTo(10);
        }
    }

    /// As the reference values were made: CLIP's settings, but no clamp.
    private static ClipTrainer.Settings reference() {
        return Training.of(
                t -> {
                    t.clampLogitScale = false;
                    return t;
                });
    }

    private static PairBatch batch(Safetensors cases) throws IOException {
        return PairBatch.of(
                new PairBatch.Part(
                        cases.tensor("pixel_values").floats(),
                        cases.tensor("input_ids").longs(),
                        new long[8]));
    }
}
