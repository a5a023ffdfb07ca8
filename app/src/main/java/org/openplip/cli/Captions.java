package org.openplip.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openplip.io.DataException;

/// Text files of one caption a line.
final class Captions {
    private Captions() {}

    /// Hands every line to `sink`, empty ones too, so that line i is row i.
    ///
    /// @throws DataException if the file is not UTF-8
    static void forEach(Path file, InputSink sink) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                sink.accept(line);
            }
        } catch (MalformedInputException _) {
            throw new DataException(file, "is not text in UTF-8");
        }
    }
}
