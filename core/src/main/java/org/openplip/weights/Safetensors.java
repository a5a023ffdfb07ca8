package org.openplip.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.CharConversionException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.internal.MappedPages;

/// A Safetensors file, mapped into memory: named tensors behind a JSON header.
///
/// The layout: the header's length as an unsigned 64-bit little-endian number, the header (name to
/// `dtype`, `shape`, `data_offsets`; `__metadata__` of strings), then the data without holes. Files
/// that break any of it are refused when they are opened. Safe to share between threads until it is
/// closed; the mapping ends then, tensors already read stay.
public final class Safetensors implements Weights {
    /// The format's own limit on the header.
    private static final long LONGEST_HEADER = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final ObjectReader HEADER =
            Json.MAPPER.reader().with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final Path file;
    private final Arena arena;
    private final MemorySegment data;
    private final Map<String, Entry> entries;
    private final Map<String, String> metadata;

    /// What the header says of one tensor; `begin` and `end` are bytes from the start of the data.
    private record Entry(String name, ElementType type, List<Long> shape, long begin, long end) {
        long[] sizes() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    private Safetensors(
            Path file,
            Arena arena,
            MemorySegment data,
            Map<String, Entry> entries,
            Map<String, String> metadata) {
        this.file = file;
        this.arena = arena;
        this.data = data;
        this.entries = entries;
        this.metadata = metadata;
    }

    // ---- reading --------------------------------------------------------------------------

    /// Maps `file` and checks its header; close it after use.
    ///
    /// @throws DataException if the file is not whole and valid
    public static Safetensors open(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Safetensors opened = parse(file, arena, channel);
            arena = null;
            return opened;
        } finally {
            if (arena != null) arena.close();
        }
    }

    private static Safetensors parse(Path file, Arena arena, FileChannel channel)
            throws IOException {
        long size = channel.size();
        if (size < 8) {
            throw new DataException(
                    file, "header", "expected a length of 8 bytes, the file has " + size);
        }
        MemorySegment map = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
        long length = map.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        if (length < 2 || length > size - 8 || length > LONGEST_HEADER) {
            throw new DataException(
                    file,
                    "header",
                    "its length is given as %s bytes, but the file has %d after it"
                            .formatted(Long.toUnsignedString(length), size - 8));
        }
        JsonNode header;
        try {
            byte[] json = map.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
            header = HEADER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new DataException(file.toString(), "header", "is not JSON: " + firstLine(e), e);
        } catch (CharConversionException e) {
            throw new DataException(file.toString(), "header", "is not JSON in UTF-8", e);
        }
        if (!header.isObject()) throw new DataException(file, "header", "is not a JSON object");
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : header.properties()) {
            if (field.getKey().equals(METADATA)) {
                for (Map.Entry<String, JsonNode> item : field.getValue().properties()) {
                    metadata.put(item.getKey(), item.getValue().asText());
                }
            } else {
                entries.add(entry(file, field.getKey(), field.getValue()));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : entries) {
            if (entry.begin != end) {
                throw new DataException(
                        file,
                        entry.name,
                        "its data begins at byte %d, but the data before it ends at byte %d"
                                .formatted(entry.begin, end));
            }
            end = entry.end;
        }
        if (end != size - 8 - length) {
            throw new DataException(
                    file,
                    "data",
                    "the header describes %d bytes, the file holds %d"
                            .formatted(end, size - 8 - length));
        }
        Map<String, Entry> byName = new LinkedHashMap<>();
        for (Entry entry : entries) byName.put(entry.name, entry);
        return new Safetensors(
                file,
                arena,
                map.asSlice(8 + length),
                Collections.unmodifiableMap(byName),
                Collections.unmodifiableMap(metadata));
    }

