package org.openplip.openpath;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.openplip.io.DataException;

/// The lists that ship with the rules: one entry a line, lines with `#` are remarks.
public final class WordList {
    private WordList() {}

    /// The paper's 32 hashtags in lower case.
    public static List<String> hashtags() throws IOException {
        return read("hashtags.txt");
    }

    /// The words of which a reply must hold one, in lower case.
    public static List<String> pathologyKeywords() throws IOException {
        return read("pathology-keywords.txt");
    }

    private static List<String> read(String name) throws IOException {
        try (InputStream in = WordList.class.getResourceAsStream(name)) {
            if (in == null) throw new DataException(name, null, "is not on the class path", null);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> line.strip().toLowerCase(Locale.ROOT))
                    .toList();
        }
    }
}
