package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;
import org.openplip.Plip;

/// A file of captions, one a line, however many: `CHECKPOINT CAPTIONS.txt`
final class EmbedCaptions {
    private EmbedCaptions() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        Path captions = Path.of(arguments[1]);
        // show
        try (Plip plip = Plip.load(checkpoint);
                Stream<String> lines = Files.lines(captions);
                Stream<float[]> embeddings = plip.encodeTexts(lines)) {
            int row = 0;
            for (Iterator<float[]> all = embeddings.iterator(); all.hasNext(); row++) {
                float[] embedding = all.next(); // [width]
                System.out.printf(
                        "%d: %d numbers, first %.4f%n", row, embedding.length, embedding[0]);
            }
        }
        // end
    }
}
