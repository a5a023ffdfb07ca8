package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Pictures, and captions where there are any, that a model will be measured with: no copy of them
/// may get into a release.
public record EvaluationSet(List<Sample> samples) {
    /// @param name as it is told to people
    /// @param picture the file
    public record Sample(String name, Path picture, @Nullable String caption) {}

    public EvaluationSet {
        samples = List.copyOf(samples);
    }

    /// Every picture in `folder` and its folders, without captions.
    ///
    /// @throws DataException if there is no such folder
    public static EvaluationSet folder(Path folder) throws IOException {
        Path base = folder.toAbsolutePath().normalize();
        return new EvaluationSet(
                PictureFilterTrainer.pictures(folder).stream()
                        .map(
                                file ->
                                        new Sample(
                                                base.getFileName() + "/" + folder.relativize(file),
                                                file,
                                                null))
                        .toList());
    }
}
