package org.openplip.train.source;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A row of a source that is a pair.
///
/// @param name of the picture in messages
/// @param picture what rows of one picture with several captions share
/// @param split as the row says; null where it says nothing
/// @param group whose rows are never parted between training and validation, and are near
///   duplicates of each other
/// @param size of the picture's file, in bytes
/// @param file of the picture
record PairRow(
        String name,
        String picture,
        String caption,
        @Nullable Split split,
        String group,
        long size,
        PictureFile file) {

    /// What a row is for.
    enum Split {
        TRAIN,
        VALIDATION,
        TEST
    }

    /// The row of source `number`, told from rows of others by it.
    PairRow of(int number) {
        String prefix = number + ":";
        return new PairRow(name, prefix + picture, caption, split, prefix + group, size, file);
    }

    /// Reads a picture's file, whichever way it is kept. Safe to call from several threads.
    @FunctionalInterface
    interface PictureFile {
        byte[] read() throws IOException;
    }
}
