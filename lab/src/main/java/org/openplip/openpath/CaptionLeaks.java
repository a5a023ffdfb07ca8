package org.openplip.openpath;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Hashes;

/// Captions of evaluation sets, searched for one that a new caption repeats: the same words but for
/// case, accents and punctuation, or nearly the same.
///
/// Near is a Jaccard index of at least 0.7 of the sets of three words in a row (Broder 1997, "On
/// the resemblance and containment of documents"): of 20 words, one in the middle may differ.
/// Captions of fewer than 8 words are passed: by themselves "Colon adenocarcinoma, H&E" and the
/// like point to no picture. The search is exact. It looks only at captions that share one of a
/// caption's rarest shingles, as two sets that are near must (prefix filter: Bayardo, Ma, Srikant
/// 2007, "Scaling up all pairs similarity search"). Not thread-safe while captions are added.
final class CaptionLeaks {
    static final double LEAST_JACCARD = 0.7;
    static final int FEWEST_WORDS = 8;
    private static final int SHINGLE = 3;

    /// @param similarity the Jaccard index, 1 for the same words
    record Match(String name, String caption, double similarity) {
        String describe() {
            return similarity == 1
                    ? "the caption of %s: \"%s\"".formatted(name, caption)
                    : String.format(
                            Locale.ROOT,
                            "%.2f like the caption of %s: \"%s\"",
                            similarity,
                            name,
                            caption);
        }
    }

    private record Known(String name, String caption, Set<String> shingles) {}

    private final List<Known> known = new ArrayList<>();
    private final Map<String, List<Integer>> byShingle = new HashMap<>();

    void add(String name, String caption) {
        Set<String> shingles = shingles(caption);
        if (shingles.isEmpty()) return;
        for (String shingle : shingles) {
            byShingle.computeIfAbsent(shingle, _ -> new ArrayList<>()).add(known.size());
        }
        known.add(new Known(name, caption, shingles));
    }

    /// The likest caption, the earlier one of two that are alike; null where none is near.
    @Nullable Match find(String caption) {
        Set<String> shingles = shingles(caption);
        if (shingles.isEmpty() || known.isEmpty()) return null;
        // A set that shares no shingle of these shares too few of the others.
        ToIntFunction<String> frequency = s -> byShingle.getOrDefault(s, List.of()).size();
        int enough = shingles.size() - (int) Math.ceil(LEAST_JACCARD * shingles.size() - 1e-9) + 1;
        List<String> rarest =
                shingles.stream().sorted(Comparator.comparingInt(frequency)).limit(enough).toList();
        Set<Integer> candidates = new TreeSet<>();
        for (String shingle : rarest) {
            candidates.addAll(byShingle.getOrDefault(shingle, List.of()));
        }
        Match best = null;
        for (int candidate : candidates) {
            Known other = known.get(candidate);
            double similarity = jaccard(shingles, other.shingles);
            if (similarity >= LEAST_JACCARD && (best == null || similarity > best.similarity)) {
                best = new Match(other.name, other.caption, similarity);
            }
        }
        return best;
    }

    static double jaccard(Set<String> a, Set<String> b) {
        long both = a.stream().filter(b::contains).count();
        return (double) both / (a.size() + b.size() - both);
    }

    /// Every three words in a row, of letters and digits alone; none where there are too few words.
    static Set<String> shingles(String caption) {
        List<String> words = words(caption);
        if (words.size() < FEWEST_WORDS) return Set.of();
        Set<String> shingles = new TreeSet<>();
        for (int i = 0; i + SHINGLE <= words.size(); i++) {
            shingles.add(String.join(" ", words.subList(i, i + SHINGLE)));
        }
        return shingles;
    }

    private static List<String> words(String caption) {
        String plain = Normalizer.normalize(caption, Normalizer.Form.NFKD).toLowerCase(Locale.ROOT);
        List<String> words = new ArrayList<>();
        for (String word : plain.replaceAll("\\p{M}+", "").split("[^\\p{L}\\p{N}]+")) {
            if (!word.isEmpty()) words.add(word);
        }
        return words;
    }

    /// SHA-256 of the words, by which two captions can be compared without being shown.
    static String hash(String caption) {
        return Hashes.sha256(String.join(" ", words(caption)).getBytes(StandardCharsets.UTF_8));
    }
}
