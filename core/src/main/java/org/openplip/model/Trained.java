package org.openplip.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// What of a model is trained.
///
/// @param parameters by name, in the model's order; adapters' tensors after
/// @param adapters by the name of the matrix that they are added to
record Trained(Map<String, Tensor> parameters, Map<String, LowRankAdapter> adapters) {
    /// The name of an adapter's `down`.
    static String down(String matrix) {
        return matrix + ".lora_down";
    }

    /// The name of an adapter's `up`.
    static String up(String matrix) {
        return matrix + ".lora_up";
    }

    /// @param owner of the adapters
    static Trained of(Clip clip, ClipTrainer.Settings settings, Scope owner) {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        Map<String, LowRankAdapter> adapters = new LinkedHashMap<>();
        RandomGenerator random = new SplittableRandom(settings.seed());
        clip.parameters()
                .forEach(
                        (name, parameter) -> {
                            switch (of(name, settings)) {
                                case TowerTraining.Everything _ -> parameters.put(name, parameter);
                                case TowerTraining.Nothing _ -> {}
                                case TowerTraining.LastBlocks last -> {
                                    checkDepth(name, last, clip.config());
                                    int above = ClipParameters.layersAbove(name, clip.config());
                                    if (above <= last.blocks()) parameters.put(name, parameter);
                                }
                                case TowerTraining.LowRank lowRank -> {
                                    if (isAdapted(name, lowRank)) {
                                        adapters.put(
                                                name,
                                                LowRankAdapter.of(
                                                        parameter, lowRank, random, owner));
                                    }
                                }
                            }
                        });
        adapters.forEach(
                (name, adapter) -> {
                    parameters.put(down(name), adapter.down());
                    parameters.put(up(name), adapter.up());
                });
        return new Trained(parameters, adapters);
    }

    private static TowerTraining of(String name, ClipTrainer.Settings settings) {
        if (ClipParameters.isOfImages(name)) return settings.images();
        if (ClipParameters.isOfTexts(name)) return settings.texts();
        return new TowerTraining.Everything(); // the logit scale
    }

    private static void checkDepth(String name, TowerTraining.LastBlocks last, ClipConfig config) {
        int depth =
                ClipParameters.isOfImages(name) ? config.vision().depth() : config.text().depth();
        if (last.blocks() > depth) {
            throw new IllegalArgumentException(
                    "blocks: expected at most the tower's %d, got %d"
                            .formatted(depth, last.blocks()));
        }
    }

    private static boolean isAdapted(String name, TowerTraining.LowRank settings) {
        OptionalInt block = ClipParameters.block(name);
        return block.isPresent()
                && settings.matrices().stream()
                        .anyMatch(matrix -> name.endsWith("." + matrix + ".weight"));
    }
}
