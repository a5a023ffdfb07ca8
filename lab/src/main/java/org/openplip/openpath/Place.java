package org.openplip.openpath;

import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;

/// Where a post stood.
///
/// @param file its number among the files of posts
/// @param line from 1
record Place(int file, long line) {
    /// In the order of places.
    void encode(Encoder to) {
        to.int32(file).int64(line);
    }

    static Place decode(Decoder from) {
        return new Place(from.int32(), from.int64());
    }
}
