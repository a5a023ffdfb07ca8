package org.openplip.openpath.flow;

import java.util.Arrays;

/// What flows: a key, by which rows are grouped and first ordered, and a value, by which rows of
/// one key are ordered; both as unsigned bytes, a prefix before what it begins. The arrays are not
/// changed by anybody.
///
/// @param value of a line of text, its bytes; empty where the line is too long to be looked at
@SuppressWarnings("ArrayRecordComponent") // compared by content through compareTo
public record Row(byte[] key, byte[] value) implements Comparable<Row> {
    @Override
    public int compareTo(Row other) {
        int byKey = Arrays.compareUnsigned(key, other.key);
        return byKey != 0 ? byKey : Arrays.compareUnsigned(value, other.value);
    }
}
