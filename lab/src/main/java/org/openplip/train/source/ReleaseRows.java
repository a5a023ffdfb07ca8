package org.openplip.train.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openplip.io.Hashes;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;

/// The pairs of a release of OpenPath. Each says its split; the table has the SHA-256 of each
/// picture, so that its own stands for all of them.
final class ReleaseRows {
    private static final String TABLE = "pairs.parquet";

    private ReleaseRows() {}

    /// Whether `folder` is a release, whole or not.
    static boolean isThere(Path folder) {
        return Files.isRegularFile(folder.resolve(TABLE));
    }

    static SourceRows read(Path folder) throws IOException {
        Release release = Release.open(folder);
        List<PairRow> rows = new ArrayList<>();
        for (Pair pair : release.pairs()) {
            rows.add(
                    new PairRow(
                            folder.resolve(pair.shard()) + "/" + pair.key() + ".jpg",
                            pair.imageSha256(),
                            pair.caption(),
                            PairRow.Split.valueOf(pair.split().toUpperCase(Locale.ROOT)),
                            pair.duplicateGroup(),
                            0,
                            () -> release.picture(pair)));
        }
        return new SourceRows(
                rows, List.of(), Hashes.sha256(folder.resolve(TABLE)), List.of(release));
    }
}
