package org.openplip.openpath;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;

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
/// Safe for several threads while nothing is added. Close it after the last use.
final class NearDuplicates implements Closeable {
    /// What is looked at of a picture.
    ///
    /// @param embedding of unit length; null where there is no checkpoint
    @SuppressWarnings("ArrayRecordComponent") // compared through similarity alone
    record Look(Fingerprint print, float @Nullable [] embedding) {
        void encode(Encoder to) {
            print.encode(to);
            to.int32(embedding == null ? -1 : embedding.length);
            if (embedding == null) return;
            for (float value : embedding) to.float32(value);
        }

        static Look decode(Decoder from) {
            Fingerprint print = Fingerprint.decode(from);
            int width = from.int32();
            if (width < 0) return new Look(print, null);
            float[] embedding = new float[width];
            for (int i = 0; i < width; i++) embedding[i] = from.float32();
            return new Look(print, embedding);
        }
    }

    /// A picture seen before that a new one is a copy of.
    ///
    /// @param place of the picture among those added, 0 for the first
    /// @param kind `same_file`, `same_pixels`, `near_duplicate`, `same_embedding` or
    ///   `near_embedding`
    /// @param similarity of the fine structure, or of the embeddings
    record Match(int place, String kind, String name, int differingBits, double similarity) {
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
    private final Fingerprints seen;
    private final @Nullable EmbeddingNeighbours embeddings;
    private final DigestTable byFile = new DigestTable();
    private final DigestTable byPixels = new DigestTable();
    private int size;

    private NearDuplicates(
            int bits,
            double leastSimilarity,
            Fingerprints seen,
            @Nullable EmbeddingNeighbours embeddings) {
        this.index = new HashIndex(bits);
        this.leastSimilarity = leastSimilarity;
        this.seen = seen;
        this.embeddings = embeddings;
    }

    /// Pictures without embeddings, 4 KiB of memory for each.
    ///
    /// @param bits how many of the perceptual hash may differ
    /// @param leastSimilarity of the fine structure
    static NearDuplicates inMemory(int bits, double leastSimilarity) {
        return new NearDuplicates(bits, leastSimilarity, new Fingerprints.InMemory(), null);
    }

    /// As the settings say, by embedding too if they do; 4 KiB of memory for each picture, beside
    /// embeddings in a scratch file.
    ///
    /// @param width of the embeddings
    /// @param scratch a folder for scratch files
    static NearDuplicates inMemory(BuildSettings settings, int width, Path scratch)
            throws IOException {
        return of(settings, width, scratch, new Fingerprints.InMemory());
    }

    /// The same with some 120 bytes of memory for each picture, and the rest in scratch files.
    static NearDuplicates onDisk(BuildSettings settings, int width, Path scratch)
            throws IOException {
        return of(
                settings, width, scratch, new Fingerprints.OnDisk(scratch.resolve("fingerprints")));
    }

    private static NearDuplicates of(
            BuildSettings settings, int width, Path scratch, Fingerprints seen) throws IOException {
        Double cosine = settings.duplicateCosine();
        return new NearDuplicates(
                settings.duplicateBits(),
                settings.duplicateSimilarity(),
                seen,
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
        Fingerprint print = look.print;
        seen.add(new Fingerprints.Named(name, print));
        index.add(print.hash());
        byFile.add(print.fileSha256(), size);
        byPixels.add(print.pixelSha256(), size);
        size++;
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
        @Nullable Match find(int i) throws IOException {
            Match match = byHash(looks.get(i).print);
            if (match != null || neighbours == null) return match;
            EmbeddingNeighbours.Nearest nearest = neighbours.nearest(i);
            if (nearest == null) return null;
            boolean same = nearest.similarity() >= SAME_EMBEDDING;
            return new Match(
                    nearest.place(),
                    same ? "same_embedding" : "near_embedding",
                    seen.at(nearest.place()).name(),
                    0,
                    nearest.similarity());
        }
    }

    private @Nullable Match byHash(Fingerprint print) throws IOException {
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
        if (embeddings != null) embeddings.close();
    }
}
