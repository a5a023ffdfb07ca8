package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.evaluate.data.DataSet;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.BuildSettings;
import org.openplip.openpath.EvaluationSet;
import org.openplip.openpath.IdsOnly;
import org.openplip.openpath.OpenPathBuild;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
            TrainFilterCommand.class,
            OpenPathCommand.Build.class,
            OpenPathWhyCommand.class,
            OpenPathRemoveCommand.class
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
                        + " openpath.html, leaks.html, datacard.md, manifest.spdx.json and, where"
                        + " the posts carry their truth, quality.json. Every post that is left out"
                        + " is written down with the rule and the reason: plip openpath why."
            })
    static final class Build implements Callable<Integer> {
        @Spec private CommandSpec spec = CommandSpec.create();

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
                paramLabel = "PATH",
                description =
                        "folders of test pictures, of which no copy may get in, or tables"
                                + " image,label,caption (CSV), whose captions may not either")
        private List<Path> exclude = List.of();

        @Option(
                names = "--picture-filter",
                paramLabel = "FILE",
                description =
                        "a filter that openpath train-filter fitted, in place of the shipped one")
        private @Nullable Path pictureFilter;

        @Option(
                names = "--model",
                paramLabel = "MODEL",
                converter = CheckpointConverter.class,
                description =
                        "checkpoint whose embeddings the picture filter judges, if it is for them,"
                                + " and by which copies are found, if the recipe has"
                                + " duplicate_cosine")
        private @Nullable Path model;

        @Option(
                names = "--ids-only",
                paramLabel = "DIR",
                description = "also write ids, hashes and splits alone, to be passed on")
        private @Nullable Path idsOnly;

        @Mixin private RecipeOption recipe = new RecipeOption();

        @Override
        public Integer call() throws IOException {
            List<EvaluationSet> evaluation = new ArrayList<>();
            for (Path path : exclude) evaluation.add(DataSet.toExclude(path));
            BuildSettings settings = recipe.table("openpath", BuildSettings.class);
            if (settings.duplicateCosine() != null && model == null) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        "--model: the recipe's duplicate_cosine needs a checkpoint");
            }
            BuildConfig config =
                    new BuildConfig(
                            posts,
                            out,
                            evaluation,
                            pictureFilter,
                            model,
                            Runtime.getRuntime().availableProcessors(),
                            settings);
            System.out.println(OpenPathBuild.run(config, new TerminalProgress(System.err)).line());
            if (idsOnly != null) IdsOnly.write(out, idsOnly);
            return 0;
        }
    }
}
