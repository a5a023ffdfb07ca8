package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.openplip.recipe.Toml;
import picocli.CommandLine.Option;

/// `--recipe`, for every command whose settings stand in a table of a recipe.
final class RecipeOption {
    @Option(
            names = "--recipe",
            paramLabel = "FILE",
            description =
                    "TOML with a table for each command (default: recipes/quickstart.toml of the"
                            + " installation)")
    private Path recipe = home().resolve("recipes").resolve("quickstart.toml");

    /// The folder of the installation, which the launcher knows.
    static Path home() {
        return Path.of(System.getProperty("org.openplip.home", ""));
    }

    <T> T table(String name, Class<T> type) throws IOException {
        return Toml.read(recipe, name, type);
    }
}
