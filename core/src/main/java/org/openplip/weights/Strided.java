package org.openplip.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Elements that lie in memory in another than C order.
final class Strided {
    /// Bytes that a gathered tensor begins at a multiple of.
    private static final long ALIGNMENT = 64;

    private Strided() {}

    /// A copy of a tensor in C order, read-only, owned by `arena`.
    ///
    /// @param from the memory that holds all its elements
    /// @param elementBytes 1, 2, 4 or 8
    /// @param offset of the first element, in elements
    /// @param strides from one element of an axis to the next, in elements, at least 0
    static MemorySegment gather(
            MemorySegment from,
            int elementBytes,
            long offset,
            long[] shape,
            long[] strides,
            Arena arena) {
        long elements = 1;
        for (long size : shape) elements = Math.multiplyExact(elements, size);
        MemorySegment to = arena.allocate(Math.max(1, elements * elementBytes), ALIGNMENT);
        int axes = shape.length;
        long[] index = new long[axes];
        long at = offset;
        for (long i = 0; i < elements; i++) {
            copy(from, at * elementBytes, to, i * elementBytes, elementBytes);
            for (int axis = axes - 1; axis >= 0; axis--) {
                at += strides[axis];
                if (++index[axis] < shape[axis]) break;
                at -= index[axis] * strides[axis];
                index[axis] = 0;
            }
        }
        return to.asSlice(0, elements * elementBytes).asReadOnly();
    }

    private static void copy(
            MemorySegment from, long source, MemorySegment to, long target, int bytes) {
        switch (bytes) {
            case 1 ->
                    to.set(ValueLayout.JAVA_BYTE, target, from.get(ValueLayout.JAVA_BYTE, source));
            case 2 ->
                    to.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            target,
                            from.get(ValueLayout.JAVA_SHORT_UNALIGNED, source));
            case 4 ->
                    to.set(
                            ValueLayout.JAVA_INT_UNALIGNED,
                            target,
                            from.get(ValueLayout.JAVA_INT_UNALIGNED, source));
            case 8 ->
                    to.set(
                            ValueLayout.JAVA_LONG_UNALIGNED,
                            target,
                            from.get(ValueLayout.JAVA_LONG_UNALIGNED, source));
            default -> throw new IllegalArgumentException("elementBytes: got " + bytes);
        }
    }
}
