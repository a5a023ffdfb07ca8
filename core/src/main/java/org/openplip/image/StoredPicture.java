package org.openplip.image;

import java.nio.file.Path;
import org.openplip.io.DataException;

/// A picture at rest, decoded when it is asked for: a file, or a part of one, such as a page of an
/// array.
public interface StoredPicture {
    /// The file that holds it, alone or with others.
    Path file();

    /// The picture. Called on several threads at once.
    ///
    /// @throws DataException if it cannot be read
    RgbImage decode() throws DataException;

    /// A picture in a file of its own, read by [ImageDecoder#decode(Path)].
    static StoredPicture of(Path file) {
        return new PictureFile(file);
    }
}
