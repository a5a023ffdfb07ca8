package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.Plip;
import org.openplip.Prediction;
import org.openplip.Prompts;

/// Which label fits each picture best, by the mean of several prompts: `CHECKPOINT PICTURE...`
final class ZeroShot {
    private ZeroShot() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        List<Path> files = Stream.of(arguments).skip(1).map(Path::of).toList();
        // show
        List<String> labels = List.of("tumor", "normal", "mucus");
        Prompts prompts =
                Prompts.of("An H&E image patch of {} tissue.", "A histopathology image of {}.");
        try (Plip plip = Plip.load(checkpoint)) {
            for (Prediction said : plip.zeroShot(files, labels, prompts)) {
                System.out.printf("%s %s%n", said.label(), said.probabilities());
            }
        }
        // end
    }
}
