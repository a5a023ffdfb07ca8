package org.openplip.io;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Data that cannot be used: which file, where in it, and why. The one exception type for bad
/// input; its message is a single line fit for a terminal.
public final class DataException extends IOException {
    private final String source;
    private final @Nullable String position;
    private final String reason;

    public DataException(Path source, String reason) {
        this(source.toString(), null, reason, null);
    }

    public DataException(Path source, String position, String reason) {
        this(source.toString(), position, reason, null);
    }

    /// @param source the file's path, or another name that finds the data
    /// @param position where in the file (`line 12`, `byte 40`, a tensor's name), or null
    /// @param reason what is wrong, without a full stop
    public DataException(
            String source, @Nullable String position, String reason, @Nullable Throwable cause) {
        super(oneLine(source + ": " + (position == null ? "" : position + ": ") + reason), cause);
        this.source = source;
        this.position = position;
        this.reason = oneLine(reason);
    }

    /// `text`, in which what a file holds may be quoted, with `?` for what would end the line or
    /// steer the terminal.
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cc}", "?");
    }

    public String source() {
        return source;
    }

    public @Nullable String position() {
        return position;
    }

    public String reason() {
        return reason;
    }
}
