package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `plip phantom`: a world of posts with known truth.
@Command(
        name = "phantom",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Draw a world of posts with known truth: drawings, not tissue.",
        description = {
            "",
            "Writes posts.jsonl, media/, heldout.csv, heldout/ and world.json. Every post says what"
                    + " a perfect filter would do with it."
        })
final class PhantomCommand implements Callable<Integer> {
    /// The table `[phantom]` of a recipe; see [PhantomOptions].
    record Settings(int posts, int heldoutPerClass, long seed) {}

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "where the world goes")
    private Path out = Path.of("");

    @Option(
            names = "--posts",
            paramLabel = "N",
            description = "how many posts, in place of the recipe's")
    private @Nullable Integer posts;

    @Option(names = "--seed", paramLabel = "N", description = "in place of the recipe's")
    private @Nullable Long seed;

    @Mixin private RecipeOption recipe = new RecipeOption();

    @Override
    public Integer call() throws IOException {
        Settings settings = recipe.table("phantom", Settings.class);
        System.out.println(
                write(
                        new Settings(
                                posts == null ? settings.posts : posts,
                                settings.heldoutPerClass,
                                seed == null ? settings.seed : seed),
                        out,
                        new TerminalProgress(System.err)));
        return 0;
    }

    /// Writes the world and says in one line what is in it.
    static String write(Settings settings, Path out, Progress progress) throws IOException {
        PhantomWorld.Summary summary =
                PhantomWorld.write(
                        out,
                        new PhantomOptions(
                                settings.posts,
                                settings.heldoutPerClass,
                                settings.seed,
                                Runtime.getRuntime().availableProcessors()),
                        progress);
        return "%d posts with %d pictures, %d held out; a perfect filter keeps %d pairs"
                .formatted(summary.posts(), summary.pictures(), summary.heldout(), summary.pairs());
    }
}
