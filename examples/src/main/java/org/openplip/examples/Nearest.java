package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.Embeddings;
import org.openplip.Plip;

/// The pictures that come closest to a phrase, in memory: `CHECKPOINT PHRASE PICTURE...`
final class Nearest {
    private Nearest() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        String phrase = arguments[1];
        List<Path> files = Stream.of(arguments).skip(2).map(Path::of).toList();
        // show
        try (Plip plip = Plip.load(checkpoint)) {
            float[] query = plip.encodeTexts(List.of(phrase))[0]; // [width]
            float[][] images = plip.encodeImages(files); // [n, width]
            for (Embeddings.Neighbour hit : Embeddings.nearest(query, images, 3)) {
                System.out.printf(
                        "%.4f %s%n", hit.similarity(), files.get(hit.row()).getFileName());
            }
        }
        // end
    }
}
