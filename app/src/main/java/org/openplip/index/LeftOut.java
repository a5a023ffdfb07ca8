package org.openplip.index;

import java.nio.file.Files;
import org.openplip.ImageResult;

/// An input that gave no result, and why.
public record LeftOut(String input, String reason) {
    /// A picture that could not be encoded.
    public static LeftOut of(ImageResult.Unreadable bad) {
        // Folders are searched for pictures; one that is left had none.
        return new LeftOut(
                bad.file().toString(),
                Files.isDirectory(bad.file()) ? "the folder holds no pictures" : bad.reason());
    }
}
