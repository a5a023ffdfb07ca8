package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;

/// Pictures in `folder/LABEL/`.
public final class ClassFolders {
    private ClassFolders() {}

    /// The pictures in the folders of `folder`, every file of which counts as one, hidden ones
    /// excepted, by label and name.
    ///
    /// @throws DataException if there are none
    public static DataSet read(Path folder) throws IOException {
        List<Sample> samples = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (Path classFolder : list(folder)) {
            if (!Files.isDirectory(classFolder)) continue;
            String label = classFolder.getFileName().toString();
            labels.add(label);
            for (Path file : list(classFolder)) {
                if (Files.isDirectory(file)) continue;
                samples.add(
                        new Sample(
                                label + "/" + file.getFileName(),
                                StoredPicture.of(file),
                                label,
                                null));
            }
        }
        if (samples.isEmpty()) {
            throw new DataException(folder, "holds no pictures; expected CLASS/picture.png in it");
        }
        return DataSet.listed(folder, folder, samples, labels);
    }

    /// Adds the pictures of one class, by name.
    ///
    /// @param root the folder that names are relative to
    /// @param endings of names in lower case, joined by `|`; what ends otherwise is rejected
    static void add(
            Path root,
            Path folder,
            String label,
            @Nullable String organ,
            Split split,
            String endings,
            List<Sample> samples,
            List<Rejected> rejected)
            throws IOException {
        for (Path file : list(folder)) {
            String name = root.relativize(file).toString();
            if (!name.toLowerCase(Locale.ROOT).matches("(?s).+\\.(" + endings + ")")) {
                String reason = "is in a folder of pictures that end with " + endings;
                rejected.add(new Rejected(name, Rejected.Rule.BAD_NAME, reason));
                continue;
            }
            StoredPicture picture = StoredPicture.of(file);
            samples.add(new Sample(name, picture, label, null, null, organ, split));
        }
    }

    /// The folder `name` in `folder` or in a folder of it, as archives are unpacked with a folder
    /// of their own around what they hold, or without.
    ///
    /// @throws DataException if there is none
    static Path find(Path folder, String name) throws IOException {
        if (!Files.isDirectory(folder)) throw new DataException(folder, "is missing");
        Path direct = folder.resolve(name);
        if (Files.isDirectory(direct)) return direct;
        for (Path child : list(folder)) {
            if (Files.isDirectory(child.resolve(name))) return child.resolve(name);
        }
        throw new DataException(direct, "is missing");
    }

    /// What is in a folder, hidden things excepted, by name.
    static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }
}
