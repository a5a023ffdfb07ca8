package org.openplip.image;

import java.nio.file.Path;
import org.openplip.io.DataException;

/// A picture in a file of its own.
record PictureFile(Path file) implements StoredPicture {
    @Override
    public RgbImage decode() throws DataException {
        return ImageDecoder.decode(file);
    }
}
