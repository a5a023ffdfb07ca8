package org.openplip.weights;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.openplip.tensor.ElementType;

/// Writes files as `torch.save` does, by the JDK's zip, for tests.
public final class TorchZip {
    private TorchZip() {}

    /// A zip file of stored entries.
    static void write(Path file, Map<String, MemorySegment> entries) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            write(out, entries);
        }
    }

    /// The bytes of such a file.
    static byte[] bytes(Map<String, MemorySegment> entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(out, entries);
        return out.toByteArray();
    }

    private static void write(OutputStream out, Map<String, MemorySegment> entries)
            throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, MemorySegment> entry : entries.entrySet()) {
                ByteBuffer bytes = entry.getValue().asByteBuffer();
                CRC32 crc = new CRC32();
                crc.update(bytes.duplicate());
                ZipEntry header = new ZipEntry(entry.getKey());
                header.setMethod(ZipEntry.STORED);
                header.setSize(bytes.remaining());
                header.setCrc(crc.getValue());
                zip.putNextEntry(header);
                byte[] chunk = new byte[1 << 16];
                while (bytes.hasRemaining()) {
                    int length = Math.min(chunk.length, bytes.remaining());
                    bytes.get(chunk, 0, length);
                    zip.write(chunk, 0, length);
                }
            }
        }
    }

    /// A file with the pickle `data.pkl` and the storages `data/KEY`.
    static void write(Path file, byte[] pickle, Map<String, byte[]> storages) throws IOException {
        Map<String, MemorySegment> entries = new LinkedHashMap<>();
        entries.put("archive/data.pkl", MemorySegment.ofArray(pickle));
        storages.forEach(
                (key, bytes) -> entries.put("archive/data/" + key, MemorySegment.ofArray(bytes)));
        write(file, entries);
    }

    /// A state dict of `weights`, which must be float32.
    public static void writeStateDict(Path file, Weights weights) throws IOException {
        Map<String, MemorySegment> entries = new LinkedHashMap<>();
        Pickle pickle = new Pickle().op("\u0080\u0002}("); // PROTO 2, EMPTY_DICT, MARK
        int key = 0;
        for (String name : weights.names()) {
            if (weights.type(name) != ElementType.F32) throw new IllegalArgumentException(name);
            pickle.text(name).tensor("FloatStorage", "" + key, weights.shape(name));
            entries.put("archive/data/" + key++, weights.bytes(name));
        }
        entries.put("archive/data.pkl", MemorySegment.ofArray(pickle.op("u.").bytes()));
        write(file, entries);
    }

    /// A pickle in the making.
    static final class Pickle {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        /// Opcodes, a letter each.
        Pickle op(String opcodes) {
            return write(opcodes.getBytes(StandardCharsets.ISO_8859_1));
        }

        Pickle global(String module, String name) {
            return op("c" + module + "\n" + name + "\n");
        }

        Pickle text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return op("X").write(little(4).putInt(utf8.length).array()).write(utf8);
        }

        /// LONG1 of eight bytes.
        Pickle whole(long value) {
            return op("\u008a\u0008").write(little(8).putLong(value).array());
        }

        Pickle tuple(long... values) {
            op("(");
            for (long value : values) whole(value);
            return op("t");
        }

        /// A tensor that is the whole of a storage.
        Pickle tensor(String storage, String key, long... shape) {
            long[] strides = new long[shape.length];
            long elements = 1;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                strides[axis] = elements;
                elements *= shape[axis];
            }
            return tensor(storage, key, elements, 0, shape, strides);
        }

        Pickle tensor(
                String storage,
                String key,
                long elements,
                long offset,
                long[] shape,
                long[] strides) {
            return global("torch._utils", "_rebuild_tensor_v2")
                    .op("((")
                    .text("storage")
                    .global("torch", storage)
                    .text(key)
                    .text("cpu")
                    .whole(elements)
                    .op("tQ") // TUPLE, BINPERSID
                    .whole(offset)
                    .tuple(shape)
                    .tuple(strides)
                    .op("\u0089NtR"); // NEWFALSE, NONE, TUPLE, REDUCE
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        private static ByteBuffer little(int size) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }

        private Pickle write(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }
    }
}
