package org.openplip.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The quick start with a tiny recipe, run once for all tests that need its files. The files stay
/// in `target/`, so that a failed run can be looked at.
final class TinyLine {
    static final Path RECIPE = PlipProcess.HOME.resolve("acceptance/src/test/resources/tiny.toml");

    /// @param dir what the quick start wrote
    /// @param first how it went
    record Line(Path dir, PlipProcess.Result first) {
        Path world() {
            return dir.resolve("world");
        }

        Path release() {
            return dir.resolve("release");
        }

        Path model() {
            return dir.resolve("run").resolve("final");
        }
    }

    /// Made at its first use; the class loader lets one thread in.
    private static final class Made {
        static final Line LINE = make();
    }

    private TinyLine() {}

    static Line line() {
        return Made.LINE;
    }

    private static Line make() {
        try {
            Path target = PlipProcess.HOME.resolve("acceptance/target");
            Files.createDirectories(target);
            Path dir = Files.createTempDirectory(target, "tiny-line-");
            PlipProcess.Result result =
                    PlipProcess.run("quickstart", "--no-serve", "--dir", dir, "--recipe", RECIPE);
            if (result.exitCode() != 0) {
                throw new IllegalStateException(
                        "quickstart ended with " + result.exitCode() + ":\n" + result.err());
            }
            return new Line(dir, result);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
