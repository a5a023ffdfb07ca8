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
import org.openplip.tensor.Peers;
import org.openplip.tensor.ProcessGroup;
import org.openplip.train.TrainConfig;
import org.openplip.train.TrainRun;
import org.openplip.train.TrainingData;
import org.openplip.train.source.DataSource;
import org.openplip.train.source.DataSources;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip train`: pairs in, a model out.
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Train a CLIP on pairs of pictures and captions by contrastive learning.",
        description = {
            "",
            "A SOURCE of pairs is a folder that plip openpath build wrote; a table (.csv, .parquet)"
                    + " with the columns image (a file, relative to the table; in Parquet also the"
                    + " bytes, or Hugging Face's {bytes, path}) and caption, and split and group if"
                    + " known; or WebDataset shards (.tar), as a folder or a pattern such as"
                    + " 'shards/{0000..0123}.tar' or 'shards/train-*.tar'. =WEIGHT says how often"
                    + " an epoch shows each of its pairs: with 0.25 an epoch shows a quarter of"
                    + " them and the next one another quarter.",
            "",
            "Rows that say train are trained on, those that say validation are validated with. Of"
                    + " those that say nothing the recipe's validation_share is validated with, by"
                    + " the hash of their group (of the picture, if they have none).",
            "",
            "Rows without caption or picture, and pictures that cannot be decoded, are left out and"
                    + " written into rejected.jsonl; another pair stands in for such a picture. More"
                    + " than the recipe's rejected_at_most end the run.",
            "",
            "Where decoding would take much of the time, decoded pictures are kept in the run's"
                    + " folder while it lasts, in at most half of the free disk.",
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

    /// Where pictures go, within a run, that cannot be read where they are.
    static final String UNPACKED = "unpacked";

    @Option(
            names = "--data",
            required = true,
            paramLabel = "SOURCE[=WEIGHT]",
            converter = SourceConverter.class,
            description = "pairs to train on; may be given several times")
    private List<DataSource> sources = List.of();

    @Option(
            names = "--validation",
            paramLabel = "SOURCE",
            converter = SourceConverter.class,
            description =
                    "pairs to validate with, in place of those that the data give: those that say"
                            + " validation, or nothing")
    private @Nullable DataSource validation;

    /// Reads `SOURCE[=WEIGHT]`.
    static final class SourceConverter implements ITypeConverter<DataSource> {
        @Override
        public DataSource convert(String value) {
            return DataSource.parse(value);
        }
    }

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
        Progress progress = speaks ? new TerminalProgress(System.err) : Progress.none();
        if (!speaks) peers.barrier(); // the first unpacks what has to be
        try (DataSources open =
                DataSources.open(
                        sources, validation, config.data(), out.resolve(UNPACKED), progress)) {
            if (speaks) {
                peers.barrier();
                System.err.println(line(open.data()));
            }
            TrainRun.Outcome outcome =
                    TrainRun.run(
                            config,
                            init,
                            open.data(),
                            zeroShot.pictures(recipe),
                            out,
                            peers,
                            progress);
            if (speaks) System.out.println(line(outcome));
        }
    }

    /// What there is to train on, in one line.
    private static String line(TrainingData data) {
        return "%d pairs to train on, %d to validate with%s"
                .formatted(
                        data.training().size(),
                        data.validation().size(),
                        data.rejected().isEmpty()
                                ? ""
                                : "; %d rows are rejected".formatted(data.rejected().size()));
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
                "%d steps%s, last loss %.3f%s; model in %s",
                outcome.steps(),
                resumed,
                outcome.loss(),
                outcome.rejected() > 0
                        ? ", %d rows rejected (rejected.jsonl)".formatted(outcome.rejected())
                        : "",
                outcome.checkpoint());
    }
}
