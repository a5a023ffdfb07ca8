package org.openplip.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/// Byte-pair encoding learnt from texts (Sennrich et al., ACL 2016, algorithm 1), in CLIP's form:
/// 512 tokens for the bytes within and at the end of a word, one token for each merge, and the two
/// marks of a text's start and end.
///
/// Of the neighbouring tokens that occur most often within words, the pair that comes first in the
/// order of its left token's and then its right token's characters is merged, again and again, so
/// that the same texts, in any order, give the same merges. A pair that occurs once is not worth a
/// token: a small corpus may end below the vocabulary asked for.
final class BpeTrainer {
    private record Candidate(long count, int left, int right) {}

    private final List<String> tokens = new ArrayList<>(Arrays.asList(ByteAlphabet.firstTokens()));
    private final Map<String, Integer> idOf = new HashMap<>();
    private final List<int[]> words = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();
    private final Map<Long, Long> pairCounts = new HashMap<>();
    private final Map<Long, Set<Integer>> wordsWithPair = new HashMap<>();
    private final PriorityQueue<Candidate> queue =
            new PriorityQueue<>(
                    Comparator.comparingLong(Candidate::count)
                            .reversed()
                            .thenComparing(c -> tokens.get(c.left()))
                            .thenComparing(c -> tokens.get(c.right())));

    private BpeTrainer(Iterable<String> texts) {
        for (int id = 0; id < tokens.size(); id++) idOf.put(tokens.get(id), id);
        Map<String, Long> pieces = new TreeMap<>();
        for (String text : texts) {
            for (String piece : ClipPieces.split(ClipPieces.clean(text))) {
                boolean special = piece.equals(ClipPieces.START) || piece.equals(ClipPieces.END);
                if (!special) pieces.merge(piece, 1L, Long::sum);
            }
        }
        pieces.forEach(
                (piece, count) -> {
                    words.add(bytes(piece));
                    counts.add(count);
                    count(words.size() - 1, 1);
                });
        pairCounts.keySet().forEach(this::offer);
    }

    /// The merges learnt, first to last.
    ///
    /// @param vocabularySize the number of tokens aimed at, the 512 bytes and the two marks
    ///   included
    static List<Merge> train(Iterable<String> texts, int vocabularySize) {
        if (vocabularySize < 514) {
            throw new IllegalArgumentException(
                    "vocabularySize: expected at least 514, got " + vocabularySize);
        }
        return new BpeTrainer(texts).merges(vocabularySize - 2);
    }

    private List<Merge> merges(int size) {
        List<Merge> merges = new ArrayList<>();
        while (tokens.size() < size && !queue.isEmpty()) {
            Candidate best = queue.remove();
            long pair = pair(best.left(), best.right());
            // A count that has changed since stands elsewhere in the queue, or is gone.
            if (pairCounts.getOrDefault(pair, 0L) != best.count()) continue;
            if (best.count() < 2) break;
            Merge merge = new Merge(tokens.get(best.left()), tokens.get(best.right()));
            merges.add(merge);
            apply(best, token(merge.merged()));
        }
        return merges;
    }

    /// The same characters may come together along two ways: then both give one token.
    private int token(String merged) {
        return idOf.computeIfAbsent(
                merged,
                text -> {
                    tokens.add(text);
                    return tokens.size() - 1;
                });
    }

    private void apply(Candidate best, int merged) {
        long pair = pair(best.left(), best.right());
        Set<Long> touched = new HashSet<>();
        for (int word : List.copyOf(wordsWithPair.getOrDefault(pair, Set.of()))) {
            touched.addAll(pairs(words.get(word)));
            count(word, -1);
            words.set(word, replace(words.get(word), best.left(), best.right(), merged));
            count(word, 1);
            touched.addAll(pairs(words.get(word)));
        }
        touched.forEach(this::offer);
    }

    private void offer(long pair) {
        Long count = pairCounts.get(pair);
        if (count != null) queue.add(new Candidate(count, (int) (pair >>> 32), (int) pair));
    }

    /// Adds the word's pairs to the counts, or takes them away.
    private void count(int word, int sign) {
        for (long pair : pairs(words.get(word))) {
            long count = pairCounts.merge(pair, sign * counts.get(word), Long::sum);
            if (count == 0) pairCounts.remove(pair);
            Set<Integer> holders = wordsWithPair.computeIfAbsent(pair, _ -> new HashSet<>());
            if (sign > 0) holders.add(word);
            else holders.remove(word);
        }
    }

    private static List<Long> pairs(int[] word) {
        List<Long> pairs = new ArrayList<>(word.length);
        for (int i = 1; i < word.length; i++) pairs.add(pair(word[i - 1], word[i]));
        return pairs;
    }

    static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    private int[] bytes(String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        int[] word = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            String end = i == bytes.length - 1 ? ByteAlphabet.END_OF_WORD : "";
            String token = ByteAlphabet.character(bytes[i] & 0xff) + end;
            word[i] = Objects.requireNonNull(idOf.get(token));
        }
        return word;
    }

    /// The word with each `left right`, from the left, turned into `merged`.
    static int[] replace(int[] word, int left, int right, int merged) {
        int[] out = new int[word.length];
        int n = 0;
        for (int i = 0; i < word.length; i++) {
            boolean match = i + 1 < word.length && word[i] == left && word[i + 1] == right;
            out[n++] = match ? merged : word[i];
            if (match) i++;
        }
        return n == word.length ? word : Arrays.copyOf(out, n);
    }
}
