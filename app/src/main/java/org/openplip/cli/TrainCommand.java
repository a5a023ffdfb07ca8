package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Progress;
import org.openplip.openpath.Release;
import org.openplip.tensor.Peers;
import org.openplip.tensor.ProcessGroup;
import org.openplip.train.TrainConfig;
import org.openplip.train.TrainRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip train`: a release in, a model out.
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Train a CLIP on a data set by contrastive learning.",
        description = {
            "",
            "A run that was stopped, however, goes on from its last checkpoint when the same command"
                    + " is given again. final/ holds the trained model.",
            "",
            "Where RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT are set, as torchrun does, or"
                    + " MASTER_ADDR and Slurm's variables, this process is one of a group that"
                    + " shares each batch, on as many machines as there are; all read the same"
                    + " folders."
        })
final class TrainCommand implements Callable<Integer> {
    private static final String PROCESSES = "--processes";

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

    @Option(
            names = PROCESSES,
            paramLabel = "N",
            description =
                    "processes on this machine that share each batch and the cores (default:"
                            + " ${DEFAULT-VALUE}); a run may go on with another number")
    private int processes = 1;

    @Mixin private ZeroShotOption zeroShot = new ZeroShotOption();

    @Spec private @Nullable CommandSpec spec;

    @Mixin private RecipeOption recipe = new RecipeOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        TrainConfig config = recipe.table("train", TrainConfig.class);
        if (seed != null) config = config.withSeed(seed);
        if (init != null) config = config.fineTuning();
        Optional<GroupVariables> variables = GroupVariables.of(System.getenv());
        if (processes < 1) {
            throw new IllegalArgumentException(
                    PROCESSES + ": expected at least 1, got " + processes);
        }
        if (processes > 1) {
            if (variables.isPresent()) {
                throw new IllegalArgumentException(
                        PROCESSES + ": is not for a process that is one of a group already");
            }
            LocalGroup.run(argumentsForOne(), processes);
            return 0;
        }
        LocalGroup.endWithParent();
        if (variables.isEmpty() || variables.get().size() == 1) {
            train(config, Peers.none());
        } else {
            try (ProcessGroup group = variables.get().join()) {
                train(config, group);
            }
        }
        return 0;
    }

    private void train(TrainConfig config, Peers peers) throws IOException, InterruptedException {
        boolean speaks = peers.rank() == 0;
        try (Release data = Release.open(release)) {
            TrainRun.Outcome outcome =
                    TrainRun.run(
                            config,
                            init,
                            data,
                            zeroShot.pictures(recipe),
                            out,
                            peers,
                            speaks ? new TerminalProgress(System.err) : Progress.none());
            if (speaks) System.out.println(line(outcome));
        }
    }

    /// The program's arguments but for the number of processes.
    private List<String> argumentsForOne() {
        CommandSpec own = Objects.requireNonNull(spec, "spec");
        List<String> arguments =
                new ArrayList<>(own.root().commandLine().getParseResult().originalArgs());
        int at = arguments.indexOf(PROCESSES);
        if (at >= 0) arguments.subList(at, at + 2).clear();
        arguments.removeIf(argument -> argument.startsWith(PROCESSES + "="));
        return arguments;
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
