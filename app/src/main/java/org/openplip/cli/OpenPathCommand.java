package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.BuildSettings;
import org.openplip.openpath.BuildSummary;
import org.openplip.openpath.OpenPathBuild;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `plip openpath`: the data set.
@Command(
        name = "openpath",
        mixinStandardHelpOptions = true,
        header = "Build the image-caption data set from posts.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            AcquireCommand.class,
            FetchCommand.class,
            WebCommand.class,
            OpenPathCommand.Build.class
        })
final class OpenPathCommand {

    /// `plip openpath build`: posts in, a release out.
    @Command(
            name = "build",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Filter posts into a released data set.",
            description = {
                "",
                "Writes pairs.parquet, shards/ (WebDataset), rejected.parquet, flow.json,"
                        + " datacard.md and, where the posts carry their truth, quality.json. Every"
                        + " post that is left out is written down with the rule and the reason."
            })
    static final class Build implements Callable<Integer> {
        @Option(
                names = "--posts",
                arity = "1..*",
                required = true,
                paramLabel = "FILE",
                description =
                        "posts as JSON lines, X API v2 field names; pictures lie relative to them")
        private List<Path> posts = List.of();

        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description = "the release; one that is there is replaced")
        private Path out = Path.of("");

        @Option(
                names = "--exclude",
                arity = "1..*",
                paramLabel = "DIR",
                description = "folders of test pictures, of which no copy may get in")
        private List<Path> exclude = List.of();

        @Option(
                names = "--picture-filter",
                paramLabel = "FILE",
                description = "a fitted filter in place of the shipped one")
        private @Nullable Path pictureFilter;

        @Mixin private RecipeOption recipe = new RecipeOption();

        @Override
        public Integer call() throws IOException {
            BuildConfig config =
                    new BuildConfig(
                            posts,
                            out,
                            exclude,
                            pictureFilter,
                            Runtime.getRuntime().availableProcessors(),
                            recipe.table("openpath", BuildSettings.class));
            System.out.println(line(OpenPathBuild.run(config, new TerminalProgress(System.err))));
            return 0;
        }
    }

    /// What a build made, in one line.
    static String line(BuildSummary summary) {
        String line =
                "%d pairs (%d train, %d validation), %d rejected with reasons"
                        .formatted(
                                summary.pairs(),
                                summary.train(),
                                summary.validation(),
                                summary.rejected());
        if (summary.quality() == null) return line;
        return line
                + String.format(
                        Locale.ROOT,
                        "; filter precision %.3f, recall %.3f",
                        summary.quality().precision(),
                        summary.quality().recall());
    }
}
