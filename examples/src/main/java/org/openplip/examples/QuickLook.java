package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.Embeddings;
import org.openplip.Plip;
import org.openplip.Prediction;
import org.openplip.Prompts;

/// The whole of the library in a few lines: `CHECKPOINT PICTURE...`
final class QuickLook {
    private QuickLook() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        List<Path> files = Stream.of(arguments).skip(1).map(Path::of).toList();
        // show
        try (Plip plip = Plip.load(checkpoint)) {
            float[][] images = plip.encodeImages(files); // [n, width], unit length
            float[][] texts = plip.encodeTexts(List.of("an H&E image of mucus")); // [1, width]
            float[][] cosines = Embeddings.similarity(images, texts); // [n, 1]

            List<Prediction> labels =
                    plip.zeroShot(
                            files,
                            List.of("tumor", "normal"),
                            Prompts.of("An H&E image patch of {} tissue."));
            for (int i = 0; i < files.size(); i++) {
                System.out.printf(
                        "%s: %s (%.2f); mucus %.2f%n",
                        files.get(i),
                        labels.get(i).label(),
                        labels.get(i).probability(),
                        cosines[i][0]);
            }
        }
        // end
    }
}
