package org.openplip.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.spi.ImageWriterSpi;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/// Encodes pictures as JPEG and PNG. Thread-safe; nothing is written to disk.
public final class ImageEncoder {
    private static final ImageWriterSpi JPEG = Providers.writer("com.sun.imageio.plugins.jpeg.");
    private static final ImageWriterSpi PNG = Providers.writer("com.sun.imageio.plugins.png.");

    private ImageEncoder() {}

    /// A baseline JFIF JPEG, YCbCr with chroma halved both ways (4:2:0).
    ///
    /// @param quality 0 to 100 on libjpeg's scale
    public static byte[] jpeg(RgbImage image, int quality) {
        if (quality < 0 || quality > 100) {
            throw new IllegalArgumentException("quality: expected 0 to 100, got " + quality);
        }
        return encode(JPEG, image, quality / 100f);
    }

    /// A PNG of 8-bit RGB.
    public static byte[] png(RgbImage image) {
        return encode(PNG, image, null);
    }

    private static byte[] encode(ImageWriterSpi provider, RgbImage image, @Nullable Float quality) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriter writer = provider.createWriterInstance();
            try {
                writer.setOutput(out);
                ImageWriteParam parameters = writer.getDefaultWriteParam();
                if (quality != null) {
                    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                    parameters.setCompressionQuality(quality);
                }
                BufferedImage drawn = image.toBufferedImage();
                writer.write(null, new IIOImage(drawn, null, null), parameters);
            } finally {
                writer.dispose();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("encoding in memory failed", e);
        }
        return bytes.toByteArray();
    }
}
