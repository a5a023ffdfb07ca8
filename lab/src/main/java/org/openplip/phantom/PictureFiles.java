package org.openplip.phantom;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;

/// Pictures as files that say what they are: each JPEG has a comment segment, each PNG a `tEXt`
/// chunk, with [PhantomTissue#NOTICE].
final class PictureFiles {
    private static final int PNG_HEADER_END = 8 + 12 + 13;

    private PictureFiles() {}

    /// @param quality 0 to 100
    static byte[] jpeg(RgbImage image, int quality) {
        byte[] bytes = ImageEncoder.jpeg(image, quality);
        // After the JFIF segment, which must come first.
        int at = 2;
        if ((bytes[3] & 0xff) == 0xe0) at = 4 + ((bytes[4] & 0xff) << 8 | (bytes[5] & 0xff));
        byte[] notice = PhantomTissue.NOTICE.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer segment = ByteBuffer.allocate(notice.length + 4);
        segment.putShort((short) 0xfffe).putShort((short) (notice.length + 2)).put(notice);
        return insert(bytes, at, segment.array());
    }

    static byte[] png(RgbImage image) {
        byte[] bytes = ImageEncoder.png(image);
        byte[] text =
                ("tEXtComment\0" + PhantomTissue.NOTICE).getBytes(StandardCharsets.ISO_8859_1);
        CRC32 check = new CRC32();
        check.update(text);
        ByteBuffer chunk = ByteBuffer.allocate(text.length + 8);
        chunk.putInt(text.length - 4).put(text).putInt((int) check.getValue());
        return insert(bytes, PNG_HEADER_END, chunk.array());
    }

    /// The same picture as people pass it on: trimmed by up to 3 % a side, scaled to 78-122 %,
    /// brighter or darker by up to 6 %, encoded anew.
    static byte[] passedOn(RgbImage image, SplittableRandom random) {
        int width = image.width();
        int height = image.height();
        int left = random.nextInt(width * 3 / 100 + 1);
        int top = random.nextInt(height * 3 / 100 + 1);
        int right = random.nextInt(width * 3 / 100 + 1);
        int bottom = random.nextInt(height * 3 / 100 + 1);
        double scale = random.nextDouble(0.78, 1.22);
        BufferedImage scaled =
                new BufferedImage(
                        (int) (width * scale), (int) (height * scale), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(
                image.toBufferedImage(),
                0,
                0,
                scaled.getWidth(),
                scaled.getHeight(),
                left,
                top,
                width - right,
                height - bottom,
                null);
        graphics.dispose();
        RgbImage changed = RgbImage.of(scaled);
        double brightness = random.nextDouble(0.94, 1.06);
        byte[] pixels = changed.pixels();
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) Math.min(255, Math.round((pixels[i] & 0xff) * brightness));
        }
        return jpeg(changed, random.nextInt(60, 92));
    }

    private static byte[] insert(byte[] bytes, int at, byte[] what) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + what.length);
        System.arraycopy(bytes, at, longer, at + what.length, bytes.length - at);
        System.arraycopy(what, 0, longer, at, what.length);
        return longer;
    }
}
