package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.openplip.ImageResult;
import org.openplip.Plip;

/// All files of a folder, however many, the unreadable ones with their reason: `CHECKPOINT FOLDER`
final class StreamFolder {
    private StreamFolder() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        Path folder = Path.of(arguments[1]);
        // show
        LongAdder embedded = new LongAdder();
        try (Plip plip = Plip.load(checkpoint);
                Stream<Path> files = Files.walk(folder).filter(Files::isRegularFile);
                Stream<ImageResult> results = plip.encodeImages(files)) {
            results.forEach(
                    result -> {
                        switch (result) {
                            case ImageResult.Embedded(long _, Path _, float[] _) ->
                                    embedded.increment(); // or write the embedding somewhere
                            case ImageResult.Unreadable(long _, Path file, String reason) ->
                                    System.out.println(file.getFileName() + ": " + reason);
                        }
                    });
        }
        System.out.println(embedded.sum() + " embedded");
        // end
    }
}
