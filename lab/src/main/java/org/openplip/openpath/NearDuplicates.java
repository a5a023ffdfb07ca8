package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pictures that were seen, searched for one that a new picture is a copy of. A copy has the same
/// bytes, the same pixels, or a perceptual hash that differs in few bits and a fine structure that
/// agrees (where there is little structure, the colour must agree too); or, where the settings ask
/// for it, a similar embedding.
///
/// Pictures are asked for in batches, in the order of time: the products of embeddings are made
/// for a batch together, and what is added meanwhile counts for the rest of it.
///
///     NearDuplicates.Lookup lookup = seen.lookup(batch);
///     for (int i = 0; i < batch.size(); i++) {
///         if (lookup.find(i) == null) seen.add(names.get(i), batch.get(i));
///     }
///
/// Not thread-safe. Close it after the last use.
final class NearDuplicates implements AutoCloseable {
    /// What is looked at of a picture.
    ///
    /// @param embedding of unit length; null where there is no checkpoint
    @SuppressWarnings("ArrayRecordComponent") // compared through similarity alone
    record Look(Fingerprint print, float @Nullable [] embedding) {}

    /// A picture seen before that a new one is a copy of.
    ///
    /// @param kind `same_file`, `same_pixels`, `near_duplicate`, `same_embedding` or
    ///   `near_embedding`
    /// @param similarity of the fine structure, or of the embeddings
    record Match(String kind, String name, int differingBits, double similarity) {
        String describe() {
            return switch (kind) {
                case "near_duplicate" ->
                        String.format(
                                Locale.ROOT,
                                "of %s: %d bits, similarity %.3f",
                                name,
                                differingBits,
                                similarity);
                case "near_embedding" ->
                        String.format(Locale.ROOT, "of %s: cosine %.4f", name, similarity);
                default -> "of " + name;
            };
        }
    }

    /// From here on two embeddings are the same but for rounding.
    private static final double SAME_EMBEDDING = 1 - 1e-6;

    private final double leastSimilarity;
    private final HashIndex index;
    private final @Nullable EmbeddingNeighbours embeddings;
    private final List<String> names = new ArrayList<>();
    private final List<Fingerprint> prints = new ArrayList<>();
    private final Map<String, String> byFile = new HashMap<>();
    private final Map<String, String> byPixels = new HashMap<>();

    /// Pictures without embeddings.
    ///
    /// @param bits how many of the perceptual hash may differ
    /// @param leastSimilarity of the fine structure
    NearDuplicates(int bits, double leastSimilarity) {
        this(bits, leastSimilarity, null);
    }

    private NearDuplicates(
            int bits, double leastSimilarity, @Nullable EmbeddingNeighbours embeddings) {
        this.index = new HashIndex(bits);
        this.leastSimilarity = leastSimilarity;
        this.embeddings = embeddings;
    }

    /// As the settings say, by embedding too if they do.
    ///
    /// @param width of the embeddings
    /// @param scratch a folder for a scratch file
    static NearDuplicates of(BuildSettings settings, int width, Path scratch) throws IOException {
        Double cosine = settings.duplicateCosine();
        return new NearDuplicates(
                settings.duplicateBits(),
                settings.duplicateSimilarity(),
                cosine == null ? null : new EmbeddingNeighbours(width, cosine, scratch));
    }

    /// Adds a picture.
    ///
    /// @throws IllegalArgumentException if embeddings are compared and it has none
    void add(String name, Look look) throws IOException {
        float[] embedding = look.embedding;
        if (embeddings != null) {
            if (embedding == null) {
                throw new IllegalArgumentException("look: expected an embedding, got none");
            }
            embeddings.add(embedding);
        }
        names.add(name);
        prints.add(look.print);
        index.add(look.print.hash());
        byFile.putIfAbsent(look.print.fileSha256(), name);
        byPixels.putIfAbsent(look.print.pixelSha256(), name);
    }

    /// Looks for copies of `looks` together.
    Lookup lookup(List<Look> looks) {
        if (embeddings == null) return new Lookup(looks, null);
        List<float[]> queries = new ArrayList<>(looks.size());
        for (Look look : looks) {
            if (look.embedding == null) {
                throw new IllegalArgumentException("looks: expected embeddings, got none");
            }
            queries.add(look.embedding);
        }
        return new Lookup(looks, embeddings.lookup(queries));
    }

    /// Pictures that are looked for together.
    final class Lookup {
        private final List<Look> looks;
        private final EmbeddingNeighbours.@Nullable Lookup neighbours;

        private Lookup(List<Look> looks, EmbeddingNeighbours.@Nullable Lookup neighbours) {
            this.looks = List.copyOf(looks);
            this.neighbours = neighbours;
        }

        /// The likest of the pictures seen up to now, by hash and structure or else by embedding,
        /// the earlier one of two that are alike; null where picture `i` is a copy of none.
        @Nullable Match find(int i) {
            Match match = byHash(looks.get(i).print);
            if (match != null || neighbours == null) return match;
            EmbeddingNeighbours.Nearest nearest = neighbours.nearest(i);
            if (nearest == null) return null;
            boolean same = nearest.similarity() >= SAME_EMBEDDING;
            return new Match(
                    same ? "same_embedding" : "near_embedding",
                    names.get(nearest.place()),
                    0,
                    nearest.similarity());
        }
    }

    private @Nullable Match byHash(Fingerprint print) {
        String same = byFile.get(print.fileSha256());
        if (same != null) return new Match("same_file", same, 0, 1);
        same = byPixels.get(print.pixelSha256());
        if (same != null) return new Match("same_pixels", same, 0, 1);
        Match best = null;
        for (int place : index.near(print.hash())) {
            Fingerprint other = prints.get(place);
            double similarity = print.similarity(other);
            if (similarity < leastSimilarity || !print.mayBeCopyOf(other, similarity)) {
                continue;
            }
            if (best == null || similarity > best.similarity) {
                best =
                        new Match(
                                "near_duplicate",
                                names.get(place),
                                PerceptualHash.differingBits(print.hash(), other.hash()),
                                similarity);
            }
        }
        return best;
    }

    @Override
    public void close() throws IOException {
        if (embeddings != null) embeddings.close();
    }
}
