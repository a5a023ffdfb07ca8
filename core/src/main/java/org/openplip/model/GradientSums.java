package org.openplip.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Peers;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// Sums of gradients over processes, in buckets, while later gradients are still computed. What
/// lies in the buckets belongs to the scope in which they are started, which stays open until the
/// end is awaited.
final class GradientSums {
    // Float32 numbers in a bucket, 25 MiB: few calls, and the first starts early.
    private static final long BUCKET = 25L << 18;

    private record Bucket(List<Tensor> gradients, Tensor numbers, Peers.Sum sum) {}

    private final Peers peers;
    private final List<Bucket> buckets = new ArrayList<>();

    GradientSums(Peers peers) {
        this.peers = peers;
    }

    /// Starts to sum the gradients of `parameters`, which no longer change.
    void start(Collection<Tensor> parameters) throws IOException {
        if (peers.size() == 1) return;
        List<Tensor> gradients = new ArrayList<>();
        long numbers = 0;
        for (Tensor parameter : parameters) {
            Tensor gradient = parameter.gradient();
            if (gradient == null) continue;
            gradients.add(gradient);
            numbers += gradient.elements();
            if (numbers >= BUCKET) {
                start(gradients);
                gradients = new ArrayList<>();
                numbers = 0;
            }
        }
        if (!gradients.isEmpty()) start(gradients);
    }

    private void start(List<Tensor> gradients) throws IOException {
        Tensor numbers =
                Tensor.concatenate(
                        0, gradients.stream().map(gradient -> gradient.reshape(-1)).toList());
        buckets.add(new Bucket(gradients, numbers, peers.startSum(numbers)));
    }

    /// Puts the sums where the gradients were.
    void await() throws IOException {
        for (Bucket bucket : buckets) {
            bucket.sum.await();
            long first = 0;
            try (NoGradients _ = NoGradients.open();
                    Scope _ = Scope.open()) {
                for (Tensor gradient : bucket.gradients) {
                    long n = gradient.elements();
                    gradient.copyInPlace(
                            bucket.numbers.narrow(0, first, n).reshape(gradient.shape()));
                    first += n;
                }
            }
        }
    }
}
