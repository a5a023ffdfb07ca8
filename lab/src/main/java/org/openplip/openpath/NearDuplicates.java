package org.openplip.openpath;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Pictures that were seen, searched for one that a new picture is a copy of. A copy has the same
/// bytes, the same pixels, or a perceptual hash that differs in few bits and a fine structure that
/// agrees; where there is little structure, the colour must agree too. Safe for several threads
/// while nothing is added.
final class NearDuplicates implements Closeable {
    /// A picture seen before that a new one is a copy of.
    ///
    /// @param place of the picture among those added, 0 for the first
    /// @param kind `same_file`, `same_pixels` or `near_duplicate`
    record Match(int place, String kind, String name, int differingBits, double similarity) {
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

    private final double leastSimilarity;
    private final HashIndex index;
    private final Fingerprints seen;
    private final DigestTable byFile = new DigestTable();
    private final DigestTable byPixels = new DigestTable();
    private int size;

    private NearDuplicates(int bits, double leastSimilarity, Fingerprints seen) {
        this.index = new HashIndex(bits);
        this.leastSimilarity = leastSimilarity;
        this.seen = seen;
    }

    /// None yet; 4 KiB of memory for each.
    static NearDuplicates inMemory(int bits, double leastSimilarity) {
        return new NearDuplicates(bits, leastSimilarity, new Fingerprints.InMemory());
    }

    /// None yet; some 100 bytes of memory for each, the rest in a scratch file.
    static NearDuplicates onDisk(int bits, double leastSimilarity, Path scratch)
            throws IOException {
        return new NearDuplicates(bits, leastSimilarity, new Fingerprints.OnDisk(scratch));
    }

    void add(String name, Fingerprint print) throws IOException {
        seen.add(new Fingerprints.Named(name, print));
        index.add(print.hash());
        byFile.add(print.fileSha256(), size);
        byPixels.add(print.pixelSha256(), size);
        size++;
    }

    /// The likest picture seen before, the earlier one of two that are alike; null where none is a
    /// copy.
    @Nullable Match find(Fingerprint print) throws IOException {
        int same = byFile.number(print.fileSha256());
        if (same >= 0) return new Match(same, "same_file", seen.at(same).name(), 0, 1);
        same = byPixels.number(print.pixelSha256());
        if (same >= 0) return new Match(same, "same_pixels", seen.at(same).name(), 0, 1);
        Match best = null;
        for (int place : index.near(print.hash())) {
            Fingerprints.Named other = seen.at(place);
            double similarity = print.similarity(other.print());
            if (similarity < leastSimilarity || !print.mayBeCopyOf(other.print(), similarity)) {
                continue;
            }
            if (best == null || similarity > best.similarity) {
                best =
                        new Match(
                                place,
                                "near_duplicate",
                                other.name(),
                                PerceptualHash.differingBits(print.hash(), index.hash(place)),
                                similarity);
            }
        }
        return best;
    }

    @Override
    public void close() throws IOException {
        seen.close();
    }
}
