package org.openplip.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openplip.io.DataException;

/// Text files of one caption a line.
final class Captions {
    private Captions() {}

    /// Every line, empty ones too, so that line i is row i.
    ///
    /// @throws DataException if the file is not UTF-8
    static List<String> read(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (MalformedInputException _) {
            throw new DataException(file, "is not text in UTF-8");
        }
    }
}
