package org.openplip.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openplip.evaluate.data.DataSet;
import org.openplip.evaluate.data.PictureTable;
import org.openplip.evaluate.data.Sample;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.openpath.Release;

/// Pictures to be indexed, with what is known of them.
public sealed interface PictureSource {
    /// The items' `source`, and the first part of their ids.
    String name();

    /// Picture files.
    ///
    /// @param notice what people must know about them; empty for none
    record Listed(String name, String notice, List<Sample> samples) implements PictureSource {}

    /// The pairs of a release, read from its shards.
    record Released(String name, Path folder) implements PictureSource {}

    /// The pictures of a table `image,label,caption`, called by its file's name.
    static PictureSource table(Path file) throws IOException {
        DataSet set = PictureTable.read(file);
        // Phantoms say that they are drawings.
        Path world = file.toAbsolutePath().resolveSibling("world.json");
        return new Listed(
                String.valueOf(file.getFileName()).replaceFirst("\\.[^.]+$", ""),
                Files.exists(world) ? Json.read(world).path("notice").asText("") : "",
                set.samples());
    }

    /// Pictures of which nothing is known.
    static PictureSource files(List<Path> files) {
        return new Listed(
                "pictures",
                "",
                files.stream()
                        .map(
                                file ->
                                        new Sample(
                                                file.toString(),
                                                StoredPicture.of(file),
                                                null,
                                                null))
                        .toList());
    }

    /// The release in a folder, called by the folder's name.
    ///
    /// @throws DataException if there is none
    static PictureSource release(Path folder) throws IOException {
        Path whole = folder.toAbsolutePath().normalize();
        Release.open(whole).close();
        return new Released(String.valueOf(whole.getFileName()), whole);
    }
}
