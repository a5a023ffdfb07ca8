package org.openplip.train;

import java.io.IOException;
import java.util.List;
import org.openplip.image.RgbImage;

/// Another source's pairs, but for what a test changes.
class ForwardingPairs implements PairSource {
    private final PairSource pairs;

    ForwardingPairs(PairSource pairs) {
        this.pairs = pairs;
    }

    @Override
    public int size() {
        return pairs.size();
    }

    @Override
    public List<Portion> portions() {
        return pairs.portions();
    }

    @Override
    public String caption(int i) {
        return pairs.caption(i);
    }

    @Override
    public String pictureName(int i) {
        return pairs.pictureName(i);
    }

    @Override
    public String duplicateGroup(int i) {
        return pairs.duplicateGroup(i);
    }

    @Override
    public RgbImage picture(int i) throws IOException {
        return pairs.picture(i);
    }
}
