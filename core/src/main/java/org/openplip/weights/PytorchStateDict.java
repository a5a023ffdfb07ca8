package org.openplip.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;

/// Writes what `torch.save(model.state_dict(), file)` writes, for `torch.load`, with `weights_only`
/// too, and [PytorchFile]: a zip file of uncompressed entries, `data.pkl` with an `OrderedDict` of
/// tensors and `data/KEY` with the elements of each.
public final class PytorchStateDict {
    /// The folder that all entries are in.
    private static final String FOLDER = "archive/";

    /// Where the elements of a tensor may begin, so that the file can be mapped.
    private static final int ALIGNMENT = 64;

    /// Bytes of a zip entry's header before its name.
    private static final int ENTRY_HEADER = 30;

    /// The identifier of PyTorch's padding among a zip entry's extra fields: "FB".
    private static final short PADDING = 0x4246;

    /// The time of all entries, so that the same weights give the same file: the second day that
    /// zip files know, because Java writes the first in another way.
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 2, 0, 0);

    private PytorchStateDict() {}

    /// Writes `weights` as elements of `type`, atomically.
    ///
    /// @param type float32, float16 or bfloat16
    /// @throws DataException if a tensor is too large
    public static void write(Path file, Weights weights, ElementType type) throws IOException {
        List<String> names = new ArrayList<>(weights.names());
        byte[] pickle = pickle(weights, names, type);
        AtomicFiles.write(
                file,
                out -> {
                    ZipOutputStream zip = new ZipOutputStream(out);
                    zip.setMethod(ZipOutputStream.STORED);
                    long at = 0;
                    at = put(zip, at, "data.pkl", pickle.length, to -> to.write(pickle));
                    at = putText(zip, at, "byteorder", "little");
                    for (int key = 0; key < names.size(); key++) {
                        String name = names.get(key);
                        at =
                                put(
                                        zip,
                                        at,
                                        "data/" + key,
                                        elements(weights, name) * type.bytes(),
                                        to -> {
                                            try (Scope _ = Scope.open()) {
                                                weights.tensor(name).to(type).writeTo(to);
                                            }
                                        });
                    }
                    putText(zip, at, "version", "3\n");
                    zip.finish();
                });
    }

    private static long elements(Weights weights, String name) throws DataException {
        long elements = 1;
        for (long size : weights.shape(name)) elements *= size;
        if (elements > Integer.MAX_VALUE) {
            throw new DataException(weights.file(), name, "is too large: " + elements);
        }
        return elements;
    }

    // ---- the zip file ---------------------------------------------------------------------

    private static long putText(ZipOutputStream zip, long at, String name, String text)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return put(zip, at, name, bytes.length, out -> out.write(bytes));
    }

    /// Adds an entry whose header begins at byte `at`, and gives where the next begins.
    private static long put(
            ZipOutputStream zip, long at, String name, long size, AtomicFiles.Content content)
            throws IOException {
        CheckedOutputStream checked =
                new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32());
        content.writeTo(checked);
        ZipEntry entry = new ZipEntry(FOLDER + name);
        long begin = at + ENTRY_HEADER + entry.getName().length() + 2 * Short.BYTES;
        int padding = (int) (-begin & (ALIGNMENT - 1));
        entry.setExtra(
                ByteBuffer.allocate(2 * Short.BYTES + padding)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putShort(PADDING)
                        .putShort((short) padding)
                        .array());
        entry.setTimeLocal(TIME);
        entry.setSize(size);
        entry.setCompressedSize(size);
        entry.setCrc(checked.getChecksum().getValue());
        zip.putNextEntry(entry);
        content.writeTo(zip);
        zip.closeEntry();
        return begin + padding + size;
    }

    // ---- the pickle -----------------------------------------------------------------------

    /// A pickle of protocol 2 (Python's `pickletools` names the operations).
    private static byte[] pickle(Weights weights, List<String> names, ElementType type)
            throws DataException {
        Pickle pickle = new Pickle();
        pickle.operation(0x80).operation(2); // PROTO 2
        pickle.emptyOrderedDict();
        pickle.operation('('); // MARK: keys and values
        for (int key = 0; key < names.size(); key++) {
            String name = names.get(key);
            pickle.string(name);
            pickle.global("torch._utils", "_rebuild_tensor_v2");
            pickle.operation('('); // MARK: its arguments
            pickle.operation('('); // MARK: the storage's identifier
            pickle.string("storage");
            pickle.global("torch", storage(type));
            pickle.string(String.valueOf(key));
            pickle.string("cpu");
            pickle.integer(elements(weights, name));
            pickle.operation('t').operation('Q'); // TUPLE, BINPERSID
            pickle.integer(0); // where in the storage the tensor begins
            long[] shape = weights.shape(name);
            pickle.tuple(shape);
            long[] strides = new long[shape.length];
            long stride = 1;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                strides[axis] = stride;
                stride *= shape[axis];
            }
            pickle.tuple(strides);
            pickle.operation(0x89); // NEWFALSE: collects no gradient
            pickle.emptyOrderedDict(); // no hooks
            pickle.operation('t').operation('R'); // TUPLE, REDUCE
        }
        pickle.operation('u').operation('.'); // SETITEMS, STOP
        return pickle.bytes.toByteArray();
    }

    private static String storage(ElementType type) {
        return switch (type) {
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case F64, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException(
                            "type: expected F32, F16 or BF16, got " + type);
        };
    }

    private static final class Pickle {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Pickle operation(int code) {
            bytes.write(code);
            return this;
        }

        void global(String module, String name) {
            operation('c')
                    .bytes
                    .writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
        }

        /// BINUNICODE.
        void string(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            operation('X').littleEndian(utf8.length);
            bytes.writeBytes(utf8);
        }

        /// BININT, which is signed.
        void integer(long value) {
            operation('J').littleEndian(Math.toIntExact(value));
        }

        private void littleEndian(int value) {
            bytes.writeBytes(
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        }

        void tuple(long... values) {
            operation('(');
            for (long value : values) integer(value);
            operation('t');
        }

        /// EMPTY_TUPLE and REDUCE call the class without arguments.
        void emptyOrderedDict() {
            global("collections", "OrderedDict");
            operation(')').operation('R');
        }
    }
}
