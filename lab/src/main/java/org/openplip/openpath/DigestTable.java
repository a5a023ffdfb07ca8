package org.openplip.openpath;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// A table of strings, each kept as 128 bits of its SHA-256, with a number for each: some 30 bytes
/// a string. Two strings of a billion fall together with a probability of one in 10^20. Not
/// thread-safe while strings are added.
final class DigestTable {
    private static final int NONE = -1;

    private long[] digests = new long[2 * 64]; // two for each slot
    private int[] numbers = filled(64);
    private int size;

    private static int[] filled(int slots) {
        int[] numbers = new int[slots];
        java.util.Arrays.fill(numbers, NONE);
        return numbers;
    }

    /// How many strings there are.
    int size() {
        return size;
    }

    boolean contains(String text) {
        return number(text) != NONE;
    }

    /// The number of a string, -1 where it is not there.
    int number(String text) {
        ByteBuffer digest = digest(text);
        return numbers[slot(digest.getLong(), digest.getLong())];
    }

    /// Adds a string under the next number, beginning with 0.
    ///
    /// @return whether it was not there
    boolean add(String text) {
        return add(text, size);
    }

    /// Adds a string that is not there under `number`, 0 or more; one that is there stays as it is.
    ///
    /// @return whether it was not there
    boolean add(String text, int number) {
        ByteBuffer digest = digest(text);
        long high = digest.getLong();
        long low = digest.getLong();
        int slot = slot(high, low);
        if (numbers[slot] != NONE) return false;
        digests[2 * slot] = high;
        digests[2 * slot + 1] = low;
        numbers[slot] = number;
        size++;
        if (3 * (long) size > 2 * (long) numbers.length) grow();
        return true;
    }

    private int slot(long high, long low) {
        int slot = (int) high & (numbers.length - 1);
        while (numbers[slot] != NONE
                && (digests[2 * slot] != high || digests[2 * slot + 1] != low)) {
            slot = (slot + 1) & (numbers.length - 1);
        }
        return slot;
    }

    private void grow() {
        long[] before = digests;
        int[] numbersBefore = numbers;
        digests = new long[2 * before.length];
        numbers = filled(2 * numbersBefore.length);
        for (int i = 0; i < numbersBefore.length; i++) {
            if (numbersBefore[i] == NONE) continue;
            int slot = slot(before[2 * i], before[2 * i + 1]);
            digests[2 * slot] = before[2 * i];
            digests[2 * slot + 1] = before[2 * i + 1];
            numbers[slot] = numbersBefore[i];
        }
    }

    private static ByteBuffer digest(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
