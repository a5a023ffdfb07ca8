package org.openplip.openpath.flow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what [Encoder] wrote, in the same order.
public final class Decoder {
    private final ByteBuffer bytes;

    public Decoder(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    public int int8() {
        return bytes.get();
    }

    public int int32() {
        return bytes.getInt();
    }

    public long int64() {
        return bytes.getLong();
    }

    public float float32() {
        return bytes.getFloat();
    }

    public double float64() {
        return bytes.getDouble();
    }

    public Instant instant() {
        return Instant.ofEpochSecond(int64() ^ Long.MIN_VALUE, int32());
    }

    public String text() {
        return text(int32());
    }

    public @Nullable String optional() {
        int length = int32();
        return length < 0 ? null : text(length);
    }

    private String text(int length) {
        String text =
                new String(
                        bytes.array(),
                        bytes.arrayOffset() + bytes.position(),
                        length,
                        StandardCharsets.UTF_8);
        bytes.position(bytes.position() + length);
        return text;
    }

    public List<String> texts() {
        int count = int32();
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) texts.add(text());
        return List.copyOf(texts);
    }

    public byte[] raw(int length) {
        byte[] raw = new byte[length];
        bytes.get(raw);
        return raw;
    }

    /// All bytes that are left.
    public byte[] rest() {
        return raw(bytes.remaining());
    }
}
