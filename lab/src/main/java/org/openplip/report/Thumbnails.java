package org.openplip.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;

/// Small square pictures as `data:` addresses, each made once.
final class Thumbnails {
    private static final int SIDE = 160;

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
            BufferedImage picture = ImageIO.read(root.resolve(file).toFile());
            if (picture == null) return Optional.empty();
            int side = Math.min(picture.getWidth(), picture.getHeight());
            int x = (picture.getWidth() - side) / 2;
            int y = (picture.getHeight() - side) / 2;
            BufferedImage small = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = small.createGraphics();
            graphics.setRenderingHint(
                    RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            graphics.drawImage(picture, 0, 0, SIDE, SIDE, x, y, x + side, y + side, null);
            graphics.dispose();
            ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
            ImageIO.write(small, "jpeg", jpeg);
            return Optional.of(
                    "data:image/jpeg;base64,"
                            + Base64.getEncoder().encodeToString(jpeg.toByteArray()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
