package org.openplip.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.Tensor;

/// A tower's parts as the parameters themselves, so that gradients flow back to them.
record TrainableSource(Map<String, Tensor> parameters) implements ClipTowers.Source {
    @Override
    public Tensor parameter(String name) {
        Tensor parameter = parameters.get(name);
        if (parameter == null) throw new IllegalArgumentException("no parameter " + name);
        return parameter;
    }

    @Override
    public Tensor hold(Tensor parameter) {
        return parameter;
    }

    @Override
    public ClipTowers.Linear linear(Tensor weight, @Nullable Tensor bias) {
        return x -> x.linear(weight, bias);
    }
}
