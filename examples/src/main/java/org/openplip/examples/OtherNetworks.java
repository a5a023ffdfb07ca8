package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.PictureEncoder;

/// Pictures by a network that knows no captions, such as a DenseNet: `FILE.pth PICTURE...`
final class OtherNetworks {
    private OtherNetworks() {}

    public static void main(String[] arguments) throws IOException {
        Path network = Path.of(arguments[0]);
        List<Path> files = Stream.of(arguments).skip(1).map(Path::of).toList();
        // show
        try (PictureEncoder encoder = PictureEncoder.open(network)) {
            float[][] images = encoder.rawImages(files); // [n, width], as the network gives them
            System.out.printf("%d pictures x %d%n", images.length, encoder.width());
        }
        // end
    }
}
