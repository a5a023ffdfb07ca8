package org.openplip.evaluate.data;

import java.nio.file.Path;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.io.NpyArray;

/// A row `[height, width, 3]` of an array of pictures, its numbers turned into bytes as NumPy's
/// `astype(uint8)` does: cut to whole numbers, of which the lowest eight bits stay.
record ArrayPage(NpyArray pages, long row) implements StoredPicture {
    @Override
    public Path file() {
        return pages.file();
    }

    @Override
    public RgbImage decode() throws DataException {
        long[] shape = pages.rowShape();
        double[] values = new double[Math.toIntExact(shape[0] * shape[1] * shape[2])];
        pages.row(row, values);
        byte[] pixels = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                throw new DataException(file(), "row " + row, "has a pixel that is no number");
            }
            pixels[i] = (byte) (long) values[i];
        }
        return new RgbImage((int) shape[1], (int) shape[0], pixels);
    }
}
