package org.openplip.evaluate.data;

import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;

/// An array `uint8 [n, ..]` of an HDF5 file, of which rows are read as they are asked for.
final class HdfPictures implements Closeable {
    private final Path file;
    private final HdfFile hdf;
    private final Dataset array;
    private final int[] shape;

    private HdfPictures(Path file, HdfFile hdf, Dataset array) {
        this.file = file;
        this.hdf = hdf;
        this.array = array;
        this.shape = array.getDimensions();
    }

    /// Opens the array `name`; whoever opens it closes it.
    ///
    /// @param rest what the axes after the first must be; -1 for any length
    /// @throws DataException if the file is missing, damaged, or holds another kind of array
    static HdfPictures open(Path file, String name, int... rest) throws DataException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        HdfFile hdf = null;
        HdfPictures opened = null;
        try {
            hdf = new HdfFile(file);
            HdfPictures pictures = new HdfPictures(file, hdf, hdf.getDatasetByPath(name));
            pictures.check(name, rest);
            opened = pictures;
            return opened;
        } catch (RuntimeException e) {
            throw damaged(file, name, e);
        } finally {
            if (opened == null && hdf != null) hdf.close();
        }
    }

    private void check(String name, int[] rest) throws DataException {
        boolean fits = shape.length == rest.length + 1 && array.getDataType().getSize() == 1;
        for (int i = 0; fits && i < rest.length; i++) {
            fits = rest[i] < 0 ? shape[i + 1] > 0 : rest[i] == shape[i + 1];
        }
        if (fits) return;
        throw new DataException(
                file,
                name,
                "expected bytes [n, %s], got %s of %d bytes"
                        .formatted(text(rest), text(shape), array.getDataType().getSize()));
    }

    private static String text(int[] shape) {
        StringBuilder text = new StringBuilder();
        for (int side : shape) {
            text.append(text.isEmpty() ? "" : ", ").append(side < 0 ? "any" : "" + side);
        }
        return text.toString();
    }

    private static DataException damaged(Path file, String place, RuntimeException e) {
        return new DataException(
                file.toString(), place, "cannot be read as HDF5: " + e.getMessage(), e);
    }

    int rows() {
        return shape[0];
    }

    /// The bytes of `count` rows from `row` on, in C order. One thread at a time reads.
    synchronized byte[] rows(int row, int count) throws DataException {
        long[] from = new long[shape.length];
        from[0] = row;
        int[] part = shape.clone();
        part[0] = count;
        int size = 1;
        for (int side : part) size = Math.multiplyExact(size, side);
        byte[] bytes = new byte[size];
        try {
            int written = flatten(array.getData(from, part), bytes, 0);
            if (written == size) return bytes;
        } catch (RuntimeException e) {
            throw damaged(file, "row " + row, e);
        }
        throw new DataException(file, "row " + row, "is cut short");
    }

    /// Copies nested arrays of bytes, or of the wider numbers that unsigned bytes are given as.
    private static int flatten(Object nested, byte[] to, int at) {
        return switch (nested) {
            case byte[] bytes -> {
                System.arraycopy(bytes, 0, to, at, bytes.length);
                yield at + bytes.length;
            }
            case int[] numbers -> {
                for (int number : numbers) to[at++] = (byte) number;
                yield at;
            }
            case Object[] parts -> {
                for (Object part : parts) at = flatten(part, to, at);
                yield at;
            }
            default -> throw new IllegalStateException("got " + nested.getClass());
        };
    }

    /// Row `row` of `[n, height, width, 3]` as a picture.
    StoredPicture picture(int row) {
        return new StoredPicture() {
            @Override
            public Path file() {
                return file;
            }

            @Override
            public RgbImage decode() throws DataException {
                return new RgbImage(shape[2], shape[1], rows(row, 1));
            }
        };
    }

    @Override
    public void close() {
        hdf.close();
    }
}
