package org.openplip.openpath;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds all 64-bit hashes within a number of differing bits of a query, without looking at all of
/// them: multi-index hashing (Norouzi, Punjani, Fleet 2012). The hash is cut into four bands of 16
/// bits; when two hashes differ in at most `bits` bits, some band differs in at most `bits / 4`.
/// Exact. Not thread-safe.
final class HashIndex {
    private static final int BANDS = 4;
    private static final int BAND_BITS = 16;

    private final int bits;
    private final int[] masks;
    private final List<Map<Integer, List<Integer>>> bands = new ArrayList<>();
    private final List<Long> hashes = new ArrayList<>();

    /// @param bits 0 to 19
    HashIndex(int bits) {
        if (bits < 0 || bits > 19) {
            throw new IllegalArgumentException("bits: expected 0 to 19, got " + bits);
        }
        this.bits = bits;
        List<Integer> near = new ArrayList<>();
        addMasks(near, 0, 0, bits / BANDS);
        masks = near.stream().mapToInt(Integer::intValue).toArray();
        for (int band = 0; band < BANDS; band++) bands.add(new HashMap<>());
    }

    private static void addMasks(List<Integer> masks, int mask, int from, int left) {
        masks.add(mask);
        if (left == 0) return;
        for (int bit = from; bit < BAND_BITS; bit++) {
            addMasks(masks, mask | 1 << bit, bit + 1, left - 1);
        }
    }

    /// Adds a hash; it is known from here on by its place, 0 for the first.
    void add(long hash) {
        for (int band = 0; band < BANDS; band++) {
            bands.get(band)
                    .computeIfAbsent(band(hash, band), _ -> new ArrayList<>())
                    .add(hashes.size());
        }
        hashes.add(hash);
    }

    /// The places of all hashes within `bits` of `hash`, ascending.
    List<Integer> near(long hash) {
        java.util.TreeSet<Integer> found = new java.util.TreeSet<>();
        for (int band = 0; band < BANDS; band++) {
            int value = band(hash, band);
            for (int mask : masks) {
                List<Integer> bucket = bands.get(band).get(value ^ mask);
                if (bucket == null) continue;
                for (int place : bucket) {
                    if (PerceptualHash.differingBits(hash, hashes.get(place)) <= bits) {
                        found.add(place);
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    private static int band(long hash, int band) {
        return (int) (hash >>> (BAND_BITS * band)) & 0xffff;
    }
}
