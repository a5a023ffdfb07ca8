package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.Release;
import org.openplip.train.TrainConfig;
import org.openplip.train.TrainRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `plip train`: a release in, a model out.
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Train a CLIP on a data set by contrastive learning.",
        description = {
            "",
            "A run that was stopped, however, goes on from its last checkpoint when the same command"
                    + " is given again. final/ holds the trained model."
        })
final class TrainCommand implements Callable<Integer> {
    @Option(
            names = "--release",
            required = true,
            paramLabel = "DIR",
            description = "what plip openpath build wrote")
    private Path release = Path.of("");

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the run: config, metrics, checkpoints, final model")
    private Path out = Path.of("");

    @Option(
            names = "--init",
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "a checkpoint to fine-tune, in place of the recipe's [train.model]: a folder, or"
                            + " the name of a model that plip pull fetched")
    private @Nullable Path init;

    @Option(names = "--seed", paramLabel = "N", description = "in place of the recipe's")
    private @Nullable Long seed;

    @Mixin private RecipeOption recipe = new RecipeOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        TrainConfig config = recipe.table("train", TrainConfig.class);
        if (seed != null) config = config.withSeed(seed);
        if (init != null) config = config.fineTuning();
        try (Release data = Release.open(release)) {
            TrainRun.Outcome outcome =
                    TrainRun.run(config, init, data, out, new TerminalProgress(System.err));
            System.out.println(line(outcome));
        }
        return 0;
    }

    /// How a run ended, in one line.
    static String line(TrainRun.Outcome outcome) {
        String resumed =
                outcome.resumedAt() == outcome.steps()
                        ? " (was done already)"
                        : outcome.resumedAt() > 0
                                ? " (went on from step %d)".formatted(outcome.resumedAt())
                                : "";
        return String.format(
                Locale.ROOT,
                "%d steps%s, last loss %.3f; model in %s",
                outcome.steps(),
                resumed,
                outcome.loss(),
                outcome.checkpoint());
    }
}
