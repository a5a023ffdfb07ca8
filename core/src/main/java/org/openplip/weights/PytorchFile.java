package org.openplip.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.weights.internal.MappedPages;

/// A file that `torch.save` or `torch.jit.save` wrote, mapped into memory: the tensors of a state
/// dict, of a training checkpoint's state dict, or of a TorchScript module.
///
/// The layout (PyTorch 1.6 and later): a zip file of uncompressed entries in one folder, of any
/// name. `data.pkl` is a pickle that describes the tensors, `data/KEY` holds the elements of one or
/// more of them, `byteorder` says `little` where it is there. The pickle is read by a reader that
/// knows only tensors, plain containers and scalars; nothing is executed, everything else is
/// refused by its name.
///
/// Where the pickle holds a dictionary, its tensors are under their keys; if it has none, they are
/// looked for in its entry `state_dict`, `model_state_dict` or `model`. A TorchScript module's
/// tensors have the names of the attributes that lead to them, joined by dots. A `module.` before
/// every name, which parallel training leaves, is dropped.
///
/// Tensors may share memory. Those that do not lie in C order are copied when they are asked for.
/// Not read: files of PyTorch before 1.6, big-endian and compressed ones, and tensors that repeat
/// elements. Safe to share between threads until it is closed.
public final class PytorchFile implements Weights {
    /// The keys of training checkpoints that hold the state dict.
    private static final List<String> STATE_DICTS =
            List.of("state_dict", "model_state_dict", "model");

    private static final String PARALLEL = "module.";

    /// Far above any model's; modules may be shared, so a small file could hold more names.
    private static final int MOST_OBJECTS = 100_000;

    private static final int DEEPEST = 100;
    private static final int LONGEST_NAME = 1000;

    /// What a file of PyTorch before 1.6 begins with: a pickle of the number
    /// 0x1950a86a20f9469cfc6c.
    private static final byte[] BEFORE_1_6 = {
        (byte) 0x80,
        2,
        (byte) 0x8a,
        10,
        0x6c,
        (byte) 0xfc,
        (byte) 0x9c,
        0x46,
        (byte) 0xf9,
        0x20,
        0x6a,
        (byte) 0xa8,
        0x50,
        0x19
    };

    private final Path file;
    private final Arena arena;
    private final Map<String, Pickled.Array> arrays;
    private final Map<String, MemorySegment> storages;
    private final Map<String, MemorySegment> copies = new ConcurrentHashMap<>();

    private PytorchFile(
            Path file,
            Arena arena,
            Map<String, Pickled.Array> arrays,
            Map<String, MemorySegment> storages) {
        this.file = file;
        this.arena = arena;
        this.arrays = Collections.unmodifiableMap(arrays);
        this.storages = storages;
    }

