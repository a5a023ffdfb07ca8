package org.openplip.train;

import java.io.IOException;
import org.openplip.image.RgbImage;

/// Pairs by number, from 0. Safe to read from several threads.
public interface PairSource {
    int size();

    /// The caption of pair `i`.
    String caption(int i);

    /// The name of the picture of pair `i`: pairs of one picture with several captions share it.
    String pictureName(int i);

    /// The name of the near-duplicates that the picture of pair `i` is one of.
    String duplicateGroup(int i);

    /// The decoded picture of pair `i`.
    ///
    /// @throws IOException if it cannot be read; the message names the file
    RgbImage picture(int i) throws IOException;
}
