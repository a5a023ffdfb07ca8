package org.openplip.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;

/// Reads the pickles that PyTorch writes, of protocols 2 to 5 (Python's `pickletools.py` describes
/// the opcodes). It knows tensors, plain containers and scalars, and TorchScript's objects as bags
/// of attributes. It runs nothing and looks nothing up: a name from any other module is refused.
///
/// Work and memory are bounded by the length of the pickle: no opcode copies a container.
final class Unpickler {
    /// A checkpoint of CLIP L/14 with AdamW's state has about 200,000 opcodes in 2 MB.
    static final int LONGEST = 64 << 20;

    private static final int MOST_OPCODES = 4_000_000;

    /// More axes than any tensor has.
    private static final int MOST_AXES = 16;

    private static final String REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
    private static final String REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
    private static final String ORDERED_DICT = "collections.OrderedDict";
    private static final String SCRIPT_MODULE = "__torch__.";

    /// What TorchScript puts around lists and dictionaries to say their type.
    private static final List<String> TYPE_TAGS =
            List.of(
                    "torch.jit._pickle.build_boollist",
                    "torch.jit._pickle.build_doublelist",
                    "torch.jit._pickle.build_intlist",
                    "torch.jit._pickle.build_tensorlist",
                    "torch.jit._pickle.restore_type_tag");

    private static final Map<String, ElementType> STORAGES =
            Map.ofEntries(
                    Map.entry("torch.DoubleStorage", ElementType.F64),
                    Map.entry("torch.FloatStorage", ElementType.F32),
                    Map.entry("torch.HalfStorage", ElementType.F16),
                    Map.entry("torch.BFloat16Storage", ElementType.BF16),
                    Map.entry("torch.LongStorage", ElementType.I64),
                    Map.entry("torch.IntStorage", ElementType.I32),
                    Map.entry("torch.ShortStorage", ElementType.I16),
                    Map.entry("torch.CharStorage", ElementType.I8),
                    Map.entry("torch.ByteStorage", ElementType.U8),
                    Map.entry("torch.storage.UntypedStorage", ElementType.U8),
                    Map.entry("torch.BoolStorage", ElementType.BOOL));

    private final Path file;
    private final String entry;
    private final ByteBuffer in;
    private final List<Pickled> stack = new ArrayList<>();

    /// The heights of the stack where a MARK was set.
    private final Deque<Integer> marks = new ArrayDeque<>();

    private final Map<Integer, Pickled> memo = new HashMap<>();
    private int opcodeAt;

