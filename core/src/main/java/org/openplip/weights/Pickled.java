package org.openplip.weights;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.tensor.ElementType;

/// A value of a pickle: tensors, containers, and what names them.
sealed interface Pickled {
    /// A string.
    record Text(String value) implements Pickled {}

    /// A whole number of at most 64 bits, or a boolean (0 or 1).
    record Whole(long value) implements Pickled {}

    /// A value that weights do not depend on: `None`, floats, bytes, larger numbers.
    record Other(String what) implements Pickled {}

    /// A list, a tuple or a set.
    record Sequence(List<Pickled> items) implements Pickled {}

    /// A dictionary, without the entries whose key is not a string.
    record Dictionary(Map<String, Pickled> entries) implements Pickled {}

    /// A name that is looked up in Python; never here.
    record Global(String name) implements Pickled {}

    /// An object of TorchScript: a class `__torch__..` and its attributes.
    final class Module implements Pickled {
        @Nullable Pickled attributes;
    }

    /// The memory of one or more tensors: the file's entry `data/KEY`.
    record Storage(ElementType type, String key, long elements) implements Pickled {}

    /// A tensor in a storage; offset and strides are in elements, and everything that it reaches is
    /// within the storage.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Array(Storage storage, long offset, long[] shape, long[] strides) implements Pickled {}
}
