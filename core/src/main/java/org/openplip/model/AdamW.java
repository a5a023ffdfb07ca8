package org.openplip.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// AdamW over named parameters, each with its share of the learning rate and its decay.
///
/// Owns its memory of the gradients, not the parameters.
final class AdamW implements AutoCloseable {
    private static final String MEAN = "exp_avg.";
    private static final String SQUARE = "exp_avg_sq.";

    private record Trained(
            Tensor parameter, Tensor mean, Tensor square, double rate, double weightDecay) {}

    private final AdamWSettings settings;
    private final Scope owner = Scope.holder();
    private final Map<String, Trained> trained = new LinkedHashMap<>();

    AdamW(AdamWSettings settings, Map<String, Tensor> parameters, ClipConfig config) {
        this.settings = settings;
        try (Scope _ = Scope.open()) {
            parameters.forEach(
                    (name, parameter) -> {
                        long[] shape = parameter.shape();
                        boolean decayed = settings.decayed().holds(name, shape.length);
                        trained.put(
                                name,
                                new Trained(
                                        parameter,
                                        owner.keep(Tensor.zeros(parameter.type(), shape)),
                                        owner.keep(Tensor.zeros(parameter.type(), shape)),
                                        Math.pow(
                                                settings.layerDecay(),
                                                ClipParameters.layersAbove(name, config)),
                                        decayed ? settings.weightDecay() : 0));
                    });
        }
    }

    /// Takes one step along the collected gradients; a parameter that has none stays.
    ///
    /// @param step its number, from 1
    /// @param gradientFactor what the gradients are multiplied by first
    void step(long step, double learningRate, double gradientFactor) {
        try (NoGradients _ = NoGradients.open()) {
            for (Trained t : trained.values()) {
                try (Scope _ = Scope.open()) {
                    Tensor gradient = t.parameter.gradient();
                    if (gradient == null) continue;
                    if (gradientFactor != 1) gradient.multiplyInPlace(gradientFactor);
                    t.parameter.adamwInPlace(
                            gradient,
                            t.mean,
                            t.square,
                            step,
                            learningRate * t.rate,
                            settings.beta1(),
                            settings.beta2(),
                            settings.epsilon(),
                            t.weightDecay);
                }
            }
        }
    }

    /// The memory of the gradients by `exp_avg.NAME` and `exp_avg_sq.NAME`, PyTorch's words for
    /// mean and square.
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        trained.forEach(
                (name, t) -> {
                    state.put(MEAN + name, t.mean);
                    state.put(SQUARE + name, t.square);
                });
        return state;
    }

    @Override
    public void close() {
        owner.close();
    }
}
