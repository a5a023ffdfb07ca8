package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.evaluate.data.DataSet;
import org.openplip.evaluate.data.Sample;
import org.openplip.index.LeftOut;
import org.openplip.io.DataException;
import org.openplip.openpath.filter.FilterCard;
import org.openplip.openpath.filter.FilterTraining;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip openpath train-filter`: labelled pictures in, a picture filter out.
@Command(
        name = "train-filter",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Fit the filter that tells pictures of pathology from others.",
        description = {
            "",
            "Fits a calibrated linear model over the embeddings of a checkpoint, or over colour and"
                    + " texture, and chooses the threshold for a precision: the smallest whose"
                    + " precision has it as its lower bound (Clopper-Pearson, 95 %%, one-sided), on"
                    + " pictures that the model has not seen. Killed or stopped, the same call goes"
                    + " on where it was. Pictures that cannot be read are left out and make the exit"
                    + " code 1."
        })
final class TrainFilterCommand implements Callable<Integer> {
    private static final List<String> LABELS = List.of("other", "pathology");

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--labelled",
            required = true,
            paramLabel = "PATH",
            description =
                    "folder with pictures in pathology/ and other/, or a table image,label (CSV)"
                            + " with these labels")
    private Path labelled = Path.of("");

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "the filter, for openpath build --picture-filter")
    private Path out = Path.of("");

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "checkpoint whose embeddings are judged, as for embed; without it the filter"
                            + " judges colour and texture")
    private @Nullable Path model;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "0.99",
            description =
                    "share of pathology among the pictures that pass (default: ${DEFAULT-VALUE})")
    private double precision;

    @Override
    public Integer call() throws IOException {
        if (!(precision > 0 && precision < 1)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--precision: expected above 0 and below 1, got " + precision);
        }
        FilterTraining.Result result =
                FilterTraining.fit(
                        pictures(),
                        model,
                        precision,
                        labelled.toString(),
                        out.resolveSibling(out.getFileName() + ".unfinished"),
                        new TerminalProgress(System.err));
        result.filter().write(out);
        System.out.println(out + ": " + line(result.filter().card()));
        LeftOutList leftOut = new LeftOutList();
        for (FilterTraining.Unreadable bad : result.unreadable()) {
            leftOut.add(new LeftOut(bad.file().toString(), bad.reason()));
        }
        return leftOut.report();
    }

    private List<FilterTraining.Labelled> pictures() throws IOException {
        DataSet set = DataSet.read(labelled);
        if (!set.labels().equals(LABELS)) {
            throw new DataException(
                    labelled, "expected the labels " + LABELS + ", got " + set.labels());
        }
        List<FilterTraining.Labelled> pictures = new ArrayList<>();
        for (Sample sample : set.samples()) {
            if (sample.label() == null) {
                throw new DataException(labelled, sample.name(), "has no label");
            }
            pictures.add(
                    new FilterTraining.Labelled(
                            sample.picture().file(), sample.label().equals("pathology")));
        }
        return pictures;
    }

    private static String line(FilterCard card) {
        return String.format(
                Locale.ROOT,
                "%d pictures of pathology, %d others; AUC %.4f, Brier %.4f, calibration error %.4f;"
                        + " threshold %.4f: precision %s, recall %s, others left out %s",
                card.pathology(),
                card.other(),
                card.auc(),
                card.brier(),
                card.calibrationError(),
                card.threshold(),
                share(card.precision()),
                share(card.recall()),
                share(card.otherLeftOut()));
    }

    private static String share(FilterCard.Share share) {
        return String.format(
                Locale.ROOT, "%.4f (%.4f to %.4f)", share.value(), share.low(), share.high());
    }
}
