package org.openplip.report;

import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// Small square pictures as `data:` addresses, each made once.
final class Thumbnails {
    private static final int SIDE = 144;
    private static final int JPEG_QUALITY = 80;

    private final Path root;
    private final Map<String, Optional<String>> made = new HashMap<>();

    Thumbnails(Path root) {
        this.root = root;
    }

    /// The centre square of `file`, or nothing where it cannot be read any more.
    Optional<String> address(String file) {
        return made.computeIfAbsent(file, this::make);
    }

    private Optional<String> make(String file) {
        try {
            RgbImage picture = ImageDecoder.decode(root.resolve(file));
            int side = Math.min(picture.width(), picture.height());
            RgbImage square =
                    picture.crop(
                            (picture.width() - side) / 2,
                            (picture.height() - side) / 2,
                            side,
                            side);
            byte[] jpeg = ImageEncoder.jpeg(Resampler.bicubic(square, SIDE, SIDE), JPEG_QUALITY);
            return Optional.of(
                    "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg));
        } catch (DataException e) {
            return Optional.empty();
        }
    }
}
