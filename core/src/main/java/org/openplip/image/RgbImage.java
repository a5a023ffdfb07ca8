package org.openplip.image;

import java.awt.image.BufferedImage;

/// A picture of 8-bit sRGB: `uint8 [height, width, 3]`, rows from the top, no padding.
///
/// The array is not copied in or out; whoever makes the picture gives it away. Safe to share
/// between threads as long as nobody writes into `pixels`.
///
/// @param pixels red, green, blue of each pixel; `width * height * 3` bytes
@SuppressWarnings("ArrayRecordComponent") // pixels are compared by nobody and too large to copy
public record RgbImage(int width, int height, byte[] pixels) {
    public RgbImage {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "width and height: expected at least 1, got " + width + " x " + height);
        }
        if (pixels.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "pixels: expected %d bytes for %d x %d, got %d"
                            .formatted(3L * width * height, width, height, pixels.length));
        }
    }

    /// The pixel at column `x` and row `y` as `0xRRGGBB`.
    public int rgb(int x, int y) {
        int i = 3 * (y * width + x);
        return (pixels[i] & 0xff) << 16 | (pixels[i + 1] & 0xff) << 8 | (pixels[i + 2] & 0xff);
    }

    /// The rectangle of `cropWidth` x `cropHeight` whose upper left corner is at `x`, `y`; this
    /// very picture if that is all of it.
    ///
    /// @throws IllegalArgumentException if the rectangle leaves the picture
    public RgbImage crop(int x, int y, int cropWidth, int cropHeight) {
        if (x < 0 || y < 0 || x + cropWidth > width || y + cropHeight > height) {
            throw new IllegalArgumentException(
                    "crop: %d x %d at (%d, %d) leaves the picture of %d x %d"
                            .formatted(cropWidth, cropHeight, x, y, width, height));
        }
        if (cropWidth == width && cropHeight == height) return this;
        byte[] cropped = new byte[3 * cropWidth * cropHeight];
        for (int row = 0; row < cropHeight; row++) {
            System.arraycopy(
                    pixels,
                    3 * ((y + row) * width + x),
                    cropped,
                    3 * row * cropWidth,
                    3 * cropWidth);
        }
        return new RgbImage(cropWidth, cropHeight, cropped);
    }

    /// A copy as `TYPE_INT_RGB`, for drawing and encoding.
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) row[x] = rgb(x, y);
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    /// A copy of a drawn picture in sRGB; alpha is dropped, not blended.
    public static RgbImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[3 * width * height];
        int[] row = new int[width];
        int i = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int rgb : row) {
                pixels[i++] = (byte) (rgb >> 16);
                pixels[i++] = (byte) (rgb >> 8);
                pixels[i++] = (byte) rgb;
            }
        }
        return new RgbImage(width, height, pixels);
    }
}
