package org.openplip.evaluate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.openpath.EvaluationSet;
import org.openplip.table.CsvTable;

/// Pictures with their labels, captions, or both, as listed on disk; nothing is opened yet.
///
/// @param source the table or the folder of classes
/// @param root files are named relative to this folder
/// @param labels every label, sorted; a folder of classes may have one without a picture
public record TestSet(Path source, Path root, List<Sample> samples, List<String> labels) {
    /// A listed picture.
    ///
    /// @param file relative to the root, as listed
    public record Sample(String file, @Nullable String label, @Nullable String caption) {}

    public TestSet {
        samples = List.copyOf(samples);
        labels = List.copyOf(labels);
    }

    /// The test set at `source`: a table with the columns `image`, `label`, `caption` in any order
    /// (see [#table]), or a folder of classes (see [#classes]).
    ///
    /// @throws DataException if there is nothing there, or nothing usable
    public static TestSet read(Path source) throws IOException {
        if (Files.isDirectory(source)) return classes(source);
        if (Files.isRegularFile(source)) return table(source);
        throw new DataException(source, "is neither a table nor a folder of classes");
    }

    /// What no copy of may get into a release: the pictures of a folder and its folders, or those
    /// of a table with their captions.
    ///
    /// @throws DataException if there is nothing there, or nothing usable
    public static EvaluationSet toExclude(Path source) throws IOException {
        if (Files.isDirectory(source)) return EvaluationSet.folder(source);
        TestSet set = table(source);
        return new EvaluationSet(
                set.samples.stream()
                        .map(
                                sample ->
                                        new EvaluationSet.Sample(
                                                sample.file,
                                                set.root.resolve(sample.file),
                                                sample.caption))
                        .toList());
    }

    /// Pictures in `folder/LABEL/`, every file of which counts as a picture, hidden ones excepted.
    public static TestSet classes(Path folder) throws IOException {
        List<Sample> samples = new ArrayList<>();
        TreeSet<String> labels = new TreeSet<>();
        for (Path classFolder : list(folder)) {
            if (!Files.isDirectory(classFolder)) continue;
            String label = classFolder.getFileName().toString();
            labels.add(label);
            for (Path file : list(classFolder)) {
                if (Files.isDirectory(file)) continue;
                samples.add(new Sample(label + "/" + file.getFileName(), label, null));
            }
        }
        if (samples.isEmpty()) {
            throw new DataException(folder, "holds no pictures; expected CLASS/picture.png in it");
        }
        return new TestSet(folder, folder, samples, List.copyOf(labels));
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    /// A table (see [CsvTable]) with the columns `image` (relative to the table), and `label`,
    /// `caption` or both. An empty label or caption is none.
    ///
    /// @throws DataException naming the line, if the table is malformed
    public static TestSet table(Path file) throws IOException {
        CsvTable table = CsvTable.read(file);
        List<String> columns = table.columns();
        if (!columns.contains("image")
                || !(columns.contains("label") || columns.contains("caption"))) {
            throw new DataException(
                    file,
                    "line 1",
                    "expected the columns image and label or caption, got " + columns);
        }
        List<Sample> samples = new ArrayList<>();
        TreeSet<String> labels = new TreeSet<>();
        for (CsvTable.Row row : table.rows()) {
            String image = table.value(row, "image");
            if (image == null) {
                throw new DataException(file, "line " + row.line(), "names no image");
            }
            if (image.indexOf(0) >= 0) {
                throw new DataException(
                        file, "line " + row.line(), "names no file: has a NUL in it");
            }
            String label = table.value(row, "label");
            if (label != null) labels.add(label);
            samples.add(new Sample(image, label, table.value(row, "caption")));
        }
        if (samples.isEmpty()) throw new DataException(file, "lists no pictures");
        return new TestSet(file, table.root(), samples, List.copyOf(labels));
    }
}
