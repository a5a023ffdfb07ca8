package org.openplip.evaluate.data;

import java.nio.file.Path;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;

/// A picture at the 224 x 224 pixels at which the published code stored every picture of its data
/// sets (`prepare_dataset_to_csv.py`).
///
/// A square picture is resized, bicubic as Pillow does since version 7. Of another, the shorter
/// side is resized to 224 and the middle cut out, but the cut's place is reckoned from the size
/// before the resizing: it lies too far to the right and too low, or too far to the left and too
/// high for pictures below 224 pixels, and is black where it leaves the picture. This is their
/// mistake, kept so that numbers can be compared.
record PaperSize(StoredPicture whole) implements StoredPicture {
    private static final int SIDE = 224;

    @Override
    public Path file() {
        return whole.file();
    }

    @Override
    public RgbImage decode() throws DataException {
        return apply(whole.decode());
    }

    static RgbImage apply(RgbImage image) {
        int width = image.width();
        int height = image.height();
        if (width == height) return Resampler.bicubic(image, SIDE, SIDE);
        double scale = (double) SIDE / Math.min(width, height);
        RgbImage resized =
                Resampler.bicubic(
                        image,
                        Math.max(1, (int) (width * scale)),
                        Math.max(1, (int) (height * scale)));
        // Pillow rounds the corners of a crop half to even, as Python does.
        return cut(
                resized,
                (int) Math.rint((width - SIDE) / 2.0),
                (int) Math.rint((height - SIDE) / 2.0));
    }

    /// 224 x 224 pixels from column `left` and row `top` on, black beyond the picture.
    private static RgbImage cut(RgbImage image, int left, int top) {
        byte[] pixels = new byte[3 * SIDE * SIDE];
        int first = Math.clamp(-left, 0, SIDE);
        int last = Math.clamp((long) image.width() - left, first, SIDE);
        for (int y = 0; y < SIDE; y++) {
            int row = top + y;
            if (row < 0 || row >= image.height() || last == first) continue;
            System.arraycopy(
                    image.pixels(),
                    3 * (row * image.width() + left + first),
                    pixels,
                    3 * (y * SIDE + first),
                    3 * (last - first));
        }
        return new RgbImage(SIDE, SIDE, pixels);
    }
}
