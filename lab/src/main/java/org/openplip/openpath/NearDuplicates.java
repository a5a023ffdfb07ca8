package org.openplip.openpath;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pictures that were seen, searched for one that a new picture is a copy of. A copy has the same
/// bytes, the same pixels, or a perceptual hash that differs in few bits and a fine structure that
/// agrees; where there is little structure, the colour must agree too. Not thread-safe.
final class NearDuplicates {
    /// A picture seen before that a new one is a copy of.
    ///
    /// @param kind `same_file`, `same_pixels` or `near_duplicate`
    record Match(String kind, String name, int differingBits, double similarity) {
        String describe() {
            return kind.equals("near_duplicate")
                    ? String.format(
                            Locale.ROOT,
                            "of %s: %d bits, similarity %.3f",
                            name,
                            differingBits,
                            similarity)
                    : "of " + name;
        }
    }

    private record Seen(String name, Fingerprint print) {}

    private final double leastSimilarity;
    private final HashIndex index;
    private final List<Seen> seen = new ArrayList<>();
    private final Map<String, Seen> byFile = new HashMap<>();
    private final Map<String, Seen> byPixels = new HashMap<>();

    NearDuplicates(int bits, double leastSimilarity) {
        this.index = new HashIndex(bits);
        this.leastSimilarity = leastSimilarity;
    }

    void add(String name, Fingerprint print) {
        Seen added = new Seen(name, print);
        seen.add(added);
        index.add(print.hash());
        byFile.putIfAbsent(print.fileSha256(), added);
        byPixels.putIfAbsent(print.pixelSha256(), added);
    }

    /// The likest picture seen before, the earlier one of two that are alike; null where none is a
    /// copy.
    @Nullable Match find(Fingerprint print) {
        Seen same = byFile.get(print.fileSha256());
        if (same != null) return new Match("same_file", same.name, 0, 1);
        same = byPixels.get(print.pixelSha256());
        if (same != null) return new Match("same_pixels", same.name, 0, 1);
        Match best = null;
        for (int place : index.near(print.hash())) {
            Seen other = seen.get(place);
            double similarity = print.similarity(other.print);
            if (similarity < leastSimilarity || !print.mayBeCopyOf(other.print, similarity)) {
                continue;
            }
            if (best == null || similarity > best.similarity) {
                best =
                        new Match(
                                "near_duplicate",
                                other.name,
                                PerceptualHash.differingBits(print.hash(), other.print.hash()),
                                similarity);
            }
        }
        return best;
    }
}
