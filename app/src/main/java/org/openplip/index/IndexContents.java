package org.openplip.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// `index.json`: what an index holds, for whoever serves it.
///
/// @param checkpoint of the weights that made the embeddings, by [org.openplip.Checkpoint#sha256]
/// @param notice what people must know about the pictures; empty for none
public record IndexContents(
        String checkpoint,
        String notice,
        long pictures,
        long tiles,
        long tilesWithoutTissue,
        List<IndexedSlide> slides,
        List<LeftOut> leftOut) {
    private static final String NAME = "index.json";

    /// A slide whose tiles are in the index, as their `source`.
    public record IndexedSlide(String source, String path) {}

    public IndexContents {
        slides = List.copyOf(slides);
        leftOut = List.copyOf(leftOut);
    }

    /// What the index in `folder` says of itself.
    ///
    /// @throws DataException if it says nothing
    public static IndexContents read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!existsIn(folder)) throw new DataException(file, "is missing; index again");
        return Json.read(file, IndexContents.class);
    }

    /// Whether the index in `folder` says what it holds; one that a program made need not.
    static boolean existsIn(Path folder) {
        return Files.isRegularFile(folder.resolve(NAME));
    }

    void write(Path folder) throws IOException {
        Json.write(folder.resolve(NAME), this);
    }

    IndexContents withPictures(long number) {
        return new IndexContents(
                checkpoint, notice, number, tiles, tilesWithoutTissue, slides, leftOut);
    }

    /// In one line.
    @Override
    public String toString() {
        return "%d pictures and %d tiles (%d tiles without tissue left out)"
                .formatted(pictures, tiles, tilesWithoutTissue);
    }
}
