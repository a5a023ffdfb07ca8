package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.Plip;
import org.openplip.evaluate.Contender;
import org.openplip.evaluate.EvaluationConfig;
import org.openplip.evaluate.EvaluationRun;
import org.openplip.evaluate.EvaluationSettings;
import org.openplip.evaluate.Origin;
import org.openplip.evaluate.PlipEncoder;
import org.openplip.io.Progress;
import org.openplip.report.Results;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip evaluate`: zero-shot classification and retrieval, with intervals and a report.
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Measure a model: zero-shot and retrieval, with intervals and a report.",
        description = {
            "",
            "Writes results.json, predictions.parquet, report.html (one file, opens offline) and"
                    + " figures/. Pictures that cannot be read are left out, listed with their"
                    + " reason, and make the exit code 1."
        })
final class EvaluateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "the model under test: a checkpoint folder, or the name of a model that plip"
                            + " pull fetched")
    private Path model = Path.of("");

    @Option(
            names = "--baseline",
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description = "checkpoint to set beside it, such as RUN/initial (untrained)")
    private @Nullable Path baseline;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description = "a table image,label,caption (CSV) or a folder of classes")
    private Path data = Path.of("");

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "where results and report go")
    private Path out = Path.of("");

    @Option(
            names = "--run",
            paramLabel = "DIR",
            description = "a training run, whose curve the report shows")
    private @Nullable Path run;

    @Option(
            names = "--release",
            paramLabel = "DIR",
            description = "a release, whose filter the report shows")
    private @Nullable Path release;

    @Mixin private RecipeOption recipe = new RecipeOption();

    @Override
    public Integer call() throws IOException {
        Results results =
                evaluate(
                        model,
                        baseline,
                        new EvaluationConfig(
                                data,
                                out,
                                run,
                                release,
                                null,
                                recipe.table("evaluate", EvaluationSettings.class)),
                        "plip "
                                + String.join(
                                        " ", spec.commandLine().getParseResult().originalArgs()),
                        new TerminalProgress(System.err));
        System.out.println(line(results));
        for (Results.LeftOut leftOut : results.leftOut()) {
            System.err.printf("plip: left out %s: %s%n", leftOut.file(), leftOut.reason());
        }
        return results.leftOut().isEmpty() ? 0 : 1;
    }

    /// Measures `model`, called `trained` where there is a baseline, called `untrained`.
    static Results evaluate(
            Path model,
            @Nullable Path baseline,
            EvaluationConfig config,
            String command,
            Progress progress)
            throws IOException {
        List<Plip> open = new ArrayList<>();
        try {
            List<Contender> contenders = new ArrayList<>();
            contenders.add(contender(baseline == null ? "model" : "trained", model, open));
            if (baseline != null) contenders.add(contender("untrained", baseline, open));
            return EvaluationRun.run(
                    config,
                    contenders,
                    new Origin(
                            command,
                            PlipCommand.VERSION,
                            System.getProperty("org.openplip.commit", "unknown")),
                    progress);
        } finally {
            open.forEach(Plip::close);
        }
    }

    private static Contender contender(String name, Path folder, List<Plip> open)
            throws IOException {
        Plip plip = Plip.load(folder);
        open.add(plip);
        return PlipEncoder.contender(name, folder, plip);
    }

    /// The headline numbers of the first model, in one line.
    static String line(Results results) {
        List<String> parts = new ArrayList<>();
        if (results.zeroShot() != null) {
            Results.Measured f1 = results.zeroShot().scores().getFirst().weightedF1();
            parts.add(
                    String.format(
                            Locale.ROOT,
                            "zero-shot weighted F1 %.3f (%.3f to %.3f, n %d)",
                            f1.value(),
                            f1.low(),
                            f1.high(),
                            f1.n()));
        }
        if (results.textToImage() != null) {
            for (Results.RecallAt at : results.textToImage().scores().getFirst().recall()) {
                parts.add(
                        String.format(
                                Locale.ROOT,
                                "recall at %d %.3f (%.1f x chance)",
                                at.k(),
                                at.recall().value(),
                                at.foldOverChance()));
            }
        }
        return String.join("; ", parts);
    }
}