    /// Maps `file` and reads its description of the tensors; close it after use.
    ///
    /// @throws DataException if the file is not whole and valid, or its pickle asks for anything
    ///   but tensors and plain containers
    public static PytorchFile open(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment map =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            PytorchFile opened = parse(file, arena, map);
            arena = null;
            return opened;
        } finally {
            if (arena != null) arena.close();
        }
    }

    private static PytorchFile parse(Path file, Arena arena, MemorySegment map)
            throws DataException {
        checkKind(file, map);
        ZipDirectory zip = new ZipDirectory(file, map);
        String folder = folder(file, zip);
        if (zip.contains(folder + "byteorder")) {
            String order = text(zip.bytes(folder + "byteorder"));
            if (!order.strip().equals("little")) {
                throw new DataException(
                        file,
                        "byteorder",
                        "expected little: save the file again on a machine of that order");
            }
        }
        String entry = folder + "data.pkl";
        MemorySegment pickle = zip.bytes(entry);
        if (pickle.byteSize() > Unpickler.LONGEST) {
            throw new DataException(
                    file,
                    entry,
                    "expected at most %d bytes, got %d"
                            .formatted(Unpickler.LONGEST, pickle.byteSize()));
        }
        Pickled root = Unpickler.read(file, entry, pickle.toArray(ValueLayout.JAVA_BYTE));
        Map<String, Pickled.Array> arrays = withoutParallel(arrays(file, root));
        Map<String, MemorySegment> storages = new LinkedHashMap<>();
        for (Pickled.Array array : arrays.values()) {
            Pickled.Storage storage = array.storage();
            MemorySegment bytes = storages.get(storage.key());
            if (bytes == null) {
                bytes = zip.bytes(folder + "data/" + storage.key());
                storages.put(storage.key(), bytes);
            }
            if (storage.elements() > bytes.byteSize() / storage.type().bytes()) {
                throw new DataException(
                        file,
                        folder + "data/" + storage.key(),
                        "expected %d elements of %s, got %d bytes"
                                .formatted(storage.elements(), storage.type(), bytes.byteSize()));
            }
        }
        return new PytorchFile(file, arena, arrays, storages);
    }

    private static void checkKind(Path file, MemorySegment map) throws DataException {
        boolean old =
                startsWith(map, 0, BEFORE_1_6)
                        || startsWith(map, 257, "ustar".getBytes(StandardCharsets.US_ASCII));
        if (old) {
            throw new DataException(
                    file,
                    "is a file of PyTorch before 1.6; convert it in Python with"
                            + " torch.save(torch.load(FILE, map_location='cpu'), NEW_FILE)");
        }
        if (!startsWith(map, 0, new byte[] {'P', 'K', 3, 4})) {
            throw new DataException(file, "is not a PyTorch file: expected a zip file");
        }
    }

    private static boolean startsWith(MemorySegment map, long at, byte[] expected) {
        return map.byteSize() >= at + expected.length
                && map.asSlice(at, expected.length).mismatch(MemorySegment.ofArray(expected)) < 0;
    }

    /// The folder in the zip file, with its slash.
    private static String folder(Path file, ZipDirectory zip) throws DataException {
        for (String name : zip.names()) {
            int slash = name.indexOf('/');
            if (slash > 0 && name.substring(slash + 1).equals("data.pkl")) {
                return name.substring(0, slash + 1);
            }
        }
        throw new DataException(file, "is not a PyTorch file: the zip file has no data.pkl");
    }

    private static String text(MemorySegment bytes) {
        long length = Math.min(bytes.byteSize(), 16);
        return new String(
                bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    // ---- finding the tensors --------------------------------------------------------------

    private static Map<String, Pickled.Array> arrays(Path file, Pickled root) throws DataException {
        Map<String, Pickled.Array> arrays = new LinkedHashMap<>();
        switch (root) {
            case Pickled.Module module -> new Walk(file, arrays).into(module, "", 0);
            case Pickled.Dictionary(Map<String, Pickled> entries) -> {
                addArrays(entries, arrays);
                for (String key : STATE_DICTS) {
                    if (arrays.isEmpty()
                            && entries.get(key)
                                    instanceof Pickled.Dictionary(Map<String, Pickled> state)) {
                        addArrays(state, arrays);
                    }
                }
            }
            default -> {}
        }
        if (arrays.isEmpty()) {
            throw new DataException(
                    file, "holds no tensors: expected a state dict or a TorchScript module");
        }
        return arrays;
    }

    private static void addArrays(Map<String, Pickled> entries, Map<String, Pickled.Array> arrays) {
        entries.forEach(
                (name, value) -> {
                    if (value instanceof Pickled.Array array) arrays.put(name, array);
                });
    }

    /// A walk through a module and those in it.
    private static final class Walk {
        private final Path file;
        private final Map<String, Pickled.Array> arrays;
        private int objects;

        Walk(Path file, Map<String, Pickled.Array> arrays) {
            this.file = file;
            this.arrays = arrays;
        }

        void into(Pickled.Module module, String prefix, int depth) throws DataException {
            if (!(module.attributes instanceof Pickled.Dictionary(Map<String, Pickled> entries))) {
                return;
            }
            if (depth > DEEPEST) throw new DataException(file, "modules lie too deep in another");
            for (Map.Entry<String, Pickled> entry : entries.entrySet()) {
                if (++objects > MOST_OBJECTS) {
                    throw new DataException(
                            file, "modules have more than " + MOST_OBJECTS + " attributes");
                }
                if (prefix.length() + entry.getKey().length() > LONGEST_NAME) {
                    throw new DataException(
                            file, "an attribute's name has more than " + LONGEST_NAME + " letters");
                }
                String name = prefix + entry.getKey();
                switch (entry.getValue()) {
                    case Pickled.Array array -> arrays.put(name, array);
                    case Pickled.Module inner -> into(inner, name + ".", depth + 1);
                    default -> {}
                }
            }
        }
    }

    private static Map<String, Pickled.Array> withoutParallel(Map<String, Pickled.Array> arrays) {
        if (!arrays.keySet().stream().allMatch(name -> name.startsWith(PARALLEL))) return arrays;
        Map<String, Pickled.Array> plain = new LinkedHashMap<>();
        arrays.forEach((name, array) -> plain.put(name.substring(PARALLEL.length()), array));
        return plain;
    }

    // ---- looking --------------------------------------------------------------------------

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Set<String> names() {
        return arrays.keySet();
    }

    @Override
    public ElementType type(String name) throws DataException {
        return find(name).storage().type();
    }

    @Override
    public long[] shape(String name) throws DataException {
        return find(name).shape().clone();
    }

    @Override
    public MemorySegment bytes(String name) throws DataException {
        Pickled.Array array = find(name);
        MemorySegment storage = storage(array);
        int elementBytes = array.storage().type().bytes();
        long elements = 1;
        boolean inOrder = true;
        for (int axis = array.shape().length - 1; axis >= 0; axis--) {
            long size = array.shape()[axis];
            inOrder &= size == 1 || array.strides()[axis] == elements;
            elements = size == 0 ? 0 : elements * size;
        }
        if (inOrder || elements == 0) {
            return storage.asSlice(array.offset() * elementBytes, elements * elementBytes);
        }
        return copies.computeIfAbsent(
                name,
                _ ->
                        Strided.gather(
                                storage,
                                elementBytes,
                                array.offset(),
                                array.shape(),
                                array.strides(),
                                arena));
    }

    @Override
    public void release() {
        storages.values().forEach(MappedPages::release);
    }

    private Pickled.Array find(String name) throws DataException {
        Pickled.Array array = arrays.get(name);
        if (array == null) throw new DataException(file, name, "the file has no such tensor");
        return array;
    }

    /// The mapped memory of an array's storage.
    private MemorySegment storage(Pickled.Array array) {
        return Objects.requireNonNull(storages.get(array.storage().key()));
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) arena.close();
    }
}
