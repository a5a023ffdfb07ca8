package org.openplip.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Tensor;

/// A tower's parts as the parameters themselves, so that gradients flow back to them.
///
/// @param parameters float32
/// @param adapters what is added to some of the matrices, by their names
/// @param type that the towers compute in: a parameter is converted where it is used, and its
///   gradient is float32
record TrainableSource(
        Map<String, Tensor> parameters, Map<String, LowRankAdapter> adapters, ElementType type)
        implements ClipTowers.Source {
    /// The parameters alone, in float32.
    TrainableSource(Map<String, Tensor> parameters) {
        this(parameters, Map.of(), ElementType.F32);
    }

    @Override
    public Tensor parameter(String name) {
        Tensor parameter = parameters.get(name);
        if (parameter == null) throw new IllegalArgumentException("no parameter " + name);
        LowRankAdapter adapter = adapters.get(name);
        return adapter == null ? parameter : adapter.addedTo(parameter);
    }

    @Override
    public Tensor hold(Tensor parameter) {
        return parameter.to(type);
    }

    @Override
    public ClipTowers.Linear linear(Tensor weight, @Nullable Tensor bias) {
        Tensor matrix = weight.to(type);
        Tensor shift = bias == null ? null : bias.to(type);
        return x -> x.linear(matrix, shift);
    }
}
