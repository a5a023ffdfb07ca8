package org.openplip.openpath;

import com.fasterxml.jackson.databind.JsonNode;
import com.jerolba.carpet.CarpetWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.report.LeakPage;

/// Removes pairs from a release for good: from its shards, its table, its lists and its counts.
///
/// An id is that of a post (its pairs, and the answers to it that became captions of its pictures),
/// of a picture, of a pair or of an author. What is removed is in `removed.jsonl`, by id and
/// without content, and a build into the same folder leaves it out again. Near duplicates that had
/// been left out stay left out.
///
/// Several files change, so a plan goes first, as `removal.json`: while it stands the release
/// cannot be opened, and a removal that was killed is gone through again from it.
public final class Takedown {
    private static final String STEP = "takedown_after_build";

    /// What is removed, as decided before anything changes.
    ///
    /// @param ids that were asked for
    /// @param keys of the pairs
    /// @param imageSha256 of their pictures that no other pair shows
    /// @param counts for each id
    public record Plan(
            List<String> ids,
            Instant when,
            List<String> keys,
            List<String> imageSha256,
            Map<String, Counts> counts) {
        public Plan {
            counts = new TreeMap<>(counts);
        }
    }

    /// What an id stood for.
    ///
    /// @param rejected rows of `rejected.parquet`
    public record Counts(long pairs, long pictures, long rejected) {}

    /// A line of `removed.jsonl`.
    private record Removed(String id, String when, long pairs, long pictures, long rejected) {}

    private Takedown() {}

