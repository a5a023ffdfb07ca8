package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.openplip.model.TinyClip.Difference;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

/// The reference files of torchvision's networks, and what tests make of them.
final class TowerFiles {
    private TowerFiles() {}

    static Path file(String name) {
        return Path.of("src/test/resources/towers", name);
    }

    /// Every tensor of `file` written to `target` under the name that `naming` gives it; none where
    /// that is empty.
    static Path renamed(Path file, Path target, UnaryOperator<String> naming) throws IOException {
        try (Weights weights = Weights.open(file);
                Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : weights.names()) {
                String other = naming.apply(name);
                if (!other.isEmpty()) tensors.put(other, weights.tensor(name));
            }
            Safetensors.write(target, tensors);
        }
        return target;
    }

    /// Asserts that a rung of the parity ladder holds: the largest difference is at most
    /// `tolerance` of the reference's largest entry.
    static void assertRung(String rung, Tensor actual, Tensor expected, double tolerance) {
        assertThat(actual.shape()).as(rung).isEqualTo(expected.shape());
        float[] reference = expected.floats();
        Difference difference =
                Difference.of(actual.floats(), reference).dividedBy(TinyClip.largest(reference));
        System.out.printf("%s, relative to its largest entry: %s%n", rung, difference);
        assertThat(difference.largest())
                .as(rung + ", relative to its largest entry: " + difference)
                .isLessThanOrEqualTo(tolerance);
    }
}
