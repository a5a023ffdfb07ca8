package org.openplip.openpath.fetch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Where in a file what belongs to a text begins, in 21 to 43 bytes a text, by the first 64 bits of
/// its SHA-256: among ten million the chance that any two are taken for one is 3 in a million.
final class OffsetTable {
    /// What [#get] yields of a text that is not there.
    static final long ABSENT = -1;

    private final MessageDigest digest;
    private long[] hashes = new long[1024];
    private long[] offsets = new long[1024];
    private int size;

    OffsetTable() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /// The offset of a text, or [#ABSENT].
    long get(String text) {
        long hash = hash(text);
        int at = slot(hash);
        return hashes[at] == hash ? offsets[at] : ABSENT;
    }

    /// Sets the offset of a text.
    void put(String text, long offset) {
        long hash = hash(text);
        int at = slot(hash);
        if (hashes[at] != hash) {
            hashes[at] = hash;
            size++;
        }
        offsets[at] = offset;
        if (size * 4L > hashes.length * 3L) grow();
    }

    private void grow() {
        long[] hashesBefore = hashes;
        long[] offsetsBefore = offsets;
        hashes = new long[2 * hashesBefore.length];
        offsets = new long[2 * offsetsBefore.length];
        for (int i = 0; i < hashesBefore.length; i++) {
            if (hashesBefore[i] == 0) continue;
            int at = slot(hashesBefore[i]);
            hashes[at] = hashesBefore[i];
            offsets[at] = offsetsBefore[i];
        }
    }

    /// Where a hash is, or belongs.
    private int slot(long hash) {
        int at = (int) hash & (hashes.length - 1);
        while (hashes[at] != 0 && hashes[at] != hash) at = (at + 1) & (hashes.length - 1);
        return at;
    }

    /// Never 0, which marks what is free.
    private long hash(String text) {
        byte[] bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
        long hash = ByteBuffer.wrap(bytes).getLong();
        return hash == 0 ? 1 : hash;
    }
}
