package org.openplip.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// The pictures that a command line names.
///
/// @param files in the order given; those of a folder sorted by path
/// @param leftOut names that stand for no picture, with the reason
record ImageInputs(List<Path> files, List<LeftOut> leftOut) {
    /// An input that gave no result, and why.
    record LeftOut(String input, String reason) {}

    private static final Set<String> PICTURE_ENDINGS =
            Set.of("jpg", "jpeg", "png", "tif", "tiff", "gif", "bmp");

    /// Expands files, folders (searched whole for the usual endings) and `@list.txt` (a path a
    /// line, relative to the working folder; blank lines are skipped).
    static ImageInputs of(List<String> names) throws IOException {
        List<Path> files = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>();
        for (String name : names) {
            if (name.startsWith("@")) {
                for (String line : Files.readAllLines(Path.of(name.substring(1)))) {
                    if (!line.isBlank()) add(line.strip(), files, leftOut);
                }
            } else {
                add(name, files, leftOut);
            }
        }
        return new ImageInputs(files, leftOut);
    }

    private static void add(String name, List<Path> files, List<LeftOut> leftOut)
            throws IOException {
        Path path = Path.of(name);
        if (!Files.exists(path)) {
            leftOut.add(new LeftOut(name, "no such file or folder"));
        } else if (Files.isDirectory(path)) {
            List<Path> found = pictures(path);
            if (found.isEmpty()) leftOut.add(new LeftOut(name, "the folder holds no pictures"));
            files.addAll(found);
        } else {
            files.add(path);
        }
    }

    /// The files below `folder` with a picture's ending, sorted by path.
    static List<Path> pictures(Path folder) throws IOException {
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
