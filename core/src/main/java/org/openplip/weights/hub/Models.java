package org.openplip.weights.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.openplip.io.DataException;

/// Checkpoints by what a user calls them: a path, or the name of one that was fetched.
public final class Models {
    private Models() {}

    /// The checkpoint that `given` stands for: the file or folder of that path if there is one, or
    /// else the snapshot of the model `owner/name[@revision]` in the cache that the environment
    /// names. Nothing is fetched.
    ///
    /// @throws DataException if it is the name of a model that is not in the cache; the message
    ///   says how to fetch it
    public static Path resolve(String given) throws IOException {
        return resolve(given, HubCache.of(System.getenv()));
    }

    static Path resolve(String given, HubCache cache) throws IOException {
        Path path = Path.of(given);
        Optional<ModelName> name = ModelName.parse(given);
        if (name.isEmpty() || Files.exists(path)) return path;
        Optional<Path> snapshot = cache.find(name.get());
        if (snapshot.isPresent()) return snapshot.get();
        throw new DataException(
                given,
                null,
                "is no file or folder, and no model in the cache; to fetch it: plip pull " + given,
                null);
    }
}
