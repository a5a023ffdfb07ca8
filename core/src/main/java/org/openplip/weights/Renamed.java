package org.openplip.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;

/// Weights under other names: tensors of other weights, or what is made of them. Closing these
/// closes the others.
final class Renamed implements Weights {
    /// Where a tensor comes from.
    sealed interface Source {
        /// A tensor as it is.
        record Whole(String name) implements Source {}

        /// A matrix with its axes exchanged; a copy.
        record Transposed(String name) implements Source {}

        /// The first, second or last third of a tensor's rows: `third` is 0, 1 or 2. Not a copy.
        record Third(String name, int third) implements Source {}

        /// Tensors of the same type and shape, one's rows after the other's; a copy.
        record Stacked(List<String> names) implements Source {}
    }

    private final Weights weights;
    private final Map<String, Source> sources;
    private final Map<String, MemorySegment> copies = new ConcurrentHashMap<>();
    private final Arena arena = Arena.ofShared();

    /// @throws DataException if a tensor to transpose is not a matrix, one to split does not have a
    ///   multiple of three rows, or those to stack differ
    Renamed(Weights weights, Map<String, Source> sources) throws DataException {
        this.weights = weights;
        this.sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
        for (Source source : sources.values()) check(source);
    }

    private void check(Source source) throws DataException {
        switch (source) {
            case Source.Whole(String name) -> weights.type(name);
            case Source.Transposed(String name) -> {
                long[] shape = weights.shape(name);
                if (shape.length != 2) throw wrong(name, "a matrix", shape);
            }
            case Source.Third(String name, int _) -> {
                long[] shape = weights.shape(name);
                if (shape.length == 0 || shape[0] % 3 != 0) {
                    throw wrong(name, "a multiple of 3 rows", shape);
                }
            }
            case Source.Stacked(List<String> names) -> {
                long[] shape = weights.shape(names.getFirst());
                if (shape.length == 0) throw wrong(names.getFirst(), "rows", shape);
                for (String name : names) {
                    if (!Arrays.equals(weights.shape(name), shape)
                            || weights.type(name) != weights.type(names.getFirst())) {
                        throw wrong(
                                name,
                                "the type and shape of " + names.getFirst(),
                                weights.shape(name));
                    }
                }
            }
        }
    }

    private DataException wrong(String name, String expected, long[] shape) throws DataException {
        return new DataException(
                file(),
                name,
                "expected %s, got %s %s"
                        .formatted(expected, weights.type(name), Arrays.toString(shape)));
    }

    @Override
    public Path file() {
        return weights.file();
    }

    @Override
    public Set<String> names() {
        return sources.keySet();
    }

    @Override
    public ElementType type(String name) throws DataException {
        return weights.type(
                switch (source(name)) {
                    case Source.Whole(String from) -> from;
                    case Source.Transposed(String from) -> from;
                    case Source.Third(String from, int _) -> from;
                    case Source.Stacked(List<String> from) -> from.getFirst();
                });
    }

    @Override
    public long[] shape(String name) throws DataException {
        return switch (source(name)) {
            case Source.Whole(String from) -> weights.shape(from);
            case Source.Transposed(String from) -> {
                long[] shape = weights.shape(from);
                yield new long[] {shape[1], shape[0]};
            }
            case Source.Third(String from, int _) -> {
                long[] shape = weights.shape(from);
                shape[0] /= 3;
                yield shape;
            }
            case Source.Stacked(List<String> from) -> {
                long[] shape = weights.shape(from.getFirst());
                shape[0] *= from.size();
                yield shape;
            }
        };
    }

    @Override
    public MemorySegment bytes(String name) throws DataException {
        return switch (source(name)) {
            case Source.Whole(String from) -> weights.bytes(from);
            case Source.Third(String from, int third) -> {
                MemorySegment rows = weights.bytes(from);
                long size = rows.byteSize() / 3;
                yield rows.asSlice(third * size, size);
            }
            case Source.Transposed(String from) -> {
                MemorySegment matrix = weights.bytes(from);
                long[] shape = shape(name);
                int elementBytes = type(name).bytes();
                yield copies.computeIfAbsent(
                        name,
                        _ ->
                                Strided.gather(
                                        matrix,
                                        elementBytes,
                                        0,
                                        shape,
                                        new long[] {1, shape[0]},
                                        arena));
            }
            case Source.Stacked(List<String> from) -> {
                MemorySegment[] parts = new MemorySegment[from.size()];
                for (int i = 0; i < parts.length; i++) parts[i] = weights.bytes(from.get(i));
                yield copies.computeIfAbsent(name, _ -> stack(parts));
            }
        };
    }

    private MemorySegment stack(MemorySegment[] parts) {
        long size = parts[0].byteSize();
        MemorySegment all = arena.allocate(Math.max(1, size * parts.length), 64);
        for (int i = 0; i < parts.length; i++) {
            MemorySegment.copy(parts[i], 0, all, i * size, size);
        }
        return all.asSlice(0, size * parts.length).asReadOnly();
    }

    /// Releases all of the others, those that have no name here too.
    @Override
    public void release() {
        weights.release();
    }

    private Source source(String name) throws DataException {
        Source source = sources.get(name);
        if (source == null) throw new DataException(file(), name, "the file has no such tensor");
        return source;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) arena.close();
        weights.close();
    }
}
