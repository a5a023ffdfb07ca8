package org.openplip.openpath;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.openpath.filter.PictureScorer;

/// Prints how well copies in a phantom world are found by hash and structure, by embedding at each
/// of a row of thresholds, and by both: `MeasureNearDuplicates WORLD CHECKPOINT`. Copies of the
/// same bytes are left out. Or how fast embeddings are compared: `MeasureNearDuplicates N WIDTH`.
final class MeasureNearDuplicates {
    private MeasureNearDuplicates() {}

    private record Shown(Path file, boolean copy) {}

    private record Judged(boolean copy, boolean byHash, double cosine) {}

    public static void main(String[] args) throws IOException {
        if (args[0].matches("\\d+")) {
            speed(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        } else {
            quality(Path.of(args[0]), Path.of(args[1]));
        }
    }

    private static void quality(Path world, Path model) throws IOException {
        List<Judged> judged = new ArrayList<>();
        BuildSettings settings = BuildSettings.defaults();
        Set<String> files = new HashSet<>();
        try (PictureScorer scorer = PictureScorer.open(null, model, true);
                NearDuplicates byHash =
                        NearDuplicates.inMemory(
                                settings.duplicateBits(), settings.duplicateSimilarity());
                EmbeddingNeighbours byEmbedding =
                        new EmbeddingNeighbours(scorer.width(), -1, world)) {
            List<Shown> all = shown(world);
            for (int from = 0; from < all.size(); from += 64) {
                List<Shown> batch = all.subList(from, Math.min(from + 64, all.size()));
                Fingerprint[] prints = new Fingerprint[batch.size()];
                PictureScorer.Prepared[] prepared = new PictureScorer.Prepared[batch.size()];
                IntStream.range(0, batch.size())
                        .parallel()
                        .forEach(
                                i -> {
                                    try {
                                        byte[] bytes = Files.readAllBytes(batch.get(i).file);
                                        var image = ImageDecoder.decode(bytes, "");
                                        prints[i] = Fingerprint.of(bytes, image);
                                        prepared[i] = scorer.prepare(image);
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                });
                List<NearDuplicates.Look> looks = new ArrayList<>();
                List<float[]> embeddings = new ArrayList<>();
                for (PictureScorer.Score score : scorer.score(List.of(prepared))) {
                    float[] embedding = java.util.Objects.requireNonNull(score.embedding());
                    looks.add(new NearDuplicates.Look(prints[looks.size()], embedding));
                    embeddings.add(embedding);
                }
                NearDuplicates.Lookup hashes = byHash.lookup(looks);
                EmbeddingNeighbours.Lookup cosines = byEmbedding.lookup(embeddings);
                for (int i = 0; i < batch.size(); i++) {
                    if (!files.add(prints[i].fileSha256())) continue;
                    EmbeddingNeighbours.@Nullable Nearest nearest = cosines.nearest(i);
                    judged.add(
                            new Judged(
                                    batch.get(i).copy,
                                    hashes.find(i) != null,
                                    nearest == null ? -1 : nearest.similarity()));
                    if (batch.get(i).copy) continue;
                    byHash.add("", looks.get(i));
                    byEmbedding.add(embeddings.get(i));
                }
            }
        }
        long copies = judged.stream().filter(Judged::copy).count();
        System.out.printf("%d pictures, %d of them copies%n", judged.size(), copies);
        System.out.println("| threshold | by | found | precision | recall |");
        print("", "hash", judged.stream().filter(Judged::byHash).toList(), copies);
        for (double t : new double[] {0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999}) {
            String threshold = Double.toString(t);
            print(
                    threshold,
                    "embedding",
                    judged.stream().filter(one -> one.cosine >= t).toList(),
                    copies);
            print(
                    threshold,
                    "both",
                    judged.stream().filter(one -> one.byHash || one.cosine >= t).toList(),
                    copies);
        }
    }

    private static void print(String threshold, String by, List<Judged> found, long copies) {
        long right = found.stream().filter(Judged::copy).count();
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %d | %.4f | %.4f |%n",
                threshold,
                by,
                found.size(),
                found.isEmpty() ? 1 : (double) right / found.size(),
                (double) right / copies);
    }

    /// Held-out pictures, then those of posts in the order of time; drawings of tissue only.
    private static List<Shown> shown(Path world) throws IOException {
        List<Shown> shown = new ArrayList<>();
        try (Stream<Path> files = Files.walk(world.resolve("heldout"))) {
            files.filter(Files::isRegularFile)
                    .sorted()
                    .forEach(file -> shown.add(new Shown(file, false)));
        }
        Set<String> seen = new HashSet<>();
        for (String line : Files.readAllLines(world.resolve("posts.jsonl"))) {
            JsonNode post;
            try {
                post = org.openplip.io.Json.MAPPER.readTree(line);
            } catch (JsonProcessingException _) {
                continue;
            }
            for (JsonNode medium : post.path("media")) {
                JsonNode truth =
                        post.path("truth").path("pictures").path(medium.path("media_key").asText());
                Path file = world.resolve(medium.path("path").asText());
                if (truth.path("kind").asText().equals("tissue")
                        && Files.exists(file)
                        && !truth.path("verdict").asText().equals("unreadable_picture")
                        && seen.add(file.toString())) {
                    shown.add(new Shown(file, truth.path("of").isTextual()));
                }
            }
        }
        return shown;
    }

    private static void speed(int n, int width) throws IOException {
        java.util.SplittableRandom random = new java.util.SplittableRandom(1);
        try (EmbeddingNeighbours seen = new EmbeddingNeighbours(width, 0.95, Path.of("/tmp"))) {
            long started = System.nanoTime();
            for (int from = 0; from < n; from += 64) {
                List<float[]> batch = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    float[] vector = new float[width];
                    for (int j = 0; j < width; j++) vector[j] = (float) random.nextGaussian();
                    batch.add(org.openplip.Embeddings.unitLength(vector));
                }
                EmbeddingNeighbours.Lookup lookup = seen.lookup(batch);
                for (int i = 0; i < 64; i++) {
                    if (lookup.nearest(i) == null) seen.add(batch.get(i));
                }
                if ((from / 64 + 1) % 320 == 0) {
                    System.out.printf(
                            "%d in %.1f s%n", seen.size(), (System.nanoTime() - started) / 1e9);
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d of width %d in %.1f s; heap %d MB%n",
                    seen.size(),
                    width,
                    (System.nanoTime() - started) / 1e9,
                    (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
        }
    }
}
