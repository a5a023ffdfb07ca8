package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
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

    @Test
    void everyGradientIsOpenAis() throws IOException {
        try (Clip clip = Clip.load(TinyClip.folder());
                ClipTrainer trainer = new ClipTrainer(clip, reference());
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open()) {
            trainer.backward(
                    cases.tensor("pixel_values").floats(), cases.tensor("input_ids").longs());
            Difference worst = new Difference(0, 0);
            String worstName = "";
            for (String name : clip.parameters().keySet()) {
                float[] expected = cases.tensor("grad." + name).floats();
                float[] actual = Objects.requireNonNull(trainer.gradient(name), name);
                double scale = TinyClip.largest(expected);
                Difference difference = Difference.of(actual, expected);
                Difference relative =
                        new Difference(difference.largest() / scale, difference.mean() / scale);
                if (relative.largest() > worst.largest()) {
                    worst = relative;
                    worstName = name + " (largest entry " + scale + ")";
                }
            }
            System.out.println("gradients: " + worst + ", of " + worstName);
            assertThat(worst.largest())
                    .as("gradient of %s, relative to its largest entry: %s", worstName, worst)
                    .isLessThanOrEqualTo(1e-5);
        }
    }

    @Test
    void fiveStepsOfAdamWAreOpenAis() throws IOException {
        try (Clip clip = Clip.load(TinyClip.folder());
                ClipTrainer trainer = new ClipTrainer(clip, reference());
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open()) {
            float[] pixels = cases.tensor("pixel_values").floats();
            long[] ids = cases.tensor("input_ids").longs();
            double[] losses =
                    cases.tensor("losses")
                            .memory()
                            .toArray(java.lang.foreign.ValueLayout.JAVA_DOUBLE);
            for (int i = 0; i < losses.length; i++) {
                double loss = trainer.step(pixels, ids, 1e-3);
                System.out.printf("loss %d: %.9f, expected %.9f%n", i, loss, losses[i]);
                assertThat(loss).as("loss %d", i).isCloseTo(losses[i], within(1e-6 * losses[i]));
            }
            assertThat(trainer.steps()).isEqualTo(5);
            for (String name : clip.parameters().keySet()) {
                TinyClip.assertClose(
                        "after five steps, " + name,
                        clip.parameters().get(name).floats(),
                        cases.tensor("after5." + name).floats(),
                        1e-5);
            }
        }
    }

    /// As the reference values were made: CLIP's settings, but no clamp.
    private static ClipTrainer.Options reference() {
        return new ClipTrainer.Options(0.9, 0.98, 1e-6, 0.2, false);
    }
}
