package org.openplip.train.source;

import java.io.IOException;
import java.util.List;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.train.PairSource;

/// Rows of one source or several, one source after the other.
record RowPairs(List<PairRow> rows, List<Portion> portions) implements PairSource {
    RowPairs {
        rows = List.copyOf(rows);
        portions = List.copyOf(portions);
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public String caption(int i) {
        return rows.get(i).caption();
    }

    @Override
    public String pictureName(int i) {
        return rows.get(i).picture();
    }

    @Override
    public String duplicateGroup(int i) {
        return rows.get(i).group();
    }

    @Override
    public RgbImage picture(int i) throws IOException {
        PairRow row = rows.get(i);
        return ImageDecoder.decode(row.file().read(), row.name());
    }
}
