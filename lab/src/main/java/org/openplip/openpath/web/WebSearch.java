package org.openplip.openpath.web;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.openplip.Embeddings;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.fetch.Patience;
import org.openplip.openpath.fetch.Waits;

/// Finds rows of the web that are like seeds and writes them as posts with `source` `web`, which
/// take the way of all posts: their pictures are fetched, and the build filters them, but for the
/// rules on hashtags and question marks.
///
/// A row that is near to several seeds is one; of rows with the same address, or with the same
/// caption but for case and white space, the one most similar to a seed stays. The others, and
/// those without address or caption, are lines of `rejected.jsonl` with their reason.
///
/// @param neighbours of each seed, at most
/// @param threshold the least cosine
/// @param collected the day of the collection; it is taken for the day of every row, and so decides
///   the split
public record WebSearch(int neighbours, double threshold, LocalDate collected) {
    static final String POSTS = "posts.jsonl";
    static final String REJECTED = "rejected.jsonl";

    public WebSearch {
        if (neighbours < 1) {
            throw new IllegalArgumentException(
                    "neighbours: expected at least 1, got " + neighbours);
        }
        if (!(threshold >= -1 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold: expected -1 to 1, got " + threshold);
        }
    }

    /// Scans the collection below `folder`, as [CollectionScan] says, and writes into `out`. A scan
    /// that was killed goes on after its last whole shard.
    ///
    /// @param seeds float32 `[seeds, width]`, at least one, by the model of the collection
    public WebSummary scan(Path folder, float[][] seeds, Path out, Progress progress)
            throws IOException {
        if (seeds.length == 0) throw new IllegalArgumentException("seeds: expected at least one");
        WebCollection collection = WebCollection.open(folder);
        float[][] unit = Embeddings.unitLength(seeds);
        StringBuilder what = new StringBuilder(this + "\n");
        for (float[] seed : unit) what.append(hash(seed));
        for (WebCollection.Shard shard : collection.shards()) {
            what.append(shard.embeddings()).append(Files.size(shard.embeddings())).append('\n');
        }
        Path work = work(out, what.toString());
        CollectionScan scan =
                new CollectionScan(
                        collection, unit, neighbours, threshold, work.resolve("scan.state"));
        List<Neighbour> found = scan.run(progress);
        Rows rows = new Rows();
        rows.write(found, out);
        AtomicFiles.deleteTree(work);
        return rows.summary(seeds.length, scan.scanned(), scan.withoutDirection());
    }

    /// Asks the service at `address`, one query after the other, and writes into `out`. Answers are
    /// kept until all are there, so that a search that was killed goes on after the last of them.
    ///
    /// @param index one of the service's
    public WebSummary ask(
            URI address,
            String index,
            List<Query> queries,
            Path out,
            Patience patience,
            Waits waits,
            Progress progress)
            throws IOException, InterruptedException {
        StringBuilder what = new StringBuilder(this + "\n" + address + "\n" + index + "\n");
        for (Query query : queries) {
            what.append(Hashes.sha256(Json.MAPPER.writeValueAsBytes(query.fields())));
        }
        Path work = work(out, what.toString());
        Map<String, Neighbour> found = new HashMap<>();
        try (Progress.Task task = progress.begin("asking the service", queries.size());
                KnnService service = new KnnService(address, index, neighbours, patience, waits)) {
            for (int i = 0; i < queries.size(); i++) {
                Path file = work.resolve("%06d.json".formatted(i));
                if (!Files.exists(file)) {
                    byte[] answer = service.ask(queries.get(i));
                    AtomicFiles.write(file, content -> content.write(answer));
                }
                service.read(
                        Files.readAllBytes(file),
                        i,
                        row ->
                                found.merge(
                                        row.place(),
                                        row,
                                        (a, b) -> b.similarity() > a.similarity() ? b : a));
                task.advance(1);
            }
        }
        Rows rows = new Rows();
        rows.write(found.values(), out);
        AtomicFiles.deleteTree(work);
        return rows.summary(queries.size(), 0, 0);
    }

    /// The folder for work of this kind, whose name tells it from other work.
    private static Path work(Path out, String what) throws IOException {
        String hash = Hashes.sha256(what.getBytes(StandardCharsets.UTF_8));
        return Files.createDirectories(out.resolve("unfinished-" + hash.substring(0, 16)));
    }

    private static String hash(float[] seed) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * seed.length);
        bytes.asFloatBuffer().put(seed);
        return Hashes.sha256(bytes.array());
    }

    /// The rows that are kept, and what came of the others.
    private final class Rows {
        private final SortedMap<String, Long> rejected = new TreeMap<>();
        private long kept;
        private long all;

        void write(java.util.Collection<Neighbour> found, Path out) throws IOException {
            List<Neighbour> nearestFirst = new ArrayList<>(found);
            nearestFirst.sort(
                    Comparator.comparingDouble((Neighbour row) -> -row.similarity())
                            .thenComparing(Neighbour::place));
            all = found.size();
            Set<String> urls = new HashSet<>();
            Set<String> captions = new HashSet<>();
            AtomicFiles.write(
                    out.resolve(REJECTED),
                    rejects ->
                            AtomicFiles.write(
                                    out.resolve(POSTS),
                                    posts -> {
                                        for (Neighbour row : nearestFirst) {
                                            String reason = reason(row, urls, captions);
                                            if (reason.isEmpty()) {
                                                kept++;
                                                line(post(row), posts);
                                            } else {
                                                rejected.merge(reason, 1L, Long::sum);
                                                line(reject(row, reason), rejects);
                                            }
                                        }
                                    }));
        }

        private String reason(Neighbour row, Set<String> urls, Set<String> captions) {
            if (row.similarity() < threshold) return "below_threshold";
            if (row.url() == null || row.url().isBlank()) return "no_url";
            if (row.caption() == null || row.caption().isBlank()) return "no_caption";
            String caption = row.caption().strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
            if (urls.contains(row.url())) return "same_url";
            if (captions.contains(caption)) return "same_caption";
            urls.add(row.url());
            captions.add(caption);
            return "";
        }

        private ObjectNode post(Neighbour row) {
            String words = row.url() + "\n" + row.caption();
            String id =
                    "web_" + Hashes.sha256(words.getBytes(StandardCharsets.UTF_8)).substring(0, 24);
            ObjectNode post = Json.MAPPER.createObjectNode();
            post.put("id", id).put("source", "web").put("text", row.caption());
            post.put("created_at", collected + "T00:00:00Z");
            post.put("possibly_sensitive", row.unsafe()).put("link", row.url());
            ObjectNode medium = post.putArray("media").addObject();
            medium.put("media_key", id).put("type", "photo").put("url", row.url());
            post.set("web", place(row));
            return post;
        }

        private ObjectNode reject(Neighbour row, String reason) {
            ObjectNode reject = place(row);
            reject.put("url", row.url()).put("caption", row.caption()).put("reason", reason);
            return reject;
        }

        private ObjectNode place(Neighbour row) {
            ObjectNode place = Json.MAPPER.createObjectNode();
            place.put("place", row.place()).put("seed", row.seed());
            return place.put("similarity", row.similarity());
        }

        private static void line(ObjectNode object, OutputStream out) throws IOException {
            out.write(Json.MAPPER.writeValueAsBytes(object));
            out.write('\n');
        }

        WebSummary summary(int seeds, long scanned, long withoutDirection) {
            return new WebSummary(seeds, scanned, withoutDirection, all, kept, rejected);
        }
    }
}
