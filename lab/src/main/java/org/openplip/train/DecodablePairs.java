package org.openplip.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

/// Those pairs of a source whose pictures can be decoded.
record DecodablePairs(PairSource all, List<Integer> numbers) implements PairSource {
    /// Decodes every picture of `all` once; the pairs whose picture cannot be are written down.
    static PairSource of(PairSource all, RejectionLog rejections, Progress progress)
            throws IOException {
        List<Integer> numbers = new ArrayList<>();
        try (Progress.Task task = progress.begin("checking validation", all.size())) {
            for (int i = 0; i < all.size(); i++) {
                try {
                    all.picture(i);
                    numbers.add(i);
                } catch (DataException e) {
                    rejections.undecodable(e);
                }
                task.advance(1);
            }
        }
        return numbers.size() == all.size() ? all : new DecodablePairs(all, List.copyOf(numbers));
    }

    @Override
    public int size() {
        return numbers.size();
    }

    @Override
    public String caption(int i) {
        return all.caption(numbers.get(i));
    }

    @Override
    public String pictureName(int i) {
        return all.pictureName(numbers.get(i));
    }

    @Override
    public String duplicateGroup(int i) {
        return all.duplicateGroup(numbers.get(i));
    }

    @Override
    public RgbImage picture(int i) throws IOException {
        return all.picture(numbers.get(i));
    }
}
