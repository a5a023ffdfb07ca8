package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.openplip.weights.hub.Models;
import picocli.CommandLine.ITypeConverter;

/// For each option that takes a checkpoint: a path, or `owner/name[@revision]` for one that `plip
/// pull` fetched.
final class CheckpointConverter implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) throws IOException {
        return Models.resolve(value);
    }
}
