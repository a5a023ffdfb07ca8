package org.openplip.image;

import java.awt.image.Raster;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/// Decodes the JPEG 2000 codestreams in Aperio's tiles.
final class Jpeg2000 {
    private static final ImageReaderSpi PROVIDER =
            Providers.reader("com.github.jaiimageio.jpeg2000.");

    private Jpeg2000() {}

    /// The picture in `codestream`, of three 8-bit components.
    static RgbImage decode(byte[] codestream, boolean ycbcr) throws IOException {
        ImageReader reader = PROVIDER.createReaderInstance();
        try (ByteArrayImageInput input = new ByteArrayImageInput(codestream)) {
            reader.setInput(input, true, true);
            Raster raster = reader.readRaster(0, null);
            int width = raster.getWidth();
            int height = raster.getHeight();
            int bands = raster.getNumBands();
            if (bands != 3) throw new IOException("expected 3 components, found " + bands);
            byte[] pixels = new byte[3 * width * height];
            int[] row = new int[3 * width];
            for (int y = 0, o = 0; y < height; y++) {
                raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
                for (int i = 0; i < row.length; i += 3) {
                    int rgb =
                            ycbcr
                                    ? Jpeg.ycc(row[i], row[i + 1], row[i + 2])
                                    : row[i] << 16 | row[i + 1] << 8 | row[i + 2];
                    pixels[o++] = (byte) (rgb >> 16);
                    pixels[o++] = (byte) (rgb >> 8);
                    pixels[o++] = (byte) rgb;
                }
            }
            return new RgbImage(width, height, pixels);
        } finally {
            reader.dispose();
        }
    }
}
