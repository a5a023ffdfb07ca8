package org.openplip.openpath;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Where a picture of a release stands, for whoever keeps it beside something else: a shard and the
/// name in it, told as `SHARD.tar!/NAME`. Stays right when a takedown moves it within its shard.
public record ShardPicture(Path shard, String name) {
    private static final String MARK = "!/";

    /// What [#toString] told, or null if it is a file of its own.
    public static @Nullable ShardPicture parse(String told) {
        int mark = told.lastIndexOf(".tar" + MARK);
        if (mark < 0) return null;
        int end = mark + ".tar".length();
        return new ShardPicture(
                Path.of(told.substring(0, end)), told.substring(end + MARK.length()));
    }

    /// The picture's file, or null if it is no longer there.
    ///
    /// @throws DataException if the shard is damaged
    public byte @Nullable [] read() throws IOException {
        if (!Files.isRegularFile(shard)) return null;
        try (TarFile tar = new TarFile(shard)) {
            for (TarArchiveEntry entry : tar.getEntries()) {
                if (!entry.getName().equals(name)) continue;
                try (InputStream in = tar.getInputStream(entry)) {
                    return in.readAllBytes();
                }
            }
            return null;
        } catch (IOException | RuntimeException e) {
            throw new DataException(
                    shard.toString(), name, "cannot be read as tar: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return shard + MARK + name;
    }
}
