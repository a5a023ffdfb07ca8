package org.openplip;

import java.nio.file.Path;

/// What became of one file of a stream.
public sealed interface ImageResult {
    /// The file's place in the stream, from 0.
    long row();

    Path file();

    /// The file was encoded.
    ///
    /// @param embedding float32 `[width]`
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody; the receiver's own
    record Embedded(long row, Path file, float[] embedding) implements ImageResult {}

    /// The file was left out.
    ///
    /// @param reason one line, without the file's name
    record Unreadable(long row, Path file, String reason) implements ImageResult {}
}
