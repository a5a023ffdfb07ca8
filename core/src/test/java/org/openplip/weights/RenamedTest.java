package org.openplip.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;

class RenamedTest {
    /// One matrix, which must not be read.
    private static final class Unread implements Weights {
        private int releases;

        @Override
        public Path file() {
            return Path.of("memory");
        }

        @Override
        public Set<String> names() {
            return Set.of("a");
        }

        @Override
        public ElementType type(String name) {
            return ElementType.F32;
        }

        @Override
        public long[] shape(String name) {
            return new long[] {2, 3};
        }

        @Override
        public MemorySegment bytes(String name) {
            throw new AssertionError("read " + name);
        }

        @Override
        public void release() {
            releases++;
        }

        @Override
        public void close() {}
    }

    /// A tower's making releases the weights of both: the other's must not be copied for that.
    @Test
    void releasingMakesNoCopies() throws DataException {
        Unread unread = new Unread();
        try (Weights renamed =
                new Renamed(
                        unread,
                        Map.of(
                                "turned",
                                new Renamed.Source.Transposed("a"),
                                "twice",
                                new Renamed.Source.Stacked(List.of("a", "a"))))) {
            renamed.release();
        }
        assertThat(unread.releases).isEqualTo(1);
    }
}
