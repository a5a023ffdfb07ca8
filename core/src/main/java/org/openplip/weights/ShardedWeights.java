package org.openplip.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.tensor.ElementType;

/// The tensors of several files behind Hugging Face's index: `{"weight_map": {NAME: FILE}}`, each
/// file beside the index. A tensor that the index does not name is not there.
public final class ShardedWeights implements Weights {
    /// A file of the same folder, not hidden.
    private static final Pattern FILE_NAME = Pattern.compile("[\\w-][\\w.-]*");

    private final Path index;
    private final Map<String, Weights> byName;
    private final Map<String, Weights> shards;

    private ShardedWeights(Path index, Map<String, Weights> byName, Map<String, Weights> shards) {
        this.index = index;
        this.byName = Collections.unmodifiableMap(byName);
        this.shards = shards;
    }

    /// Opens the files that `index` names; close it after use.
    ///
    /// @throws DataException if the index is not valid, a file is missing or wrong, or does not
    ///   hold what the index says
    public static ShardedWeights open(Path index) throws IOException {
        JsonNode map = Json.read(index).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new DataException(index, "weight_map", "expected an object of names to files");
        }
        Map<String, Weights> byName = new LinkedHashMap<>();
        Map<String, Weights> shards = new LinkedHashMap<>();
        boolean opened = false;
        try {
            for (Map.Entry<String, JsonNode> entry : map.properties()) {
                String file = entry.getValue().asText();
                if (!entry.getValue().isTextual()
                        || !FILE_NAME.matcher(file).matches()
                        || file.endsWith(".index.json")) {
                    throw new DataException(
                            index,
                            entry.getKey(),
                            "expected the name of a file beside the index, got "
                                    + entry.getValue());
                }
                Weights shard = shards.get(file);
                if (shard == null) {
                    shard = Weights.open(index.resolveSibling(file));
                    shards.put(file, shard);
                }
                if (!shard.names().contains(entry.getKey())) {
                    throw new DataException(index, entry.getKey(), file + " has no such tensor");
                }
                byName.put(entry.getKey(), shard);
            }
            opened = true;
            return new ShardedWeights(index, byName, shards);
        } finally {
            if (!opened) shards.values().forEach(Weights::close);
        }
    }

    /// The index.
    @Override
    public Path file() {
        return index;
    }

    @Override
    public Set<String> names() {
        return byName.keySet();
    }

    @Override
    public ElementType type(String name) throws DataException {
        return shard(name).type(name);
    }

    @Override
    public long[] shape(String name) throws DataException {
        return shard(name).shape(name);
    }

    @Override
    public MemorySegment bytes(String name) throws DataException {
        return shard(name).bytes(name);
    }

    @Override
    public void release() {
        shards.values().forEach(Weights::release);
    }

    private Weights shard(String name) throws DataException {
        Weights shard = byName.get(name);
        if (shard == null) throw new DataException(index, name, "the index has no such tensor");
        return shard;
    }

    @Override
    public void close() {
        shards.values().forEach(Weights::close);
    }
}
