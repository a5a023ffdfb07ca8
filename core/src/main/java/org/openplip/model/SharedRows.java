package org.openplip.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.openplip.tensor.Peers;
import org.openplip.tensor.Tensor;

/// Rows that lie with several processes, each having at least one: their order is that of the
/// ranks.
final class SharedRows {
    private final Peers peers;
    private final long[] counts;

    private SharedRows(Peers peers, long[] counts) {
        this.peers = peers;
        this.counts = counts;
    }

    /// Rows of which this process has `own`; all are told.
    static SharedRows of(Peers peers, long own) throws IOException {
        return new SharedRows(peers, peers.gather(Tensor.of(new long[] {own}, 1)).longs());
    }

    /// The rows of all processes, given one's own, `[own, ..]`.
    Tensor all(Tensor own) throws IOException {
        if (counts.length == 1) return own;
        long most = LongStream.of(counts).max().orElseThrow();
        long[] padding = own.shape();
        padding[0] = most - padding[0];
        Tensor padded =
                padding[0] == 0
                        ? own
                        : Tensor.concatenate(0, List.of(own, Tensor.zeros(own.type(), padding)));
        Tensor gathered = peers.gather(padded.contiguous()); // [size · most, ..]
        List<Tensor> shares = new ArrayList<>();
        for (int rank = 0; rank < counts.length; rank++) {
            shares.add(gathered.narrow(0, rank * most, counts[rank]));
        }
        return Tensor.concatenate(0, shares);
    }

    /// One's own of the rows of all.
    Tensor own(Tensor all) {
        long before = LongStream.of(counts).limit(peers.rank()).sum();
        return all.narrow(0, before, counts[peers.rank()]);
    }
}
