package org.openplip.recipe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.openplip.io.Json;

/// What a run ran on, kept in its folder as `environment.json`.
///
/// @param commit the source's git commit, with `-dirty` where files had changed; `unknown` outside
///   a checkout
/// @param inputs SHA-256 of each input file, by its path
public record Environment(
        String commit,
        String started,
        String java,
        String system,
        int processors,
        String device,
        Map<String, String> inputs) {

    /// This process, now.
    public static Environment current(Map<String, String> inputs) {
        return new Environment(
                System.getProperty("org.openplip.commit", "unknown"),
                Instant.now().toString(),
                System.getProperty("java.vendor") + " " + System.getProperty("java.version"),
                "%s %s %s"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.version"),
                                System.getProperty("os.arch")),
                Runtime.getRuntime().availableProcessors(),
                "cpu",
                new TreeMap<>(inputs));
    }

    /// Writes `environment.json` into `folder`.
    public void write(Path folder) throws IOException {
        Json.write(folder.resolve("environment.json"), this);
    }
}
