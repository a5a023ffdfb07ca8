package org.openplip.openpath;

import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;

/// A release without texts, pictures and people, as platforms allow it to be passed on:
/// `ids.parquet` names posts and pictures, and the hashes tell whoever fetches them whether they
/// got the same.
public final class IdsOnly {
    /// A row of `ids.parquet`; see [Pair].
    ///
    /// @param captionSha256 of the caption's words in lower case, one space between two
    record Row(
            String key,
            String source,
            String postId,
            String captionPostId,
            String mediaKey,
            @Nullable String licence,
            String imageSha256,
            String perceptualHash,
            String captionSha256,
            String duplicateGroup,
            String split) {}

    private IdsOnly() {}

    /// Writes the ids of a release into `out`; what an earlier call left there is replaced.
    public static void write(Path release, Path out) throws IOException {
        List<Pair> pairs;
        try (Release open = Release.open(release)) {
            pairs = open.pairs();
        }
        Files.createDirectories(out);
        Files.deleteIfExists(out.resolve(ReleaseFiles.MANIFEST));
        AtomicFiles.write(
                out.resolve("ids.parquet"),
                bytes -> {
                    try (CarpetWriter<Row> table = ParquetTable.writer(bytes, Row.class)) {
                        for (Pair pair : pairs) table.write(row(pair));
                    }
                });
        for (String name : List.of(ReleaseFiles.DATA_CARD, ReleaseFiles.FLOW)) {
            AtomicFiles.writeString(out.resolve(name), Files.readString(release.resolve(name)));
        }
        Manifest.write(out, ReleaseContents.of(pairs));
    }

    private static Row row(Pair pair) {
        return new Row(
                pair.key(),
                pair.source(),
                pair.postId(),
                pair.captionPostId(),
                pair.mediaKey(),
                pair.licence(),
                pair.imageSha256(),
                pair.perceptualHash(),
                CaptionLeaks.hash(pair.caption()),
                pair.duplicateGroup(),
                pair.split());
    }
}
