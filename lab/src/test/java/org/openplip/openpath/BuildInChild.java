package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.openplip.io.Progress;
import org.openplip.openpath.flow.LocalEngine;

/// A build in a process of its own, with so little memory for sorting that every table has several
/// parts: the world's folder, the release's, the number of threads.
final class BuildInChild {
    private BuildInChild() {}

    public static void main(String[] args) throws IOException {
        int threads = Integer.parseInt(args[2]);
        Path world = Path.of(args[0]);
        BuildConfig config =
                new BuildConfig(
                        List.of(world.resolve("posts.jsonl")),
                        Path.of(args[1]),
                        List.of(EvaluationSet.folder(world.resolve("heldout"))),
                        null,
                        null,
                        threads,
                        BuildSettings.defaults());
        OpenPathBuild.run(
                config,
                Progress.none(),
                work ->
                        new LocalEngine(
                                work,
                                new LocalEngine.Settings(threads, 20_000, Duration.ofMillis(50)),
                                Progress.none()));
    }
}
