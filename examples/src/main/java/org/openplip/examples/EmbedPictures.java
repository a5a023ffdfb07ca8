package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.Plip;
import org.openplip.io.Npy;
import org.openplip.model.Precision;

/// Pictures to a matrix for NumPy, computed in bfloat16: `CHECKPOINT OUT.npy PICTURE...`
final class EmbedPictures {
    private EmbedPictures() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        Path out = Path.of(arguments[1]);
        List<Path> files = Stream.of(arguments).skip(2).map(Path::of).toList();
        // show
        try (Plip plip = Plip.load(checkpoint, Precision.BF16, Plip.BATCH)) {
            float[][] images = plip.encodeImages(files); // [n, width]
            Npy.write(out, List.of(images), plip.width());
            System.out.printf("%d pictures x %d%n", images.length, plip.width());
        }
        // end
    }
}
