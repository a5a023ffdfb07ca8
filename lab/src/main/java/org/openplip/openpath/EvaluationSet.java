package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
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
                pictures(folder).stream()
                        .map(
                                file ->
                                        new Sample(
                                                base.getFileName() + "/" + folder.relativize(file),
                                                file,
                                                null))
                        .toList());
    }

    /// The picture files below a folder, sorted by path.
    private static List<Path> pictures(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) throw new DataException(folder, "is not a folder");
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .filter(
                            path ->
                                    path.getFileName()
                                            .toString()
                                            .toLowerCase(Locale.ROOT)
                                            .matches(".+\\.(jpe?g|png|tiff?)"))
                    .sorted()
                    .toList();
        }
    }
}
