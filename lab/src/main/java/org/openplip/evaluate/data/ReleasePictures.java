package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;

/// The pairs of a release, grouped by the post that shows the picture.
final class ReleasePictures {
    private ReleasePictures() {}

    static DataSet read(Path folder, Protocol protocol, String title) throws IOException {
        Release release = Release.open(folder);
        List<Sample> samples = new ArrayList<>();
        for (Pair pair : release.pairs()) {
            samples.add(
                    new Sample(
                            pair.key(),
                            picture(release, pair),
                            null,
                            pair.caption(),
                            pair.postId(),
                            null,
                            Split.TEST));
        }
        return new DataSet(
                title,
                folder,
                folder,
                protocol,
                Map.of(),
                null,
                samples,
                List.of(),
                List.of("The pairs of a release; the paper's 2,023 posts are not published."),
                release);
    }

    private static StoredPicture picture(Release release, Pair pair) {
        Path shard = release.folder().resolve(pair.shard());
        return new StoredPicture() {
            @Override
            public Path file() {
                return shard;
            }

            @Override
            public RgbImage decode() throws DataException {
                try {
                    return ImageDecoder.decode(release.picture(pair), shard + "!/" + pair.key());
                } catch (DataException e) {
                    throw e;
                } catch (IOException e) {
                    throw new DataException(
                            shard.toString(), pair.key(), "cannot be read: " + e.getMessage(), e);
                }
            }
        };
    }
}
