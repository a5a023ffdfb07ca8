package org.openplip.evaluate.data;

import java.nio.file.Path;
import java.util.BitSet;
import org.openplip.io.DataException;

/// How many nuclei of each kind a PanNuke mask marks.
///
/// A mask is `[height, width, 6]`: neoplastic, inflammatory, connective, dead and epithelial
/// nuclei, each pixel the number of its nucleus or 0, and the background.
///
/// @param neoplastic nuclei of channel 0
/// @param all nuclei of all channels that the protocol counts
/// @param any whether the protocol sees any nucleus at all
record Nuclei(int neoplastic, int all, boolean any) {
    static final int CHANNELS = 6;
    private static final int KINDS = 5; // the channels before the background
    private static final int MOST = 1 << 24; // a nucleus's number; a mask has 65,536 pixels
    private static final int ENOUGH = 10;
    private static final double SHARE = 0.3;

    /// What the nuclei say of the tissue.
    enum Verdict {
        MALIGNANT,
        BENIGN,
        NONE,
        UNCLEAR
    }

    /// @param mask a row of the masks
    /// @param file and `row` of the mask, for errors
    static Nuclei count(double[] mask, Protocol protocol, Path file, long row)
            throws DataException {
        return switch (protocol) {
            case PAPER -> asPublished(mask, file, row);
            case CLEAN -> asMeant(mask, file, row);
        };
    }

    /// As the published code (`preprocess_PanNuke.py`): numbers of nuclei are bytes first, so that
    /// nucleus 256 is background and 257 is nucleus 1; a channel has one nucleus fewer than
    /// different values, whether or not one of these is 0; the background is a sixth kind; and a
    /// mask has nuclei if a byte of the first five channels is not 0.
    private static Nuclei asPublished(double[] mask, Path file, long row) throws DataException {
        boolean[][] seen = new boolean[CHANNELS][256];
        for (int i = 0; i < mask.length; i += CHANNELS) {
            for (int c = 0; c < CHANNELS; c++) {
                seen[c][number(mask[i + c], file, row) & 0xff] = true;
            }
        }
        int[] counts = new int[CHANNELS];
        int all = 0;
        boolean any = false;
        for (int c = 0; c < CHANNELS; c++) {
            counts[c] = -1;
            for (int value = 0; value < 256; value++) {
                if (!seen[c][value]) continue;
                counts[c]++;
                any |= value > 0 && c < KINDS;
            }
            all += counts[c];
        }
        return new Nuclei(counts[0], all, any);
    }

    /// Different numbers above 0, the background left out.
    private static Nuclei asMeant(double[] mask, Path file, long row) throws DataException {
        int neoplastic = 0;
        int all = 0;
        for (int c = 0; c < KINDS; c++) {
            BitSet seen = new BitSet();
            for (int i = c; i < mask.length; i += CHANNELS) seen.set(number(mask[i], file, row));
            seen.clear(0);
            if (c == 0) neoplastic = seen.cardinality();
            all += seen.cardinality();
        }
        return new Nuclei(neoplastic, all, all > 0);
    }

    private static int number(double value, Path file, long row) throws DataException {
        int number = (int) value;
        if (number != value || number < 0 || number > MOST) {
            throw new DataException(file, "row " + row, "has a nucleus numbered " + value);
        }
        return number;
    }

    Verdict verdict() {
        if (!any) return Verdict.NONE;
        if (neoplastic == 0) return Verdict.BENIGN;
        boolean malignant = neoplastic >= ENOUGH && (double) neoplastic / all > SHARE;
        return malignant ? Verdict.MALIGNANT : Verdict.UNCLEAR;
    }
}
