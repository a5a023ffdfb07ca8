package org.openplip.openpath;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Counts of the pairs of a release, from which its card, its page and its manifest are written. Of
/// a pair some 100 bytes are in memory.
final class ReleaseContents {
    /// Pairs of one source, by split and by the number of words of the caption.
    static final class OfSource {
        private long train;
        private long validation;
        private final SortedMap<Integer, Long> words = new TreeMap<>();

        long train() {
            return train;
        }

        long validation() {
            return validation;
        }

        /// How many captions have a number of words.
        SortedMap<Integer, Long> words() {
            return words;
        }

        private void add(boolean inTrain, int ofWords) {
            if (inTrain) train++;
            else validation++;
            words.merge(ofWords, 1L, Long::sum);
        }

        /// The least number of words that half of the captions do not exceed.
        int medianWords() {
            long seen = 0;
            for (var entry : words.entrySet()) {
                seen += entry.getValue();
                if (2 * seen >= train + validation) return entry.getKey();
            }
            return 0;
        }
    }

    private final OfSource all = new OfSource();
    private final SortedMap<String, OfSource> sources = new TreeMap<>();
    private final DigestTable posts = new DigestTable();
    private final DigestTable pictures = new DigestTable();
    private final DigestTable authors = new DigestTable();
    private final SortedMap<String, long[]> hashtags = new TreeMap<>();
    private final SortedMap<String, long[]> months = new TreeMap<>();
    private final SortedMap<String, Long> licences = new TreeMap<>();
    private final Map<String, SortedSet<String>> licencesOfShards = new HashMap<>();
    private Instant first = Instant.MAX;
    private Instant last = Instant.EPOCH;

    /// Counts of pairs that are in memory.
    static ReleaseContents of(Iterable<Pair> pairs) {
        ReleaseContents contents = new ReleaseContents();
        for (Pair pair : pairs) contents.add(pair);
        return contents;
    }

    void add(Pair pair) {
        boolean train = pair.split().equals("train");
        int words = TextCleaner.words(pair.caption());
        all.add(train, words);
        sources.computeIfAbsent(pair.source(), _ -> new OfSource()).add(train, words);
        posts.add(pair.postId());
        pictures.add(pair.duplicateGroup());
        if (pair.authorId() != null) authors.add(pair.authorId());
        for (String hashtag : pair.hashtags()) {
            hashtags.computeIfAbsent(hashtag, _ -> new long[2])[
                    pair.source().equals("reply") ? 1 : 0]++;
        }
        String month = pair.createdAt().atOffset(ZoneOffset.UTC).toString().substring(0, 7);
        months.computeIfAbsent(month, _ -> new long[2])[train ? 0 : 1]++;
        licences.merge(Objects.requireNonNullElse(pair.licence(), ""), 1L, Long::sum);
        if (pair.licence() != null) {
            licencesOfShards
                    .computeIfAbsent(pair.shard(), _ -> new TreeSet<>())
                    .add(pair.licence());
        }
        if (pair.createdAt().isBefore(first)) first = pair.createdAt();
        if (pair.createdAt().isAfter(last)) last = pair.createdAt();
    }

    long pairs() {
        return all.train + all.validation;
    }

    /// Pairs of every source together.
    OfSource all() {
        return all;
    }

    /// By the name of the source; those without a pair are not there.
    SortedMap<String, OfSource> sources() {
        return sources;
    }

    long posts() {
        return posts.size();
    }

    long pictures() {
        return pictures.size();
    }

    /// Authors of captions, where they are known.
    long authors() {
        return authors.size();
    }

    /// Pairs whose captions are posts', and those whose are replies', by hashtag.
    SortedMap<String, long[]> hashtags() {
        return hashtags;
    }

    /// Pairs of training and of validation by month, `2022-11`.
    SortedMap<String, long[]> months() {
        return months;
    }

    /// Pairs by licence; empty where none is stated.
    SortedMap<String, Long> licences() {
        return licences;
    }

    /// The licences that are stated.
    SortedSet<String> statedLicences() {
        SortedSet<String> stated = new TreeSet<>(licences.keySet());
        stated.remove("");
        return stated;
    }

    /// The licences that are stated of the pairs of one shard.
    SortedSet<String> statedLicences(String shard) {
        return licencesOfShards.getOrDefault(shard, new TreeSet<>());
    }

    /// When the oldest post was made; only where there is a pair.
    Instant first() {
        return first;
    }

    /// When the newest post was made; 1970 where there is no pair.
    Instant last() {
        return last;
    }
}
