package org.openplip.train.source;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

/// A place that pairs come from, as a user names it: a release's folder, a table (`.csv`,
/// `.parquet`), a WebDataset shard (`.tar`), a folder of shards or of Parquet tables, or a pattern
/// with `*`, `?`, `[..]` or `{..}` that names several files of one kind; `{0000..0123}` counts.
///
/// @param place as named
/// @param weight how often an epoch shows each of its pairs
public record DataSource(String place, double weight) {
    private static final Pattern WEIGHTED = Pattern.compile("(.+)=([0-9]*\\.?[0-9]+)");
    private static final Pattern RANGE = Pattern.compile("\\{(\\d+)\\.\\.(\\d+)\\}");
    private static final int MOST_FILES = 1_000_000; // of a range; more is a slip of the hand

    public DataSource {
        if (!(weight > 0)) {
            throw new IllegalArgumentException(
                    place + ": expected a weight above 0, got " + weight);
        }
    }

    /// What the command line says: `PLACE`, or `PLACE=WEIGHT`.
    public static DataSource parse(String text) {
        Matcher weighted = WEIGHTED.matcher(text);
        return weighted.matches()
                ? new DataSource(weighted.group(1), Double.parseDouble(weighted.group(2)))
                : new DataSource(text, 1);
    }

    /// Its rows.
    ///
    /// @param unpacked the folder for pictures that cannot be read where they are
    /// @throws DataException if there is nothing there, or nothing of a known kind
    SourceRows read(Path unpacked, Progress progress) throws IOException {
        Path path = Path.of(place);
        if (Files.isDirectory(path) && ReleaseRows.isThere(path)) return ReleaseRows.read(path);
        List<Path> files = files();
        List<String> endings = files.stream().map(DataSource::ending).distinct().toList();
        if (endings.size() > 1) {
            throw new DataException(
                    place,
                    null,
                    "names files of several kinds: " + String.join(", ", endings),
                    null);
        }
        return switch (endings.getFirst()) {
            case "csv" -> CsvRows.read(files, progress);
            case "parquet" -> ParquetRows.read(files, unpacked, progress);
            case "tar" -> ShardRows.read(files, progress);
            default ->
                    throw new DataException(
                            place,
                            null,
                            "is neither a release's folder nor a table (.csv, .parquet) nor"
                                    + " WebDataset shards (.tar)",
                            null);
        };
    }

    /// The files that are meant, at least one.
    private List<Path> files() throws IOException {
        Path path = Path.of(place);
        if (Files.isDirectory(path)) {
            for (String ending : List.of("tar", "parquet")) {
                List<Path> files = list(path, file -> ending(file).equals(ending));
                if (!files.isEmpty()) return files;
            }
            throw new DataException(
                    path,
                    "is neither a release nor a folder of shards (.tar) or tables (.parquet)");
        }
        if (Files.exists(path)) return List.of(path);
        List<Path> files = new ArrayList<>();
        for (String counted : counted(place)) {
            if (counted.matches(".*[*?\\[{].*")) {
                files.addAll(matching(Path.of(counted)));
            } else if (Files.isRegularFile(Path.of(counted))) {
                files.add(Path.of(counted));
            } else {
                throw new DataException(Path.of(counted), "does not exist");
            }
        }
        if (files.isEmpty()) throw new DataException(place, null, "names no file", null);
        return files;
    }

    private static List<Path> matching(Path pattern) throws IOException {
        Path folder = pattern.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) return List.of();
        PathMatcher matcher =
                FileSystems.getDefault().getPathMatcher("glob:" + pattern.getFileName());
        Path named = pattern.getParent();
        return list(
                named == null ? Path.of("") : named, file -> matcher.matches(file.getFileName()));
    }

    private static List<Path> list(Path folder, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(wanted).filter(Files::isRegularFile).sorted().toList();
        }
    }

    /// `text` with each number of its first range in turn, and so on for the next.
    private static List<String> counted(String text) {
        Matcher range = RANGE.matcher(text);
        if (!range.find()) return List.of(text);
        long first = Long.parseLong(range.group(1));
        long last = Long.parseLong(range.group(2));
        if (last < first || last - first >= MOST_FILES) {
            throw new IllegalArgumentException(
                    text + ": expected a range that counts up, to at most " + MOST_FILES);
        }
        List<String> all = new ArrayList<>();
        for (long i = first; i <= last; i++) {
            String number = ("%0" + range.group(1).length() + "d").formatted(i);
            all.addAll(
                    counted(
                            text.substring(0, range.start())
                                    + number
                                    + text.substring(range.end())));
        }
        return all;
    }

    private static String ending(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
