package org.openplip.weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Tensor;

/// Named tensors in the files of a checkpoint, whatever the format. Safe to share between threads
/// until it is closed.
public interface Weights extends AutoCloseable {
    /// The tensors of a file, by what it is: an index of several files (`.index.json`), Safetensors
    /// (`.safetensors`), or else a file of PyTorch's.
    ///
    /// @throws DataException if there is no such file, or it is not whole and valid
    static Weights open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "no such file");
        String name = file.getFileName().toString();
        if (name.endsWith(".index.json")) return ShardedWeights.open(file);
        if (name.endsWith(".safetensors")) return Safetensors.open(file);
        return PytorchFile.open(file);
    }

    /// What errors call it: the file, or the index of several.
    Path file();

    /// The names of the tensors, in the order of the file.
    Set<String> names();

    /// The element type of a tensor.
    ///
    /// @throws DataException if there is none of that name
    ElementType type(String name) throws DataException;

    /// The shape of a tensor.
    ///
    /// @throws DataException if there is none of that name
    long[] shape(String name) throws DataException;

    /// The elements, little-endian in C order, read-only: valid until these weights are closed.
    /// Mapped, not copied, where the file holds them so.
    ///
    /// @throws DataException if there is none of that name
    MemorySegment bytes(String name) throws DataException;

    /// Gives up the memory that tensors read so far take as pages of the mapped files. They stay
    /// readable. Nothing is read or copied for it.
    void release();

    /// A copy of a tensor, in the innermost scope.
    ///
    /// @throws DataException if there is none of that name
    default Tensor tensor(String name) throws DataException {
        return Tensor.of(type(name), bytes(name), shape(name));
    }

    /// A copy of a tensor that must have `shape`, in the innermost scope.
    ///
    /// @throws DataException if there is none of that name, or its shape is another
    default Tensor tensor(String name, long... shape) throws DataException {
        long[] found = shape(name);
        if (!Arrays.equals(found, shape)) {
            throw new DataException(
                    file(),
                    name,
                    "expected shape %s, got %s"
                            .formatted(Arrays.toString(shape), Arrays.toString(found)));
        }
        return tensor(name);
    }

    /// The tensors of `names` alone, in that order. Closing the result closes these weights.
    ///
    /// @throws DataException if there is none of a name
    default Weights select(Iterable<String> names) throws DataException {
        Map<String, Renamed.Source> sources = new LinkedHashMap<>();
        for (String name : names) sources.put(name, new Renamed.Source.Whole(name));
        return new Renamed(this, sources);
    }

    /// Ends the mapping; tensors already read stay, what [#bytes(String)] gave does not. Closing
    /// twice does nothing.
    @Override
    void close();
}
