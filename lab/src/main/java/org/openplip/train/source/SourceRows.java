package org.openplip.train.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.openplip.train.RejectedRow;

/// What was read of a source.
///
/// @param sha256 what tells it from other data
/// @param open what its pictures are read from
record SourceRows(
        List<PairRow> rows, List<RejectedRow> rejected, String sha256, List<Closeable> open)
        implements Closeable {
    @Override
    public void close() throws IOException {
        for (Closeable file : open) file.close();
    }
}
