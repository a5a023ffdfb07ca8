package org.openplip.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Weights;

/// The tensors of a state dict of torchvision's, under one spelling of their names, and which of
/// them have been read.
final class StateDict {
    /// What `DataParallel` puts before every name.
    private static final String PARALLEL = "module.";

    private final Weights weights;
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Set<String> read = new LinkedHashSet<>();

    /// The tensors of `weights`, which stay the caller's to close.
    ///
    /// @param spelling from an old name, without `module.`, to the present one
    /// @throws DataException if two names come to be the same
    StateDict(Weights weights, UnaryOperator<String> spelling) throws DataException {
        this.weights = weights;
        for (String name : weights.names()) {
            String plain = name.startsWith(PARALLEL) ? name.substring(PARALLEL.length()) : name;
            String other = names.put(spelling.apply(plain), name);
            if (other != null) {
                throw new DataException(weights.file(), name, "is the same parameter as " + other);
            }
        }
    }

    boolean contains(String name) {
        return names.containsKey(name);
    }

    /// The shape of a tensor that must have `axes` axes.
    long[] shape(String name, int axes) throws DataException {
        long[] shape = weights.shape(inFile(name));
        if (shape.length != axes) {
            throw new DataException(
                    weights.file(),
                    inFile(name),
                    "expected %d axes, got %d".formatted(axes, shape.length));
        }
        return shape;
    }

    /// A float32 copy of a tensor of floats that must have `shape`, in the innermost scope.
    Tensor tensor(String name, long... shape) throws DataException {
        read.add(name);
        ElementType type = weights.type(inFile(name));
        if (!type.isFloatingPoint()) {
            throw new DataException(weights.file(), inFile(name), "expected floats, got " + type);
        }
        return weights.tensor(inFile(name), shape).to(ElementType.F32);
    }

    /// Fails if a tensor that is not to be `ignored` has not been read.
    void checkAllRead(Predicate<String> ignored) throws DataException {
        List<String> left = new ArrayList<>();
        names.forEach(
                (name, inFile) -> {
                    if (!read.contains(name) && !ignored.test(name)) left.add(inFile);
                });
        if (!left.isEmpty()) {
            throw new DataException(
                    weights.file(),
                    left.getFirst(),
                    "is not a part of the model"
                            + (left.size() == 1
                                    ? ""
                                    : ", nor are %d others".formatted(left.size() - 1)));
        }
    }

    /// The error for tensors that do not fit together.
    DataException wrong(IllegalArgumentException e) {
        return new DataException(weights.file().toString(), null, "" + e.getMessage(), e);
    }

    private String inFile(String name) {
        return names.getOrDefault(name, name);
    }
}
