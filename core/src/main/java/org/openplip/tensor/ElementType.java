package org.openplip.tensor;

/// The types of a tensor's elements, named as Safetensors names them. All are little-endian.
public enum ElementType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /// The size of one element in bytes.
    public int bytes() {
        return bytes;
    }

    /// Whether the elements are floating-point numbers.
    public boolean isFloatingPoint() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            case I64, I32, I16, I8, U8, BOOL -> false;
        };
    }
}
