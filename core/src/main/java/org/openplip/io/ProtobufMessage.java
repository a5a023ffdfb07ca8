package org.openplip.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A protobuf message in its wire format, put together field by field.
///
/// Long fields are written only when the message is, so that gigabytes of weights never lie in the
/// heap. See protobuf.dev, "Encoding": a field is a tag (number and wire type) and a value, either
/// a varint, four or eight bytes, or a length and that many bytes.
public final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH = 2;
    private static final int FOUR_BYTES = 5;

    private final List<AtomicFiles.Content> parts = new ArrayList<>();
    private long size;

    /// Adds an integer or an enum's value.
    public ProtobufMessage number(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /// Adds a `float`.
    public ProtobufMessage real(int field, float value) {
        tag(field, FOUR_BYTES);
        return append(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    }

    /// Adds a `double`.
    public ProtobufMessage real(int field, double value) {
        tag(field, EIGHT_BYTES);
        return append(
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array());
    }

    /// Adds a string.
    public ProtobufMessage text(int field, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return bytes(field, bytes.length, out -> out.write(bytes));
    }

    /// Adds a message, which must be complete.
    public ProtobufMessage message(int field, ProtobufMessage message) {
        return bytes(field, message.size, message::writeTo);
    }

    /// Adds a field of `length` bytes, which `content` writes when the message is written.
    public ProtobufMessage bytes(int field, long length, AtomicFiles.Content content) {
        tag(field, LENGTH);
        varint(length);
        parts.add(content);
        size += length;
        return this;
    }

    private void tag(int field, int wireType) {
        varint((long) field << 3 | wireType);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    private void varint(long value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(10);
        while ((value & ~0x7FL) != 0) {
            bytes.write((int) ((value & 0x7F) | 0x80));
            value >>>= 7;
        }
        bytes.write((int) value);
        append(bytes.toByteArray());
    }

    private ProtobufMessage append(byte[] bytes) {
        parts.add(out -> out.write(bytes));
        size += bytes.length;
        return this;
    }

    /// The length in bytes.
    public long size() {
        return size;
    }

    public void writeTo(OutputStream out) throws IOException {
        for (AtomicFiles.Content part : parts) part.writeTo(out);
    }
}
