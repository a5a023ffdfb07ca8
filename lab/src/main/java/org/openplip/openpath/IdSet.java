package org.openplip.openpath;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// A set of texts in 11 to 22 bytes each, by the first 64 bits of their SHA-256: among ten million
/// the chance that any two are taken for one is 3 in a million.
public final class IdSet {
    private final MessageDigest digest;
    private long[] slots = new long[1024];
    private int size;

    /// An empty set.
    public IdSet() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /// Adds a text.
    ///
    /// @return whether it was not there
    public boolean add(String text) {
        long hash = hash(text);
        int at = slot(hash);
        if (slots[at] == hash) return false;
        slots[at] = hash;
        size++;
        if (size * 4L > slots.length * 3L) {
            long[] before = slots;
            slots = new long[2 * before.length];
            for (long one : before) if (one != 0) slots[slot(one)] = one;
        }
        return true;
    }

    /// Whether a text is there.
    public boolean contains(String text) {
        long hash = hash(text);
        return slots[slot(hash)] == hash;
    }

    /// How many there are.
    public int size() {
        return size;
    }

    /// Where a hash is, or belongs.
    private int slot(long hash) {
        int at = (int) hash & (slots.length - 1);
        while (slots[at] != 0 && slots[at] != hash) at = (at + 1) & (slots.length - 1);
        return at;
    }

    /// Never 0, which marks what is free.
    private long hash(String text) {
        byte[] bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
        long hash = ByteBuffer.wrap(bytes).getLong();
        return hash == 0 ? 1 : hash;
    }
}
