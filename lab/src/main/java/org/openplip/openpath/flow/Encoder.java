package org.openplip.openpath.flow;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes fields one after the other as the bytes of a key or a value. The same fields give the
/// same bytes; [Decoder] reads them. Numbers are big-endian, so that those that are not negative
/// are in order as bytes.
public final class Encoder {
    private byte[] bytes = new byte[256];
    private int length;

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }

    public Encoder int8(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
        return this;
    }

    public Encoder int32(int value) {
        return int8(value >> 24).int8(value >> 16).int8(value >> 8).int8(value);
    }

    public Encoder int64(long value) {
        return int32((int) (value >> 32)).int32((int) value);
    }

    public Encoder float32(float value) {
        return int32(Float.floatToIntBits(value));
    }

    public Encoder float64(double value) {
        return int64(Double.doubleToLongBits(value));
    }

    /// Twelve bytes that are in the order of time.
    public Encoder instant(Instant value) {
        return int64(value.getEpochSecond() ^ Long.MIN_VALUE).int32(value.getNano());
    }

    /// A string of any length; not in the order of strings.
    public Encoder text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return int32(utf8.length).raw(utf8);
    }

    /// A string whose bytes are in the order of its UTF-8 bytes, whatever follows.
    public Encoder ordered(String value) {
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            int8(b);
            if (b == 0) int8(0xff);
        }
        return int8(0).int8(0);
    }

    public Encoder optional(@Nullable String value) {
        return value == null ? int32(-1) : text(value);
    }

    public Encoder texts(List<String> values) {
        int32(values.size());
        for (String value : values) text(value);
        return this;
    }

    /// Bytes without their length; [Decoder#raw] must know it.
    public Encoder raw(byte[] value) {
        ensure(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    public byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }
}
