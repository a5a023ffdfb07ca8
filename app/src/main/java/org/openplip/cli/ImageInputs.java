package org.openplip.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// The pictures that a command line names: files, folders (searched whole for the usual endings)
/// and `@list.txt` (a path a line, relative to the working folder; blank lines are skipped), in the
/// order given; those of a folder sorted by path.
///
/// What does not exist, and a folder without pictures, stands in the list as it was named: decoding
/// it says so.
final class ImageInputs {
    private static final Set<String> PICTURE_ENDINGS =
            Set.of("jpg", "jpeg", "png", "tif", "tiff", "gif", "bmp");

    private ImageInputs() {}

    /// Hands the path of each picture to `sink`; no more than one folder's are in memory.
    static void forEach(List<String> names, InputSink sink) throws IOException {
        for (String name : names) {
            if (!name.startsWith("@")) {
                add(name, sink);
                continue;
            }
            try (BufferedReader lines = Files.newBufferedReader(Path.of(name.substring(1)))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (!line.isBlank()) add(line.strip(), sink);
                }
            }
        }
    }

    /// All of them.
    static List<Path> list(List<String> names) throws IOException {
        List<Path> files = new ArrayList<>();
        forEach(names, name -> files.add(Path.of(name)));
        return files;
    }

    private static void add(String name, InputSink sink) throws IOException {
        Path path = Path.of(name);
        List<Path> found = Files.isDirectory(path) ? pictures(path) : List.of();
        if (found.isEmpty()) sink.accept(name);
        for (Path file : found) sink.accept(file.toString());
    }

    /// The files below `folder` with a picture's ending, sorted by path.
    private static List<Path> pictures(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return tree.filter(Files::isRegularFile)
                    .filter(file -> PICTURE_ENDINGS.contains(ending(file)))
                    .sorted()
                    .toList();
        }
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
