package org.openplip;

import java.nio.file.Path;

/// What became of one file of a list.
public sealed interface ImageResult {
    /// The file's place in the list, from 0.
    int row();

    Path file();

    /// The file was encoded.
    ///
    /// @param embedding float32 `[width]`, of unit length
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody; the receiver's own
    record Embedded(int row, Path file, float[] embedding) implements ImageResult {}

    /// The file was left out.
    ///
    /// @param reason one line, without the file's name
    record Unreadable(int row, Path file, String reason) implements ImageResult {}
}
