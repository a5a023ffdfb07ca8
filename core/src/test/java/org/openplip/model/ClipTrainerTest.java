package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;

class ClipTrainerTest {
    private static final ClipConfig SMALL =
            new ClipConfig(
                    ClipConfig.Vision.of(16, 3, 2, 8, 4), ClipConfig.Text.of(8, 2, 2, 20, 6), 8);

    @TempDir private Path folder;

    private static ClipTrainer.Settings with(Consumer<Training> change) {
        return Training.of(
                t -> {
                    change.accept(t);
                    return t;
                });
    }

    private static PairBatch batch(int n, long seed) {
        return PairBatch.of(Training.pairs(SMALL, n, seed));
    }

    private static Map<String, float[]> values(Map<String, Tensor> tensors) {
        Map<String, float[]> values = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> values.put(name, tensor.floats()));
        return values;
    }

    private static <T> T of(Map<String, T> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    private static Set<String> changed(Map<String, float[]> before, Map<String, float[]> after) {
        Set<String> names = new TreeSet<>();
        before.forEach(
                (name, values) -> {
                    if (!Arrays.equals(values, of(after, name))) names.add(name);
                });
        return names;
    }

    private static float[] gradient(ClipTrainer trainer, String name) {
        return Objects.requireNonNull(trainer.gradient(name), name);
    }

    /// The length of the difference of all gradients, relative to that of the expected ones.
    private static double relative(ClipTrainer actual, ClipTrainer expected) {
        double difference = 0;
        double length = 0;
        for (String name : expected.trained().keySet()) {
            float[] a = gradient(actual, name);
            float[] e = gradient(expected, name);
            for (int i = 0; i < e.length; i++) {
                difference += ((double) a[i] - e[i]) * ((double) a[i] - e[i]);
                length += (double) e[i] * e[i];
            }
        }
        return Math.sqrt(difference / length);
    }

    // ---- gradients ------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void partsGiveTheGradientsOfTheWhole(int parts) throws Exception {
        PairBatch.Part whole = Training.pairs(SMALL, 64, 9);
        System.arraycopy(whole.ids(), 0, whole.ids(), 6, 6); // one caption twice
        whole.groups()[40] = whole.groups()[3];
        for (ContrastiveLoss loss : ContrastiveLoss.values()) {
            ClipTrainer.Settings settings =
                    with(
                            t -> {
                                t.loss = loss;
                                t.leaveOutSame = true;
                            });
            try (Clip clip = Clip.random(SMALL, 3);
                    Clip same = Clip.random(SMALL, 3);
                    ClipTrainer once = new ClipTrainer(clip, settings);
                    ClipTrainer inParts = new ClipTrainer(same, settings)) {
                ClipTrainer.Step expected = once.backward(PairBatch.of(whole));
                ClipTrainer.Step actual = inParts.backward(Training.split(whole, parts));
                double difference = relative(inParts, once);
                System.out.printf(
                        "%s, %d parts: loss %.9f (%.9f), gradients differ by %.2g%n",
                        loss, parts, actual.loss(), expected.loss(), difference);
                assertThat(actual.loss() / expected.loss()).isCloseTo(1, within(1e-6));
                assertThat(actual.gradientNorm() / expected.gradientNorm())
                        .isCloseTo(1, within(1e-6));
                assertThat(difference).isLessThan(1e-6);
            }
        }
    }

    @Test
    void recomputedBlocksGiveTheSameGradients() throws Exception {
        List<Consumer<Training>> kinds =
                List.of(
                        _ -> {},
                        t -> t.images = new TowerTraining.LastBlocks(2),
                        t -> t.images = new TowerTraining.Nothing(),
                        t -> t.texts = new TowerTraining.LowRank(2, 4, Set.of("q_proj", "fc1")));
        for (Consumer<Training> kind : kinds) {
            for (int parts : new int[] {1, 2}) {
                try (Clip clip = Clip.random(SMALL, 3);
                        Clip same = Clip.random(SMALL, 3);
                        ClipTrainer kept = new ClipTrainer(clip, with(kind));
                        ClipTrainer again =
                                new ClipTrainer(
                                        same,
                                        with(
                                                t -> {
                                                    kind.accept(t);
                                                    t.recompute = true;
                                                }))) {
                    PairBatch batch = Training.split(Training.pairs(SMALL, 64, 2), parts);
                    assertThat(again.backward(batch).loss()).isEqualTo(kept.backward(batch).loss());
                    assertThat(relative(again, kept)).isLessThan(1e-6);
                }
            }
        }
    }

    @Test
    void gradientsInBfloat16PointTheSameWay() throws Exception {
        try (Clip clip = Clip.load(TinyClip.folder());
                Clip same = Clip.load(TinyClip.folder());
                ClipTrainer exact = new ClipTrainer(clip, with(_ -> {}));
                ClipTrainer narrow =
                        new ClipTrainer(same, with(t -> t.precision = Precision.BF16))) {
            PairBatch batch = PairBatch.of(Training.pairs(clip.config(), 16, 4));
            double loss = exact.backward(batch).loss();
            double narrowLoss = narrow.backward(batch).loss();
            double lowest = 1;
            double dots = 0;
            double squares = 0;
            double narrowSquares = 0;
            for (String name : exact.trained().keySet()) {
                if (name.endsWith("k_proj.bias")) continue; // truly zero: rounding alone
                float[] e = gradient(exact, name);
                float[] n = gradient(narrow, name);
                double dot = 0;
                double ee = 0;
                double nn = 0;
                for (int i = 0; i < e.length; i++) {
                    dot += (double) e[i] * n[i];
                    ee += (double) e[i] * e[i];
                    nn += (double) n[i] * n[i];
                }
                lowest = Math.min(lowest, dot / Math.sqrt(ee * nn));
                dots += dot;
                squares += ee;
                narrowSquares += nn;
            }
            double all = dots / Math.sqrt(squares * narrowSquares);
            System.out.printf(
                    "bf16: loss %.5f (%.5f), cosine of the gradients %.6f, lowest %.6f%n",
                    narrowLoss, loss, all, lowest);
            assertThat(narrowLoss).isCloseTo(loss, within(0.02 * loss)).isNotEqualTo(loss);
            assertThat(all).isGreaterThan(0.999);
            // Where a gradient is a small rest of large terms, as that of a query's bias.
            assertThat(lowest).isGreaterThan(0.9);
        }
    }

    // ---- steps ----------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Precision.class)
    void learnsABatchByHeart(Precision precision) throws Exception {
        if (precision == Precision.INT8) {
            assertThatThrownBy(() -> with(t -> t.precision = precision))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected FLOAT32 or BF16");
            return;
        }
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(t -> t.precision = precision))) {
            ClipTrainer.Step first = trainer.step(batch(4, 1), 2e-3);
            assertThat(first.gradientNorm()).isPositive().isFinite();
            for (int i = 0; i < 60; i++) trainer.step(batch(4, 1), 2e-3);
            assertThat(trainer.backward(batch(4, 1)).loss()).isLessThan(first.loss() / 4);
        }
    }

    @Test
    void theLogitScaleStaysBetween1And100() throws Exception {
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(_ -> {}))) {
            for (int i = 0; i < 5; i++) {
                trainer.step(batch(4, 1), 10);
                assertThat(clip.logitScale()).isBetween(0.9999, 100.001);
            }
        }
    }

    @Test
    void theSigmoidLossStartsFromItsPublishedScaleAndBiasAndLearnsBoth() throws Exception {
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer =
                        new ClipTrainer(clip, with(t -> t.loss = ContrastiveLoss.SIGMOID))) {
            Tensor bias = Objects.requireNonNull(trainer.trained().get("logit_bias"));
            assertThat(clip.logitScale()).isCloseTo(10, within(1e-5));
            assertThat(bias.item()).isEqualTo(-10);
            trainer.step(batch(4, 1), 1e-2);
            assertThat(clip.logitScale()).isNotCloseTo(10, within(1e-3));
            assertThat(bias.item()).isNotCloseTo(-10, within(1e-3));
        }
    }

    @Test
    void cutsGradientsToTheLengthThatIsGiven() throws Exception {
        double longest = 0.01;
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer =
                        new ClipTrainer(clip, with(t -> t.largestGradientNorm = longest))) {
            double norm = trainer.backward(batch(8, 1)).gradientNorm();
            assertThat(norm).isGreaterThan(2 * longest);
            Map<String, float[]> gradients = new LinkedHashMap<>();
            double squares = 0;
            for (String name : trainer.trained().keySet()) {
                float[] gradient = gradient(trainer, name);
                gradients.put(name, gradient);
                for (float g : gradient) squares += (double) g * g;
            }
            assertThat(norm).isCloseTo(Math.sqrt(squares), within(1e-6 * norm));
            assertThat(trainer.step(batch(8, 1), 1e-3).gradientNorm()).isEqualTo(norm);
            trainer.saveState(folder.resolve("state.safetensors"));
            try (Safetensors state = Safetensors.open(folder.resolve("state.safetensors"));
                    Scope _ = Scope.open()) {
                for (String name : gradients.keySet()) {
                    // AdamW's mean after its first step: a tenth of the gradient that it saw.
                    float[] mean = state.tensor("exp_avg." + name).floats();
                    float[] gradient = of(gradients, name);
                    for (int i = 0; i < mean.length; i++) {
                        assertThat((double) mean[i])
                                .as("%s, %d", name, i)
                                .isCloseTo(0.1 * gradient[i] * longest / norm, within(1e-9));
                    }
                }
            }
        }
    }

    @Test
    void averagesTheWeights() throws Exception {
        double decay = 0.7;
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(t -> t.averageDecay = decay))) {
            Map<String, double[]> expected = new LinkedHashMap<>();
            values(clip.parameters())
                    .forEach(
                            (name, v) -> {
                                double[] copy = new double[v.length];
                                for (int i = 0; i < v.length; i++) copy[i] = v[i];
                                expected.put(name, copy);
                            });
            for (int step = 0; step < 4; step++) {
                trainer.step(batch(8, step), 1e-2);
                values(clip.parameters())
                        .forEach(
                                (name, v) -> {
                                    double[] mean = of(expected, name);
                                    for (int i = 0; i < v.length; i++) {
                                        mean[i] = decay * mean[i] + (1 - decay) * v[i];
                                    }
                                });
            }
            Map<String, float[]> actual = values(trainer.result().parameters());
            assertThat(changed(values(clip.parameters()), actual)).hasSameSizeAs(actual.keySet());
            expected.forEach(
                    (name, mean) -> {
                        for (int i = 0; i < mean.length; i++) {
                            assertThat((double) of(actual, name)[i])
                                    .isCloseTo(mean[i], within(1e-5));
                        }
                    });
        }
    }

    @Test
    void aStepThatIsNotFiniteIsNotTaken() throws Exception {
        PairBatch.Part pairs = Training.pairs(SMALL, 4, 1);
        pairs.pixels()[0] = Float.NaN;
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(_ -> {}))) {
            Map<String, float[]> before = values(clip.parameters());
            assertThat(trainer.step(PairBatch.of(pairs), 1e-3).isFinite()).isFalse();
            assertThat(trainer.steps()).isZero();
            assertThat(changed(before, values(clip.parameters()))).isEmpty();
        }
    }

    // ---- what is trained ------------------------------------------------------------------

    private static Set<String> changedBy(Consumer<Training> change) throws Exception {
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(change))) {
            Map<String, float[]> before = values(clip.parameters());
            trainer.step(batch(8, 1), 1e-2);
            Set<String> names = changed(before, values(clip.parameters()));
            assertThat(names).isEqualTo(new TreeSet<>(trainer.trained().keySet()));
            return names;
        }
    }

    @Test
    void trainsAllOrTheLastBlocksOrNothingOfATower() throws Exception {
        try (Clip clip = Clip.random(SMALL, 3)) {
            assertThat(changedBy(_ -> {})).isEqualTo(new TreeSet<>(clip.parameters().keySet()));
        }
        Set<String> locked = changedBy(t -> t.images = new TowerTraining.Nothing());
        assertThat(locked).contains("text_projection.weight", "logit_scale");
        assertThat(locked).noneMatch(name -> name.startsWith("vis"));
        Set<String> last =
                changedBy(
                        t -> {
                            t.images = new TowerTraining.LastBlocks(2);
                            t.texts = new TowerTraining.Nothing();
                        });
        assertThat(last)
                .allMatch(
                        name ->
                                name.equals("logit_scale")
                                        || name.equals("visual_projection.weight")
                                        || name.startsWith("vision_model.post_layernorm.")
                                        || name.startsWith("vision_model.encoder.layers.1.")
                                        || name.startsWith("vision_model.encoder.layers.2."))
                .hasSize(1 + 1 + 2 + 2 * 16);
        assertThatThrownBy(() -> changedBy(t -> t.texts = new TowerTraining.LastBlocks(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("blocks: expected at most the tower's 2, got 3");
    }

    @Test
    void adaptersAreMergedIntoTheirMatrices() throws Exception {
        Consumer<Training> lowRank =
                t -> {
                    t.images = new TowerTraining.LowRank(2, 6, Set.of("v_proj", "fc2"));
                    t.texts = new TowerTraining.LowRank(3, 3, Set.of("q_proj"));
                };
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(lowRank))) {
            Map<String, float[]> before = values(clip.parameters());
            for (int i = 0; i < 4; i++) trainer.step(batch(8, i), 1e-2);
            assertThat(changed(before, values(clip.parameters()))).containsExactly("logit_scale");
            assertThat(trainer.trained()).hasSize(1 + 2 * (3 * 2 + 2));

            trainer.result().save(folder);
            Map<String, float[]> trained = values(trainer.trained());
            try (Clip merged = Clip.load(folder);
                    Scope _ = Scope.open()) {
                Map<String, float[]> after = values(merged.parameters());
                String name = "vision_model.encoder.layers.1.mlp.fc2.weight"; // [16, 64]
                float[] up = of(trained, name + ".lora_up");
                float[] down = of(trained, name + ".lora_down");
                for (int i = 0; i < 16; i++) {
                    for (int j = 0; j < 64; j++) {
                        double product = 0;
                        for (int r = 0; r < 2; r++) {
                            product += (double) up[2 * i + r] * down[64 * r + j];
                        }
                        assertThat((double) of(after, name)[64 * i + j])
                                .isCloseTo(
                                        of(before, name)[64 * i + j] + 6.0 / 2 * product,
                                        within(1e-6));
                    }
                }
                assertThat(changed(before, after)).hasSize(1 + 3 * 2 + 2);

                PairBatch.Part pairs = Training.pairs(SMALL, 8, 77);
                double loss =
                        trainer.loss(
                                merged.imageEmbeddings(Tensor.of(pairs.pixels(), 8, 3, 8, 8)),
                                merged.textEmbeddings(Tensor.of(pairs.ids(), 8, 6)));
                assertThat(loss)
                        .isCloseTo(trainer.backward(PairBatch.of(pairs)).loss(), within(1e-5));
            }
        }
    }

    @Test
    void layersBelowLearnSlower() throws Exception {
        Map<String, float[]> moved = new LinkedHashMap<>();
        for (double decay : new double[] {1, 0.5}) {
            try (Clip clip = Clip.random(SMALL, 3);
                    ClipTrainer trainer =
                            new ClipTrainer(
                                    clip,
                                    with(
                                            t ->
                                                    t.optimiser =
                                                            new AdamWSettings(
                                                                    0.9,
                                                                    0.98,
                                                                    1e-6,
                                                                    0,
                                                                    AdamWSettings.Decayed
                                                                            .EVERYTHING,
                                                                    decay)))) {
                Map<String, float[]> before = values(clip.parameters());
                trainer.step(batch(8, 1), 1e-2);
                Map<String, float[]> after = values(clip.parameters());
                Map<String, Double> shares =
                        Map.of(
                                "vision_model.embeddings.class_embedding", 1.0 / 16,
                                "vision_model.encoder.layers.0.mlp.fc1.weight", 1.0 / 8,
                                "vision_model.encoder.layers.2.mlp.fc1.weight", 1.0 / 2,
                                "text_model.embeddings.position_embedding.weight", 1.0 / 8,
                                "text_model.final_layer_norm.weight", 1.0,
                                "logit_scale", 1.0);
                shares.forEach(
                        (name, share) -> {
                            float[] steps = new float[of(before, name).length];
                            for (int i = 0; i < steps.length; i++) {
                                steps[i] = of(after, name)[i] - of(before, name)[i];
                            }
                            if (decay == 1) {
                                moved.put(name, steps);
                                return;
                            }
                            for (int i = 0; i < steps.length; i++) {
                                assertThat((double) steps[i])
                                        .as(name)
                                        .isCloseTo(share * of(moved, name)[i], within(1e-6));
                            }
                        });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(AdamWSettings.Decayed.class)
    void decaysWhatIsSaid(AdamWSettings.Decayed decayed) throws Exception {
        List<Map<String, float[]>> after = new ArrayList<>();
        Map<String, float[]> before;
        try (Clip clip = Clip.random(SMALL, 3)) {
            before = values(clip.parameters());
        }
        for (double weightDecay : new double[] {0, 0.5}) {
            try (Clip clip = Clip.random(SMALL, 3);
                    ClipTrainer trainer =
                            new ClipTrainer(
                                    clip,
                                    with(
                                            t ->
                                                    t.optimiser =
                                                            new AdamWSettings(
                                                                    0.9,
                                                                    0.98,
                                                                    1e-6,
                                                                    weightDecay,
                                                                    decayed,
                                                                    1)))) {
                trainer.step(batch(8, 1), 1e-2);
                after.add(values(clip.parameters()));
            }
        }
        before.forEach(
                (name, start) -> {
                    boolean norm = name.contains("norm");
                    boolean matrix = name.endsWith("weight") && !norm;
                    boolean table = name.contains("embedding.weight") && !name.contains("patch");
                    boolean isDecayed =
                            switch (decayed) {
                                case EVERYTHING -> true;
                                case MATRICES_AND_TABLES -> matrix;
                                case MATRICES -> matrix && !table;
                            };
                    for (int i = 0; i < start.length; i++) {
                        double difference = of(after.get(1), name)[i] - of(after.get(0), name)[i];
                        assertThat(difference)
                                .as(name)
                                .isCloseTo(isDecayed ? -1e-2 * 0.5 * start[i] : 0, within(1e-6));
                    }
                });
    }

    // ---- going on -------------------------------------------------------------------------

    private void assertResumes(ClipTrainer.Settings settings, int parts) throws Exception {
        Path state = folder.resolve("training-state/state.safetensors");
        List<ClipTrainer.Step> steps = new ArrayList<>();
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, settings)) {
            for (int i = 0; i < 6; i++) {
                PairBatch batch = Training.split(Training.pairs(SMALL, 8, i), parts);
                steps.add(trainer.step(batch, 1e-3 / (i + 1)));
                if (i == 2) {
                    trainer.result().save(folder);
                    trainer.saveState(state);
                }
            }
            try (Clip resumed = Clip.load(folder);
                    ClipTrainer second = new ClipTrainer(resumed, settings)) {
                second.loadState(state);
                assertThat(second.steps()).isEqualTo(3);
                for (int i = 3; i < 6; i++) {
                    PairBatch batch = Training.split(Training.pairs(SMALL, 8, i), parts);
                    assertThat(second.step(batch, 1e-3 / (i + 1))).isEqualTo(steps.get(i));
                }
                Map<String, float[]> expected = values(trainer.result().parameters());
                assertThat(changed(expected, values(second.result().parameters()))).isEmpty();
            }
        }
    }

    @Test
    void aResumedRunIsTheUninterruptedRun() throws Exception {
        assertResumes(with(_ -> {}), 1);
    }

    @Test
    void aResumedRunIsTheUninterruptedRunWithEverythingOn() throws Exception {
        assertResumes(
                with(
                        t -> {
                            t.loss = ContrastiveLoss.SIGMOID;
                            t.averageDecay = 0.9;
                            t.largestGradientNorm = 0.05;
                            t.recompute = true;
                            t.images = new TowerTraining.LowRank(2, 4, Set.of("q_proj", "fc1"));
                            t.texts = new TowerTraining.LastBlocks(1);
                        }),
                4);
        assertResumes(with(t -> t.loss = ContrastiveLoss.SIGMOID), 2);
        assertResumes(with(t -> t.images = new TowerTraining.LowRank(2, 4, Set.of("fc2"))), 1);
    }

    @Test
    void refusesTheStateOfAnotherTraining() throws IOException {
        Path state = folder.resolve("state.safetensors");
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(_ -> {}))) {
            trainer.saveState(state);
        }
        try (Clip clip = Clip.random(SMALL, 3);
                ClipTrainer trainer = new ClipTrainer(clip, with(t -> t.averageDecay = 0.9))) {
            assertThatThrownBy(() -> trainer.loadState(state))
                    .hasMessageContaining("the file has no such tensor");
        }
    }
}
