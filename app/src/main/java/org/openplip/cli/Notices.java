package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openplip.io.Json;

/// What people must know about a data set before they look at it.
final class Notices {
    private Notices() {}

    /// The notice of the `world.json` in the folder of `file`: phantoms say that they are drawings.
    /// Empty where there is none.
    static String beside(Path file) throws IOException {
        Path world = file.toAbsolutePath().resolveSibling("world.json");
        return Files.exists(world) ? Json.read(world).path("notice").asText("") : "";
    }
}
