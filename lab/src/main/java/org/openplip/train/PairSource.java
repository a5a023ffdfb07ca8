package org.openplip.train;

import java.io.IOException;
import java.util.List;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// Pairs by number, from 0. Safe to read from several threads.
public interface PairSource {
    /// Pairs that come from one place, next to each other.
    ///
    /// @param pairs how many
    /// @param weight how often an epoch shows each of them: 2 for twice, 0.25 for a quarter of them
    public record Portion(int pairs, double weight) {
        public Portion {
            if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "weight: expected a number above 0, got " + weight);
            }
        }
    }

    int size();

    /// The places that the pairs come from, in the order of the pairs.
    default List<Portion> portions() {
        return List.of(new Portion(size(), 1));
    }

    /// The caption of pair `i`.
    String caption(int i);

    /// The name of the picture of pair `i`: pairs of one picture with several captions share it.
    String pictureName(int i);

    /// The name of the near-duplicates that the picture of pair `i` is one of.
    String duplicateGroup(int i);

    /// The decoded picture of pair `i`.
    ///
    /// @throws DataException if there is something that is no picture; the message names it
    /// @throws IOException if it cannot be read, as when a disk is gone
    RgbImage picture(int i) throws IOException;
}
