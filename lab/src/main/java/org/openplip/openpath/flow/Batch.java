package org.openplip.openpath.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Rows one after the other in one array, as they also stand in a [Run]: the channel, the lengths
/// of the key and of the value (int32), the key, the value.
final class Batch implements Stage.Out {
    static final int HEAD = 9;
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes;
    private int length;

    Batch(int capacity) {
        bytes = new byte[capacity];
    }

    @Override
    public void row(int channel, byte[] key, byte[] value) {
        if (channel < 0 || channel > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("channel: expected 0 to 127, got " + channel);
        }
        ensure((long) HEAD + key.length + value.length);
        bytes[length] = (byte) channel;
        INT.set(bytes, length + 1, key.length);
        INT.set(bytes, length + 5, value.length);
        System.arraycopy(key, 0, bytes, length + HEAD, key.length);
        System.arraycopy(value, 0, bytes, length + HEAD + key.length, value.length);
        length += HEAD + key.length + value.length;
    }

    void add(Batch other) {
        ensure(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
    }

    private void ensure(long more) {
        long needed = length + more;
        if (needed <= bytes.length) return;
        if (needed > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("rows: expected below 2 GiB at a time");
        }
        long grown = Math.min(Integer.MAX_VALUE - 16, Math.max(needed, 2L * bytes.length));
        bytes = Arrays.copyOf(bytes, (int) grown);
    }

    int length() {
        return length;
    }

    byte[] bytes() {
        return bytes;
    }

    void clear() {
        length = 0;
    }

    static int keyLength(byte[] bytes, int at) {
        return (int) INT.get(bytes, at + 1);
    }

    static int valueLength(byte[] bytes, int at) {
        return (int) INT.get(bytes, at + 5);
    }

    static int size(byte[] bytes, int at) {
        return HEAD + keyLength(bytes, at) + valueLength(bytes, at);
    }
}
