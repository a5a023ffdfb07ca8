package org.openplip.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// Against what NumPy and pandas gave (`numpy/make.py`).
class RandomStateTest {
    private static JsonNode numpys() throws IOException {
        return Json.read(Path.of("src/test/resources/numpy/random-state.json"));
    }

    @Test
    void givesTheWordsOfTheMersenneTwister() throws IOException {
        for (JsonNode expected : numpys().path("words")) {
            RandomState state = new RandomState(expected.path("seed").asLong());
            for (JsonNode word : expected.path("first")) {
                assertThat(Integer.toUnsignedLong(state.nextInt())).isEqualTo(word.asLong());
            }
        }
    }

    @Test
    void permutesAsNumpyAndPandasDo() throws IOException {
        JsonNode all = numpys().path("permutations");
        assertThat(all).hasSize(36);
        for (JsonNode expected : all) {
            int n = expected.path("n").asInt();
            int[] order = new RandomState(expected.path("seed").asLong()).permutation(n);
            assertThat(Arrays.copyOf(order, Math.min(10, n)))
                    .isEqualTo(Json.MAPPER.convertValue(expected.path("first"), int[].class));
            assertThat(hash(order)).isEqualTo(expected.path("sha256").asText());
        }
    }

    @Test
    void oneGeneratorServesSeveralPermutations() throws IOException {
        RandomState state = new RandomState(7);
        for (JsonNode expected : numpys().path("seed7")) {
            assertThat(state.permutation(5))
                    .isEqualTo(Json.MAPPER.convertValue(expected, int[].class));
        }
    }

    @Test
    void anEmptyOrderDrawsNothing() {
        RandomState state = new RandomState(3);
        assertThat(state.permutation(0)).isEmpty();
        assertThat(state.interval(0)).isZero();
        assertThat(state.nextInt()).isEqualTo(new RandomState(3).nextInt());
    }

    @Test
    void seedsOfMoreThan32BitsAreRefused() {
        assertThatThrownBy(() -> new RandomState(1L << 32)).hasMessageContaining("4294967296");
        assertThatThrownBy(() -> new RandomState(-1)).hasMessageContaining("-1");
    }

    private static String hash(int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) bytes.putInt(value);
        return Hashes.sha256(bytes.array());
    }
}
