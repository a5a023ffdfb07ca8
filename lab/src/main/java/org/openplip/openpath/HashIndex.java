package org.openplip.openpath;

import java.util.Arrays;

/// Finds all 64-bit hashes within a number of differing bits of a query, without looking at all of
/// them: multi-index hashing (Norouzi, Punjani, Fleet 2012). The hash is cut into four bands of 16
/// bits; when two hashes differ in at most `bits` bits, some band differs in at most `bits / 4`.
/// Exact. A hash takes 24 bytes. Not thread-safe while hashes are added.
final class HashIndex {
    private static final int BANDS = 4;
    private static final int BAND_BITS = 16;

    private final int bits;
    private final int[] masks;

    /// For each band and value, 1 and the place of the last hash with it; 0 for none.
    private final int[] last = new int[BANDS << BAND_BITS];

    /// For each place and band, 1 and the place of the hash before it with the same value.
    private int[] before = new int[64 * BANDS];

    private long[] hashes = new long[64];
    private int size;

    /// @param bits 0 to 19
    HashIndex(int bits) {
        if (bits < 0 || bits > 19) {
            throw new IllegalArgumentException("bits: expected 0 to 19, got " + bits);
        }
        this.bits = bits;
        int[] near = new int[1 << BAND_BITS];
        masks = Arrays.copyOf(near, addMasks(near, 0, 0, 0, bits / BANDS));
    }

    private static int addMasks(int[] masks, int count, int mask, int from, int left) {
        masks[count++] = mask;
        if (left == 0) return count;
        for (int bit = from; bit < BAND_BITS; bit++) {
            count = addMasks(masks, count, mask | 1 << bit, bit + 1, left - 1);
        }
        return count;
    }

    /// Adds a hash; it is known from here on by its place, 0 for the first.
    void add(long hash) {
        if (size == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * size);
            before = Arrays.copyOf(before, 2 * size * BANDS);
        }
        hashes[size] = hash;
        for (int band = 0; band < BANDS; band++) {
            int list = list(hash, band);
            before[size * BANDS + band] = last[list];
            last[list] = size + 1;
        }
        size++;
    }

    /// The places of all hashes within `bits` of `hash`, ascending.
    int[] near(long hash) {
        int[] found = new int[16];
        int count = 0;
        for (int band = 0; band < BANDS; band++) {
            int list = list(hash, band);
            for (int mask : masks) {
                for (int at = last[list ^ mask]; at > 0; at = before[(at - 1) * BANDS + band]) {
                    if (PerceptualHash.differingBits(hash, hashes[at - 1]) > bits) continue;
                    if (count == found.length) found = Arrays.copyOf(found, 2 * count);
                    found[count++] = at - 1;
                }
            }
        }
        Arrays.sort(found, 0, count);
        int distinct = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || found[i] != found[i - 1]) found[distinct++] = found[i];
        }
        return Arrays.copyOf(found, distinct);
    }

    long hash(int place) {
        return hashes[place];
    }

    private static int list(long hash, int band) {
        return (band << BAND_BITS) | ((int) (hash >>> (BAND_BITS * band)) & 0xffff);
    }
}
