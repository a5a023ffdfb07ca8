package org.openplip.train;

import java.io.IOException;
import java.util.List;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;

/// The pairs of one split of a release. The release must stay open meanwhile.
public final class ReleasePairs implements PairSource {
    private final Release release;
    private final List<Pair> pairs;

    /// @param split `train` or `validation`
    public ReleasePairs(Release release, String split) {
        this.release = release;
        pairs = release.pairs(split);
    }

    @Override
    public int size() {
        return pairs.size();
    }

    @Override
    public String caption(int i) {
        return pairs.get(i).caption();
    }

    @Override
    public String pictureName(int i) {
        return pairs.get(i).imageSha256();
    }

    @Override
    public String duplicateGroup(int i) {
        return pairs.get(i).duplicateGroup();
    }

    @Override
    public RgbImage picture(int i) throws IOException {
        Pair pair = pairs.get(i);
        return ImageDecoder.decode(
                release.picture(pair),
                release.folder().resolve(pair.shard()) + "/" + pair.key() + ".jpg");
    }
}
