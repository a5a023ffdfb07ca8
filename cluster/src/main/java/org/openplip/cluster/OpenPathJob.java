package org.openplip.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import org.openplip.evaluate.data.DataSet;
import org.openplip.io.DataException;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.BuildSettings;
import org.openplip.openpath.BuildSummary;
import org.openplip.openpath.EvaluationSet;
import org.openplip.openpath.IdsOnly;
import org.openplip.openpath.OpenPathBuild;
import org.openplip.recipe.Toml;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plip openpath build` as a job for `spark-submit`: the same options, the same release.
@Command(
        name = "spark-submit openplip-cluster-submit.jar",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Filter posts into a released data set, on a cluster.",
        description = {
            "",
            "The release has the bytes that plip openpath build gives on one machine. Posts with"
                    + " their pictures, test pictures, the filter and the release lie on a file"
                    + " system that the driver and all workers find under the same paths."
        })
public final class OpenPathJob implements Callable<Integer> {
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
                    "a filter that plip openpath train-filter fitted, in place of the shipped one")
    private @Nullable Path pictureFilter;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "checkpoint whose embeddings the picture filter judges, if it is for them, and"
                            + " by which copies are found, if the recipe has duplicate_cosine")
    private @Nullable Path model;

    @Option(
            names = "--ids-only",
            paramLabel = "DIR",
            description = "also write ids, hashes and splits alone, to be passed on")
    private @Nullable Path idsOnly;

    @Option(
            names = "--recipe",
            required = true,
            paramLabel = "FILE",
            description = "TOML with a table [openpath]")
    private Path recipe = Path.of("");

    @Option(
            names = "--partition-mebibytes",
            paramLabel = "N",
            defaultValue = "64",
            description = "how much of the posts is for one task (default: ${DEFAULT-VALUE})")
    private int partitionMebibytes;

    private final PrintStream results;

    private OpenPathJob(PrintStream results) {
        this.results = results;
    }

    /// Runs the job in the context that `spark-submit` describes and ends the process.
    public static void main(String[] arguments) {
        String commit = OpenPathJob.class.getPackage().getImplementationVersion();
        if (commit != null) System.setProperty("org.openplip.commit", commit);
        System.exit(run(System.out, System.err, arguments));
    }

    static int run(PrintStream results, PrintStream complaints, String... arguments) {
        CommandLine line = new CommandLine(new OpenPathJob(results));
        line.setUsageHelpAutoWidth(true);
        line.setExpandAtFiles(false);
        line.setExecutionExceptionHandler(
                (e, _, _) -> {
                    switch (e) {
                        case DataException data -> complaints.println("plip: " + data.getMessage());
                        case NoSuchFileException file ->
                                complaints.println(
                                        "plip: " + file.getFile() + ": no such file or folder");
                        default -> throw e; // with the stack, for the log of the cluster
                    }
                    return CommandLine.ExitCode.SOFTWARE;
                });
        return line.execute(arguments);
    }

    @Override
    public Integer call() throws IOException {
        List<EvaluationSet> evaluation = new ArrayList<>();
        for (Path path : exclude) evaluation.add(DataSet.toExclude(path.toAbsolutePath()));
        BuildSettings settings = Toml.read(recipe, "openpath", BuildSettings.class);
        if (settings.duplicateCosine() != null && model == null) {
            throw new DataException(
                    recipe.toString(), "openpath.duplicate_cosine", "needs --model", null);
        }
        BuildConfig config =
                new BuildConfig(
                        // A worker has another working folder.
                        posts.stream().map(Path::toAbsolutePath).toList(),
                        out.toAbsolutePath(),
                        evaluation,
                        pictureFilter == null ? null : pictureFilter.toAbsolutePath(),
                        model == null ? null : model.toAbsolutePath(),
                        Runtime.getRuntime().availableProcessors(),
                        settings);
        SparkConf job = new SparkConf().setIfMissing("spark.app.name", "plip openpath build");
        try (JavaSparkContext spark = new JavaSparkContext(job)) {
            BuildSummary summary =
                    OpenPathBuild.run(
                            config,
                            new LoggedProgress(),
                            _ -> new SparkEngine(spark, (long) partitionMebibytes << 20));
            results.println(summary.line());
        }
        if (idsOnly != null) IdsOnly.write(out, idsOnly);
        return 0;
    }
}
