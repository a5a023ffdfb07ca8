package org.openplip.evaluate;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.openpath.EvaluationSet;

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

    /// A comma-separated table (RFC 4180, UTF-8, with or without a byte order mark) whose first
    /// line names the columns: `image` (relative to the table), and `label`, `caption` or both.
    /// Blank lines are passed over; an empty label or caption is none.
    ///
    /// @throws DataException naming the line, if the table is malformed
    public static TestSet table(Path file) throws IOException {
        List<Sample> samples = new ArrayList<>();
        TreeSet<String> labels = new TreeSet<>();
        CSVFormat format =
                CSVFormat.RFC4180
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .setIgnoreEmptyLines(true)
                        .setIgnoreHeaderCase(true)
                        .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
                        .setTrim(true)
                        .get();
        long line = 1;
        try (CSVParser parser = CSVParser.parse(new StringReader(text(file)), format)) {
            List<String> columns =
                    parser.getHeaderNames().stream()
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .toList();
            if (!columns.contains("image")
                    || !(columns.contains("label") || columns.contains("caption"))) {
                throw new DataException(
                        file,
                        "line 1",
                        "expected the columns image and label or caption, got " + columns);
            }
            Iterator<CSVRecord> records = parser.iterator();
            line = parser.getCurrentLineNumber() + 1;
            while (records.hasNext()) {
                CSVRecord row = records.next();
                if (row.size() != columns.size()) {
                    throw new DataException(
                            file,
                            "line " + line,
                            "expected %d fields, got %d".formatted(columns.size(), row.size()));
                }
                String image = row.get("image");
                if (image.isEmpty()) {
                    throw new DataException(file, "line " + line, "names no image");
                }
                if (image.indexOf(0) >= 0) {
                    throw new DataException(file, "line " + line, "names no file: has a NUL in it");
                }
                String label = optional(row, columns, "label");
                if (label != null) labels.add(label);
                samples.add(new Sample(image, label, optional(row, columns, "caption")));
                line = parser.getCurrentLineNumber() + 1;
            }
        } catch (CSVException | IllegalArgumentException e) {
            throw malformed(file, line, e);
        } catch (UncheckedIOException e) {
            throw malformed(file, line, e.getCause() == null ? e : e.getCause());
        }
        if (samples.isEmpty()) throw new DataException(file, "lists no pictures");
        Path root = file.toAbsolutePath().getParent();
        return new TestSet(file, root == null ? file : root, samples, List.copyOf(labels));
    }

    private static DataException malformed(Path file, long line, Throwable cause) {
        return new DataException(
                file.toString(), "line " + line, "is not CSV: " + cause.getMessage(), cause);
    }

    private static @Nullable String optional(CSVRecord row, List<String> columns, String column) {
        if (!columns.contains(column)) return null;
        String value = row.get(column);
        return value.isEmpty() ? null : value;
    }

    private static String text(Path file) throws IOException {
        try {
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                            .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new DataException(file.toString(), null, "is not UTF-8 text", e);
        }
    }
}
