package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;

/// Files that tests put into small data sets.
final class Pictures {
    private Pictures() {}

    /// The value of a pixel at a place.
    interface Shade {
        int at(int x, int y);
    }

    static RgbImage grey(int width, int height, Shade shade) {
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            Arrays.fill(pixels, 3 * i, 3 * i + 3, (byte) shade.at(i % width, i / width));
        }
        return new RgbImage(width, height, pixels);
    }

    /// Pixels that follow from the size, as `make.py` makes them.
    static RgbImage patterned(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        int state = width * 65537 + height;
        for (int i = 0; i < pixels.length; i++) {
            state = state * 1664525 + 1013904223;
            pixels[i] = (byte) (state >>> 24);
        }
        return new RgbImage(width, height, pixels);
    }

    /// A PNG, whatever the file is called; parent folders are made.
    static Path write(Path file, RgbImage picture) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.write(file, ImageEncoder.png(picture));
    }

    /// Files of one byte, which count as pictures until they are opened.
    static void empty(Path folder, String... names) throws IOException {
        for (String name : names) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, new byte[] {0});
        }
    }

    static StoredPicture none() {
        return StoredPicture.of(Path.of("none.png"));
    }

    /// A `.npy` file of little-endian numbers.
    ///
    /// @param type `<f8` or `|u1`
    static void npy(Path file, String type, double[] values, long... shape) throws IOException {
        boolean bytes = type.equals("|u1");
        byte[] whole = new byte[bytes ? values.length : 8 * values.length];
        ByteBuffer data = data(whole);
        for (double value : values) {
            if (bytes) {
                data.put((byte) (int) value);
            } else {
                data.putDouble(value);
            }
        }
        write(file, type, whole, shape);
    }

    /// A `.npy` file of texts.
    static void npy(Path file, String... texts) throws IOException {
        int longest = Arrays.stream(texts).mapToInt(String::length).max().orElse(1);
        byte[] whole = new byte[4 * longest * texts.length];
        ByteBuffer data = data(whole);
        for (String text : texts) {
            for (int i = 0; i < longest; i++) data.putInt(i < text.length() ? text.charAt(i) : 0);
        }
        write(file, "<U" + longest, whole, texts.length);
    }

    private static ByteBuffer data(byte[] whole) {
        return ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(Path file, String type, byte[] data, long... shape)
            throws IOException {
        String sides =
                Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
        String text =
                "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }\n"
                        .formatted(type, sides);
        byte[] bytes = new byte[10 + text.length() + data.length];
        ByteBuffer whole = data(bytes);
        whole.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        whole.putShort((short) text.length()).put(text.getBytes(StandardCharsets.ISO_8859_1));
        Files.createDirectories(file.getParent());
        whole.put(data);
        Files.write(file, bytes);
    }
}
