package org.openplip.evaluate.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// ARCH's pictures of books and of PubMed: `books_set/` and `pubmed_set/`, each with
/// `captions.json` (entries with `caption`, `uuid`, and in books `figure_id`) and `images/UUID.png`
/// or `.jpg`.
///
/// Both protocols have every picture with a caption: the paper used 558 of the books' and 1,419 of
/// PubMed's, chosen by a filter that is not published. Pictures of one figure, or with one caption,
/// are a group.
final class Arch {
    private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg");

    private Arch() {}

    /// @param part `books_set` or `pubmed_set`
    static DataSet read(Path folder, Protocol protocol, String title, String part)
            throws IOException {
        Path root = ClassFolders.find(folder, part);
        Path file = root.resolve("captions.json");
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        JsonNode entries = Json.read(file);
        if (!entries.isContainerNode()) throw new DataException(file, "expected a list or object");
        List<Sample> samples = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int entry = 0;
        for (JsonNode one : entries) {
            String place = "entry " + entry++;
            String uuid = one.path("uuid").asText();
            if (!uuid.matches("[A-Za-z0-9_-]+")) {
                throw new DataException(file, place, "has the uuid " + one.path("uuid"));
            }
            if (!seen.add(uuid)) throw new DataException(file, place, "is a second " + uuid);
            String caption = one.path("caption").asText().strip();
            Path picture = picture(root.resolve("images"), uuid);
            if (picture == null) {
                rejected.add(
                        new Rejected(uuid, Rejected.Rule.NO_PICTURE, "has no file in images/"));
            } else if (caption.isEmpty()) {
                rejected.add(new Rejected(uuid, Rejected.Rule.NO_CAPTION, "has no caption"));
            } else {
                String figure = one.path("figure_id").asText();
                samples.add(
                        new Sample(
                                folder.relativize(picture).toString(),
                                StoredPicture.of(picture),
                                null,
                                caption,
                                figure.isEmpty() ? "caption " + caption : "figure " + figure,
                                null,
                                Split.TEST));
            }
        }
        return new DataSet(
                title,
                folder,
                folder,
                protocol,
                Map.of(),
                null,
                samples,
                rejected,
                List.of(
                        "Every captioned picture of ARCH's "
                                + part
                                + "; the paper's choice among them is not published."),
                DataSet.FILES);
    }

    private static @Nullable Path picture(Path images, String uuid) {
        for (String ending : ENDINGS) {
            Path file = images.resolve(uuid + ending);
            if (Files.isRegularFile(file)) return file;
        }
        return null;
    }
}
