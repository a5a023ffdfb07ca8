package org.openplip.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

class SafetensorsTest {
    @TempDir private Path folder;

    private Path file(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        return Files.write(folder.resolve("x.safetensors"), bytes.array());
    }

    @Test
    void readsAFileMadeByHand() throws IOException {
        Path file =
                file(
                        """
                        {"__metadata__":{"format":"pt"},\
                        "b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},\
                        "a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}\
                        """,
                        16);
        try (Safetensors read = Safetensors.open(file);
                Scope _ = Scope.open()) {
            assertThat(read.names()).containsExactly("a", "b");
            assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(read.shape("a")).containsExactly(1, 2);
            assertThat(read.type("b")).isEqualTo(ElementType.I64);
            assertThat(read.tensor("a").floats()).containsExactly(0, 0);
            assertThatThrownBy(() -> read.tensor("a", 2, 1))
                    .isInstanceOf(DataException.class)
                    .hasMessage(file + ": a: expected shape [2, 1], got [1, 2]");
            assertThatThrownBy(() -> read.tensor("c"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(file + ": c: the file has no such tensor");
        }
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Path file = folder.resolve("deep/er/x.safetensors");
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            float[] values = new float[300_000];
            for (int i = 0; i < values.length; i++) values[i] = i / 7f;
            tensors.put("half", Tensor.of(new float[] {1, 2, 3}, 3).to(ElementType.BF16));
            tensors.put("matrix", Tensor.of(values, 300, 1000));
            tensors.put("ids", Tensor.of(new long[] {-1, 1L << 40}, 2));
            tensors.put("scalar", Tensor.of(new float[] {5}));
            tensors.put("none", Tensor.zeros(ElementType.F32, 0, 4));
            Safetensors.write(file, tensors);
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.metadata()).containsEntry("format", "pt");
                assertThat(read.names()).first().isEqualTo("ids");
                assertThat(read.tensor("half", 3).type()).isEqualTo(ElementType.BF16);
                assertThat(read.tensor("half").floats()).containsExactly(1, 2, 3);
                assertThat(read.tensor("matrix", 300, 1000).floats()).containsExactly(values);
                assertThat(read.tensor("ids", 2).longs()).containsExactly(-1, 1L << 40);
                assertThat(read.tensor("scalar", new long[0]).item()).isEqualTo(5);
                assertThat(read.tensor("none", 0, 4).floats()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}|7|data: the header describes 8 bytes, the file holds 7
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}|9|data: the header describes 8 bytes, the file holds 9
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}|4|a: F32 [2] needs 8 bytes, data_offsets give 4
                    {"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}|8|a: dtype "F33" is not known
                    {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}|8|a: shape [-2] is not valid
                    {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}|0|a: shape [4611686018427387904,4] is not valid
                    {"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}|8|a: shape [2.5] is not valid
                    {"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}|8|a: shape 2 is not valid
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}|8|a: data_offsets [-8,0] are not valid
                    {"a":{"dtype":"F32","shape":[2]}}|8|a: data_offsets  are not valid
                    {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}|3|b: its data begins at byte 1, but the data before it ends at byte 2
                    {"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}|3|a: its data begins at byte 1, but the data before it ends at byte 0
                    {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}|1|header: is not JSON: Duplicate field 'a'
                    not JSON at all|4|header: is not JSON: Unrecognized token 'not'
                    [1, 2]|4|header: is not a JSON object
                    """)
    void refusesAWrongHeader(String header, int dataBytes, String reason) throws IOException {
        Path file = file(header, dataBytes);
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": " + reason)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void refusesALengthPastTheEnd() throws IOException {
        Path file = folder.resolve("x.safetensors");
        for (long length : new long[] {100, -1, Long.MAX_VALUE, 0}) {
            ByteBuffer bytes = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
            Files.write(file, bytes.putLong(length).array());
            assertThatThrownBy(() -> Safetensors.open(file))
                    .isInstanceOf(DataException.class)
                    .hasMessage(
                            file
                                    + ": header: its length is given as "
                                    + Long.toUnsignedString(length)
                                    + " bytes, but the file has 12 after it");
        }
    }

    /// Found by fuzzing: JSON readers guess UTF-32 from zeros at the beginning.
    @Test
    void refusesAHeaderThatLooksLikeUtf32() throws IOException {
        Path file = file("\0\0\0{\"a\":1}", 0);
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": header: is not JSON in UTF-8");
        assertThatThrownBy(() -> Json.read(Files.writeString(file, "\0\0\0{\"a\":1}")))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": is not JSON in UTF-8");
    }

    @Test
    void refusesAnEmptyFile() throws IOException {
        Path file = Files.createFile(folder.resolve("x.safetensors"));
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": header: expected a length of 8 bytes, the file has 0");
    }
}