    private static Entry entry(Path file, String name, JsonNode node) throws DataException {
        ElementType type = null;
        for (ElementType candidate : ElementType.values()) {
            if (candidate.name().equals(node.path("dtype").asText())) type = candidate;
        }
        if (type == null) {
            throw new DataException(file, name, "dtype " + node.path("dtype") + " is not known");
        }
        long bytes = type.bytes();
        List<Long> shape = new ArrayList<>();
        JsonNode sizes = node.path("shape");
        boolean valid = sizes.isArray();
        for (JsonNode size : sizes) {
            valid &= size.canConvertToLong() && size.isIntegralNumber() && size.longValue() >= 0;
            shape.add(size.longValue());
            long high = Math.multiplyHigh(bytes, size.longValue());
            bytes *= size.longValue();
            valid &= high == 0 && bytes >= 0;
        }
        if (!valid) throw new DataException(file, name, "shape " + sizes + " is not valid");
        JsonNode offsets = node.path("data_offsets");
        JsonNode begin = offsets.path(0);
        JsonNode end = offsets.path(1);
        if (offsets.size() != 2
                || !begin.isIntegralNumber()
                || !end.isIntegralNumber()
                || !begin.canConvertToLong()
                || !end.canConvertToLong()
                || begin.longValue() < 0) {
            throw new DataException(file, name, "data_offsets " + offsets + " are not valid");
        }
        if (end.longValue() - begin.longValue() != bytes) {
            throw new DataException(
                    file,
                    name,
                    "%s %s needs %d bytes, data_offsets give %d"
                            .formatted(type, shape, bytes, end.longValue() - begin.longValue()));
        }
        return new Entry(name, type, List.copyOf(shape), begin.longValue(), end.longValue());
    }

    private static String firstLine(JsonProcessingException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("unreadable");
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Set<String> names() {
        return entries.keySet();
    }

    /// The free-form strings of the header.
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public long[] shape(String name) throws DataException {
        return find(name).sizes();
    }

    @Override
    public ElementType type(String name) throws DataException {
        return find(name).type;
    }

    @Override
    public MemorySegment bytes(String name) throws DataException {
        Entry entry = find(name);
        return data.asSlice(entry.begin, entry.end - entry.begin);
    }

    @Override
    public void release() {
        MappedPages.release(data);
    }

    private Entry find(String name) throws DataException {
        Entry entry = entries.get(name);
        if (entry == null) throw new DataException(file, name, "the file has no such tensor");
        return entry;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) arena.close();
    }

    // ---- writing --------------------------------------------------------------------------

    /// A tensor to write; `content` writes its elements.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Output(
            String name, ElementType type, long[] shape, AtomicFiles.Content content) {
        long bytes() {
            long bytes = type.bytes();
            for (long size : shape) bytes *= size;
            return bytes;
        }
    }

    /// Writes `tensors`, which must be contiguous, atomically, with the metadata `{"format": "pt"}`
    /// that transformers asks for. Wider element types come first, so that each tensor is aligned
    /// to its element.
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        List<Output> outputs = new ArrayList<>();
        tensors.forEach(
                (name, tensor) ->
                        outputs.add(
                                new Output(name, tensor.type(), tensor.shape(), tensor::writeTo)));
        write(file, outputs);
    }

    /// Writes `weights` as elements of `type`, one after the other, with the same metadata.
    public static void write(Path file, Weights weights, ElementType type) throws IOException {
        List<Output> outputs = new ArrayList<>();
        for (String name : weights.names()) {
            outputs.add(
                    new Output(
                            name,
                            type,
                            weights.shape(name),
                            out -> {
                                try (Scope _ = Scope.open()) {
                                    weights.tensor(name).to(type).writeTo(out);
                                }
                            }));
        }
        write(file, outputs);
    }

    private static void write(Path file, List<Output> outputs) throws IOException {
        outputs.sort(Comparator.comparingInt(output -> -output.type.bytes()));
        Map<String, Object> header = new LinkedHashMap<>();
        header.put(METADATA, Map.of("format", "pt"));
        long offset = 0;
        for (Output output : outputs) {
            long end = offset + output.bytes();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("dtype", output.type.name());
            fields.put("shape", output.shape);
            fields.put("data_offsets", new long[] {offset, end});
            header.put(output.name, fields);
            offset = end;
        }
        String json = Json.MAPPER.writeValueAsString(header);
        int length = json.getBytes(StandardCharsets.UTF_8).length;
        byte[] padded = (json + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
        AtomicFiles.write(
                file,
                out -> {
                    ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
                    out.write(prefix.putLong(padded.length).array());
                    out.write(padded);
                    for (Output output : outputs) output.content.writeTo(out);
                });
    }
}