    /// Every id that was taken down from the release in `folder`; none where there is none.
    static Set<String> ids(Path folder) throws IOException {
        Set<String> ids = new HashSet<>();
        Plan unfinished = unfinished(folder);
        if (unfinished != null) ids.addAll(unfinished.ids());
        Path file = folder.resolve(ReleaseFiles.REMOVED);
        if (!Files.isRegularFile(file)) return ids;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            try {
                ids.add(Json.MAPPER.readValue(line, Removed.class).id());
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                throw new DataException(file.toString(), "line " + number, "is not JSON", e);
            }
        }
        return ids;
    }

    static void refuseUnfinished(Path folder) throws DataException {
        if (Files.exists(folder.resolve(ReleaseFiles.REMOVAL))) {
            throw new DataException(
                    folder,
                    "a removal was interrupted; `plip openpath remove --release "
                            + folder
                            + "` finishes it");
        }
    }

    /// The plan that a killed removal left, or null.
    public static @Nullable Plan unfinished(Path folder) throws IOException {
        Path file = folder.resolve(ReleaseFiles.REMOVAL);
        return Files.isRegularFile(file) ? plan(file) : null;
    }

    private static Plan plan(Path file) throws IOException {
        JsonNode json = Json.read(file);
        Map<String, Counts> counts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.path("counts").properties()) {
            counts.put(entry.getKey(), Json.MAPPER.convertValue(entry.getValue(), Counts.class));
        }
        return new Plan(
                texts(json.path("ids")),
                Instant.parse(json.path("when").asText()),
                texts(json.path("keys")),
                texts(json.path("imageSha256")),
                counts);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : array) texts.add(text.asText());
        return texts;
    }

    /// Decides what goes and writes the plan; from here on the release cannot be opened until
    /// [#finish].
    ///
    /// @throws DataException if an id stands for nothing in the release
    public static Plan begin(Path folder, Set<String> ids, Instant when) throws IOException {
        List<Pair> pairs;
        try (Release release = Release.open(folder)) {
            pairs = release.pairs();
        }
        List<Rejection> rejected =
                ParquetTable.read(folder.resolve(ReleaseFiles.REJECTED), Rejection.class);
        Set<String> keys = new TreeSet<>();
        Set<String> hashes = new TreeSet<>();
        Map<String, Counts> counts = new TreeMap<>();
        for (String id : new TreeSet<>(ids)) {
            List<Pair> of = pairs.stream().filter(pair -> pair.isNamed(id)).toList();
            long rows = rejected.stream().filter(row -> row.isNamed(id)).count();
            if (of.isEmpty() && rows == 0) {
                throw new DataException(
                        folder, "has nothing of the id " + id + "; nothing was removed");
            }
            long pictures = of.stream().map(Pair::duplicateGroup).distinct().count();
            counts.put(id, new Counts(of.size(), pictures, rows));
            for (Pair pair : of) {
                keys.add(pair.key());
                hashes.add(pair.imageSha256());
            }
        }
        // A picture that another pair still shows stays where it is indexed.
        for (Pair pair : pairs) {
            if (!keys.contains(pair.key())) hashes.remove(pair.imageSha256());
        }
        Plan plan =
                new Plan(
                        List.copyOf(new TreeSet<>(ids)),
                        when,
                        List.copyOf(keys),
                        List.copyOf(hashes),
                        counts);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ids", plan.ids());
        json.put("when", when.toString());
        json.put("keys", plan.keys());
        json.put("imageSha256", plan.imageSha256());
        json.put("counts", plan.counts());
        Json.write(folder.resolve(ReleaseFiles.REMOVAL), json);
        return plan;
    }

    /// Removes what the plan names. Each part may be gone through twice.
    public static void finish(Path folder, Plan plan) throws IOException {
        Set<String> keys = Set.copyOf(plan.keys());
        Set<String> ids = Set.copyOf(plan.ids());
        Path table = folder.resolve(ReleaseFiles.PAIRS);
        List<Pair> before = ParquetTable.read(table, Pair.class);
        Set<String> shards = new TreeSet<>();
        for (Pair pair : before) if (keys.contains(pair.key())) shards.add(pair.shard());
        for (String shard : shards) withoutKeys(folder.resolve(shard), keys);
        List<Pair> pairs = before.stream().filter(pair -> !keys.contains(pair.key())).toList();
        rewrite(table, Pair.class, pairs);
        Path rejectedTable = folder.resolve(ReleaseFiles.REJECTED);
        rewrite(
                rejectedTable,
                Rejection.class,
                ParquetTable.read(rejectedTable, Rejection.class).stream()
                        .filter(row -> ids.stream().noneMatch(row::isNamed))
                        .toList());

        List<FlowStep> flow = flow(folder, pairs.size());
        BuildRecord record = Json.read(folder.resolve(ReleaseFiles.BUILD), BuildRecord.class);
        withoutIds(folder.resolve(ReleaseFiles.LEAKS), ids);
        ReleaseContents contents = ReleaseContents.of(pairs);
        ReleaseFiles.describe(folder, record, flow, contents);
        record(folder.resolve(ReleaseFiles.REMOVED), plan);
        Json.write(folder.resolve(ReleaseFiles.FLOW), flow);
        Manifest.write(folder, contents);
        Files.deleteIfExists(folder.resolve(ReleaseFiles.REMOVAL));
    }

    private static <T extends Record> void rewrite(Path file, Class<T> type, List<T> rows)
            throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    try (CarpetWriter<T> writer = ParquetTable.writer(out, type)) {
                        for (T row : rows) writer.write(row);
                    }
                });
    }

    /// Writes the shard anew without some keys; one that has no other becomes an empty tar, so that
    /// the numbers of the shards stay without a gap.
    private static void withoutKeys(Path shard, Set<String> keys) throws IOException {
        AtomicFiles.write(
                shard,
                out -> {
                    TarArchiveOutputStream to = new TarArchiveOutputStream(out);
                    try (TarArchiveInputStream from =
                            new TarArchiveInputStream(
                                    new BufferedInputStream(Files.newInputStream(shard)))) {
                        for (TarArchiveEntry entry = from.getNextEntry();
                                entry != null;
                                entry = from.getNextEntry()) {
                            String name = entry.getName();
                            if (keys.contains(name.substring(0, name.lastIndexOf('.')))) continue;
                            to.putArchiveEntry(entry);
                            from.transferTo(to);
                            to.closeArchiveEntry();
                        }
                    }
                    to.finish();
                });
    }

    /// The counts with what was removed since the build as the last step.
    private static List<FlowStep> flow(Path folder, long left) throws IOException {
        List<FlowStep> flow = new ArrayList<>(Release.flow(folder));
        long built =
                flow.getLast().step().equals(STEP) ? flow.removeLast().in() : flow.getLast().out();
        flow.add(FlowStep.of(STEP, "pair", built, Map.of(Rule.TAKEN_DOWN, built - left)));
        return flow;
    }

    private static void record(Path file, Plan plan) throws IOException {
        StringBuilder lines = new StringBuilder();
        if (Files.isRegularFile(file)) lines.append(Files.readString(file));
        for (String id : plan.ids()) {
            Counts counts = java.util.Objects.requireNonNull(plan.counts().get(id));
            Removed removed =
                    new Removed(
                            id,
                            plan.when().toString(),
                            counts.pairs(),
                            counts.pictures(),
                            counts.rejected());
            String line = Json.MAPPER.writeValueAsString(removed) + "\n";
            if (lines.indexOf(line) < 0) lines.append(line);
        }
        AtomicFiles.writeString(file, lines.toString());
    }

    /// Takes the rows of removed ids out of the page of leaks, where each is one line.
    private static void withoutIds(Path page, Set<String> ids) throws IOException {
        if (!Files.isRegularFile(page)) return;
        String kept =
                Files.readString(page)
                        .lines()
                        .filter(line -> !LeakPage.isOf(line, ids))
                        .collect(Collectors.joining("\n", "", "\n"));
        AtomicFiles.writeString(page, kept);
    }
}
