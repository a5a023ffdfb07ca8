package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.Prompts;
import org.openplip.evaluate.ClassNames;
import org.openplip.evaluate.EvaluationSettings;
import org.openplip.evaluate.data.DataSet;
import org.openplip.evaluate.data.Sample;
import org.openplip.io.DataException;
import org.openplip.train.LabelledPictures;
import picocli.CommandLine.Option;

/// `--zero-shot`, for every command that trains.
final class ZeroShotOption {
    @Option(
            names = "--zero-shot",
            paramLabel = "PATH",
            description =
                    "a folder of classes or a table image,label (CSV): each validation tells the"
                            + " weighted F1 of zero-shot classification of its pictures, with the"
                            + " prompts of the recipe's [evaluate]. What is watched is chosen by:"
                            + " never give a test set")
    private @Nullable Path path;

    /// The labelled pictures; null where the option was not given.
    @Nullable LabelledPictures pictures(RecipeOption recipe) throws IOException {
        if (path == null) return null;
        EvaluationSettings settings = recipe.table("evaluate", EvaluationSettings.class);
        DataSet listed = DataSet.read(path);
        if (listed.labels().isEmpty()) throw new DataException(path, "has no labels");
        ClassNames classes = ClassNames.of(listed, settings.classNames());
        List<String> labels = classes.labels();
        List<LabelledPictures.Picture> pictures = new ArrayList<>();
        for (Sample sample : listed.samples()) {
            if (sample.label() == null) continue;
            pictures.add(
                    new LabelledPictures.Picture(
                            sample.picture().file(), labels.indexOf(sample.label())));
        }
        return new LabelledPictures(
                pictures, List.copyOf(classes.names().values()), new Prompts(settings.templates()));
    }
}