    private Unpickler(Path file, String entry, byte[] pickle) {
        this.file = file;
        this.entry = entry;
        this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The value in `pickle`, which is the entry `entry` of `file`.
    ///
    /// @throws DataException if it is not a pickle, or asks for anything but what this class knows
    static Pickled read(Path file, String entry, byte[] pickle) throws DataException {
        Unpickler unpickler = new Unpickler(file, entry, pickle);
        try {
            return unpickler.run();
        } catch (BufferUnderflowException e) {
            throw unpickler.wrong("is cut off");
        }
    }

    private Pickled run() throws DataException {
        for (int opcodes = 0; opcodes < MOST_OPCODES; opcodes++) {
            opcodeAt = in.position();
            int opcode = in.get() & 0xff;
            if (opcode == '.') return pop(); // STOP
            execute(opcode);
        }
        throw wrong("has more than " + MOST_OPCODES + " opcodes");
    }

    private void execute(int opcode) throws DataException {
        switch (opcode) {
            case 0x80 -> { // PROTO
                int protocol = in.get() & 0xff;
                if (protocol < 2 || protocol > 5) {
                    throw wrong("is of protocol " + protocol + ", expected 2 to 5");
                }
            }
            case 0x95 -> in.getLong(); // FRAME

            // Scalars.
            case 'N' -> push(new Pickled.Other("None")); // NONE
            case 0x88 -> push(new Pickled.Whole(1)); // NEWTRUE
            case 0x89 -> push(new Pickled.Whole(0)); // NEWFALSE
            case 'J' -> push(new Pickled.Whole(in.getInt())); // BININT
            case 'K' -> push(new Pickled.Whole(in.get() & 0xff)); // BININT1
            case 'M' -> push(new Pickled.Whole(in.getShort() & 0xffff)); // BININT2
            case 0x8a -> push(whole(take(in.get() & 0xff))); // LONG1
            case 0x8b -> push(whole(take(in.getInt()))); // LONG4
            case 'G' -> { // BINFLOAT
                in.getLong();
                push(new Pickled.Other("a float"));
            }
            case 'U' -> push(text(take(in.get() & 0xff))); // SHORT_BINSTRING
            case 'T' -> push(text(take(in.getInt()))); // BINSTRING
            case 0x8c -> push(text(take(in.get() & 0xff))); // SHORT_BINUNICODE
            case 'X' -> push(text(take(in.getInt()))); // BINUNICODE
            case 0x8d -> push(text(take(in.getLong()))); // BINUNICODE8
            case 'C' -> push(bytes(in.get() & 0xff)); // SHORT_BINBYTES
            case 'B' -> push(bytes(in.getInt())); // BINBYTES
            case 0x8e, 0x96 -> push(bytes(in.getLong())); // BINBYTES8, BYTEARRAY8

            // Containers.
            case ')', ']', 0x8f -> push(sequence(List.of())); // EMPTY_TUPLE, _LIST, _SET
            case 0x85 -> push(sequence(popLast(1))); // TUPLE1
            case 0x86 -> push(sequence(popLast(2))); // TUPLE2
            case 0x87 -> push(sequence(popLast(3))); // TUPLE3
            case 't', 'l', 0x91 -> push(sequence(popToMark())); // TUPLE, LIST, FROZENSET
            case 'a' -> append(popLast(1)); // APPEND
            case 'e', 0x90 -> append(popToMark()); // APPENDS, ADDITEMS
            case '}' -> push(new Pickled.Dictionary(new LinkedHashMap<>())); // EMPTY_DICT
            case 'd' -> { // DICT
                List<Pickled> items = popToMark();
                push(new Pickled.Dictionary(new LinkedHashMap<>()));
                setItems(items);
            }
            case 's' -> setItems(popLast(2)); // SETITEM
            case 'u' -> setItems(popToMark()); // SETITEMS

            // The stack and the memo.
            case '(' -> marks.push(stack.size()); // MARK
            case '0' -> pop(); // POP
            case '1' -> popToMark(); // POP_MARK
            case '2' -> push(top()); // DUP
            case 'q' -> memo.put(in.get() & 0xff, top()); // BINPUT
            case 'r' -> memo.put(in.getInt(), top()); // LONG_BINPUT
            case 0x94 -> memo.put(memo.size(), top()); // MEMOIZE
            case 'h' -> push(remembered(in.get() & 0xff)); // BINGET
            case 'j' -> push(remembered(in.getInt())); // LONG_BINGET

            // What Python would look up and call.
            case 'c' -> push(global(line(), line())); // GLOBAL
            case 0x93 -> { // STACK_GLOBAL
                List<Pickled> names = popLast(2);
                if (!(names.get(0) instanceof Pickled.Text(String module))
                        || !(names.get(1) instanceof Pickled.Text(String name))) {
                    throw wrong("has a global without a name");
                }
                push(global(module, name));
            }
            case 'i' -> throw refusal(line() + "." + line()); // INST
            case 'R' -> { // REDUCE
                List<Pickled> call = popLast(2);
                push(reduce(call.get(0), call.get(1)));
            }
            case 0x81 -> { // NEWOBJ
                List<Pickled> call = popLast(2);
                if (call.get(0) instanceof Pickled.Global(String name)
                        && name.startsWith(SCRIPT_MODULE)) {
                    push(new Pickled.Module());
                } else {
                    throw refusal("to make " + describe(call.get(0)));
                }
            }
            case 'b' -> build(popLast(1).getFirst()); // BUILD
            case 'Q' -> push(storage(pop())); // BINPERSID
            default ->
                    throw wrong(
                            "opcode 0x%02x is not one of those that PyTorch writes"
                                    .formatted(opcode));
        }
    }

    // ---- scalars and containers -----------------------------------------------------------

    /// The next `length` bytes.
    private byte[] take(long length) throws DataException {
        byte[] bytes = new byte[checkedLength(length)];
        in.get(bytes);
        return bytes;
    }

    private Pickled bytes(long length) throws DataException {
        in.position(in.position() + checkedLength(length));
        return new Pickled.Other("bytes");
    }

    private int checkedLength(long length) throws DataException {
        if (length < 0 || length > in.remaining()) {
            throw wrong(
                    "has a value of %s bytes, but only %d follow"
                            .formatted(Long.toUnsignedString(length), in.remaining()));
        }
        return (int) length;
    }

    private static Pickled text(byte[] utf8) {
        return new Pickled.Text(new String(utf8, StandardCharsets.UTF_8));
    }

    /// A little-endian whole number in two's complement.
    private static Pickled whole(byte[] bytes) {
        if (bytes.length > 8) return new Pickled.Other("a number of more than 64 bits");
        long value = bytes.length == 0 ? 0 : bytes[bytes.length - 1];
        for (int i = bytes.length - 2; i >= 0; i--) value = (value << 8) | (bytes[i] & 0xff);
        return new Pickled.Whole(value);
    }

    private static Pickled sequence(List<Pickled> items) {
        return new Pickled.Sequence(new ArrayList<>(items));
    }

    private void append(List<Pickled> items) throws DataException {
        if (!(top() instanceof Pickled.Sequence(List<Pickled> list))) {
            throw refusal("to append to " + describe(top()));
        }
        list.addAll(items);
    }

    /// @param items keys and values in turn
    private void setItems(List<Pickled> items) throws DataException {
        if (!(top() instanceof Pickled.Dictionary(Map<String, Pickled> entries))) {
            throw refusal("to set items of " + describe(top()));
        }
        if (items.size() % 2 != 0) throw wrong("has a key without a value");
        for (int i = 0; i < items.size(); i += 2) {
            if (items.get(i) instanceof Pickled.Text(String key)) {
                entries.put(key, items.get(i + 1));
            }
        }
    }

    /// The text up to the end of the line.
    private String line() {
        int start = in.position();
        while (in.get() != '\n') {}
        return new String(in.array(), start, in.position() - 1 - start, StandardCharsets.UTF_8);
    }

    // ---- the stack ------------------------------------------------------------------------

    private void push(Pickled value) {
        stack.add(value);
    }

    /// The height that the stack must not fall below: that of the last mark.
    private int floor() {
        return marks.isEmpty() ? 0 : marks.element();
    }

    private Pickled top() throws DataException {
        if (stack.size() <= floor()) throw wrong("takes from an empty stack");
        return stack.getLast();
    }

    private Pickled pop() throws DataException {
        Pickled value = top();
        stack.removeLast();
        return value;
    }

    private List<Pickled> popLast(int count) throws DataException {
        return popFrom(stack.size() - count);
    }

    private List<Pickled> popToMark() throws DataException {
        if (marks.isEmpty()) throw wrong("has no mark");
        List<Pickled> values = popFrom(marks.element());
        marks.pop();
        return values;
    }

    private List<Pickled> popFrom(int height) throws DataException {
        if (height < floor()) throw wrong("takes from an empty stack");
        List<Pickled> tail = stack.subList(height, stack.size());
        List<Pickled> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    private Pickled remembered(int index) throws DataException {
        Pickled value = memo.get(index);
        if (value == null) throw wrong("has nothing in memo " + Integer.toUnsignedString(index));
        return value;
    }

    // ---- what Python would call -----------------------------------------------------------

    private Pickled global(String module, String name) throws DataException {
        String whole = module + "." + name;
        boolean known =
                whole.equals(REBUILD_TENSOR)
                        || whole.equals(REBUILD_PARAMETER)
                        || whole.equals(ORDERED_DICT)
                        || whole.startsWith(SCRIPT_MODULE)
                        || TYPE_TAGS.contains(whole)
                        || STORAGES.containsKey(whole);
        if (!known) throw refusal(whole);
        return new Pickled.Global(whole);
    }

    private Pickled reduce(Pickled function, Pickled arguments) throws DataException {
        if (function instanceof Pickled.Global(String name)
                && arguments instanceof Pickled.Sequence(List<Pickled> items)) {
            if (name.equals(REBUILD_TENSOR) && items.size() >= 4) return tensor(items);
            if (name.equals(REBUILD_PARAMETER)
                    && !items.isEmpty()
                    && items.getFirst() instanceof Pickled.Array data) {
                return data;
            }
            if (name.equals(ORDERED_DICT) && items.isEmpty()) {
                return new Pickled.Dictionary(new LinkedHashMap<>());
            }
            if (TYPE_TAGS.contains(name) && !items.isEmpty()) return items.getFirst();
        }
        throw refusal("to call %s with %s".formatted(describe(function), describe(arguments)));
    }

    private void build(Pickled state) throws DataException {
        switch (top()) {
            case Pickled.Module module -> module.attributes = state;
            // A state dict is an OrderedDict with one attribute, the versions of its modules.
            case Pickled.Dictionary _ -> {}
            case Pickled other -> throw refusal("to set the state of " + describe(other));
        }
    }

    /// @param arguments storage, offset, shape, strides, and what does not matter here
    private Pickled tensor(List<Pickled> arguments) throws DataException {
        if (!(arguments.get(0) instanceof Pickled.Storage storage)
                || !(arguments.get(1) instanceof Pickled.Whole(long offset))
                || !(arguments.get(2) instanceof Pickled.Sequence(List<Pickled> sizes))
                || !(arguments.get(3) instanceof Pickled.Sequence(List<Pickled> steps))
                || sizes.size() != steps.size()
                || sizes.size() > MOST_AXES) {
            throw wrong("has a tensor that is not made of a storage, an offset, shape and strides");
        }
        long[] shape = numbers(sizes);
        long[] strides = numbers(steps);
        if (!isWithin(storage.elements(), offset, shape, strides)) {
            throw wrong(
                    "a tensor of offset %d, shape %s, strides %s is not within its storage of %d"
                            .formatted(
                                    offset,
                                    Arrays.toString(shape),
                                    Arrays.toString(strides),
                                    storage.elements()));
        }
        return new Pickled.Array(storage, offset, shape, strides);
    }

    /// Whether the tensor has no more elements than the storage, and all lie in it.
    private static boolean isWithin(long storage, long offset, long[] shape, long[] strides) {
        boolean empty = false;
        for (int axis = 0; axis < shape.length; axis++) {
            if (shape[axis] < 0 || strides[axis] < 0) return false;
            empty |= shape[axis] == 0;
        }
        if (offset < 0 || offset > storage) return false;
        if (empty) return true;
        long elements = 1;
        long last = offset;
        for (int axis = 0; axis < shape.length; axis++) {
            if (shape[axis] > storage / elements) return false;
            elements *= shape[axis];
            long steps = shape[axis] - 1;
            if (steps > 0 && strides[axis] > (storage - last) / steps) return false;
            last += steps > 0 ? steps * strides[axis] : 0;
        }
        return last < storage;
    }

    private long[] numbers(List<Pickled> items) throws DataException {
        long[] numbers = new long[items.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(items.get(i) instanceof Pickled.Whole(long value))) {
                throw wrong("has a tensor with a size that is not a whole number");
            }
            numbers[i] = value;
        }
        return numbers;
    }

    /// The storage of a persistent id: `('storage', TYPE, KEY, DEVICE, ELEMENTS)`.
    private Pickled storage(Pickled id) throws DataException {
        if (id instanceof Pickled.Sequence(List<Pickled> items)
                && items.size() == 5
                && items.get(1) instanceof Pickled.Global(String type)
                && items.get(2) instanceof Pickled.Text(String key)
                && items.get(4) instanceof Pickled.Whole(long elements)) {
            ElementType elementType = STORAGES.get(type);
            if (elementType != null && elements >= 0) {
                return new Pickled.Storage(elementType, key, elements);
            }
        }
        throw wrong("has a persistent id that is not a storage");
    }

    // ---- messages -------------------------------------------------------------------------

    /// A value in a few words; never its contents, which may contain themselves.
    private static String describe(Pickled value) {
        return switch (value) {
            case Pickled.Text _ -> "a string";
            case Pickled.Whole _ -> "a whole number";
            case Pickled.Other(String what) -> what;
            case Pickled.Sequence(List<Pickled> items) -> "a sequence of " + items.size();
            case Pickled.Dictionary _ -> "a dictionary";
            case Pickled.Global(String name) -> name;
            case Pickled.Module _ -> "an object of TorchScript";
            case Pickled.Storage _ -> "a storage";
            case Pickled.Array _ -> "a tensor";
        };
    }

    private DataException refusal(String what) {
        return wrong(
                "refuses %s: only tensors and plain containers are read, and nothing is executed"
                        .formatted(what));
    }

    private DataException wrong(String reason) {
        // A name may be of any length.
        String line = reason.length() > 300 ? reason.substring(0, 300) + " .." : reason;
        return new DataException(file, entry + " byte " + opcodeAt, line);
    }
}
