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

    /// The first of one's own among the rows of all.
    long first() {
        return LongStream.of(counts).limit(peers.rank()).sum();
    }

    /// The row after the last of one's own.
    long end() {
        return first() + counts[peers.rank()];
    }

    /// One's own of the sums over all processes of `all` `[n, ..]`, which is contiguous and becomes
    /// these sums.
    Tensor ownSums(Tensor all) throws IOException {
        peers.startSum(all).await();
        return all.narrow(0, first(), counts[peers.rank()]);
    }
}
