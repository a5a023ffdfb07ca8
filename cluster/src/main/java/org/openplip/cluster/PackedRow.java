package org.openplip.cluster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.openplip.openpath.flow.Row;

/// A row as Spark carries it, in one array: the channel, the length of the key (int32), the key,
/// the value.
final class PackedRow {
    private static final int HEAD = 5;
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private PackedRow() {}

    static byte[] pack(int channel, byte[] key, byte[] value) {
        if (channel < 0 || channel > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("channel: expected 0 to 127, got " + channel);
        }
        byte[] packed = new byte[HEAD + key.length + value.length];
        packed[0] = (byte) channel;
        INT.set(packed, 1, key.length);
        System.arraycopy(key, 0, packed, HEAD, key.length);
        System.arraycopy(value, 0, packed, HEAD + key.length, value.length);
        return packed;
    }

    static Row unpack(byte[] packed) {
        int valueAt = valueAt(packed);
        return new Row(
                Arrays.copyOfRange(packed, HEAD, valueAt),
                Arrays.copyOfRange(packed, valueAt, packed.length));
    }

    static int channel(byte[] packed) {
        return packed[0];
    }

    /// As [Row#compareTo], whatever the channels.
    static int compare(byte[] a, byte[] b) {
        int valueA = valueAt(a);
        int valueB = valueAt(b);
        int byKey = Arrays.compareUnsigned(a, HEAD, valueA, b, HEAD, valueB);
        if (byKey != 0) return byKey;
        return Arrays.compareUnsigned(a, valueA, a.length, b, valueB, b.length);
    }

    /// A hash of the key alone, the same in every process.
    static int keyHash(byte[] packed) {
        int hash = 0;
        int end = valueAt(packed);
        for (int i = HEAD; i < end; i++) hash = 31 * hash + packed[i];
        // Keys that are close together must not fall into one partition: MurmurHash3's last step.
        hash ^= hash >>> 16;
        hash *= 0x85ebca6b;
        hash ^= hash >>> 13;
        hash *= 0xc2b2ae35;
        return hash ^ hash >>> 16;
    }

    private static int valueAt(byte[] packed) {
        return HEAD + (int) INT.get(packed, 1);
    }
}
