package org.openplip.openpath;

import com.fasterxml.jackson.core.type.TypeReference;
import com.jerolba.carpet.CarpetWriter;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// A release of OpenPath on disk: the table of pairs and, in WebDataset shards, their pictures.
///
///     pairs.parquet                    one row per Pair
///     shards/train-000000.tar          KEY.jpg KEY.txt KEY.json of each pair, in table order
///     shards/validation-000000.tar
///     flow.json                        the count at every step
///     manifest.spdx.json               every file with its SHA-256; written last, so that a folder
///                                      without it is not a whole release
///
/// Pictures are read by their offset in the tar, in any order and from any thread. Whoever opens
/// the release closes it.
public final class Release implements Closeable {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]{1,90}");

    private record Location(TarMembers shard, TarMembers.Member member) {}

    private final Path folder;
    private final List<Pair> pairs;
    private final List<FlowStep> flow;
    private final Map<String, TarMembers> shards = new LinkedHashMap<>();
    private final Map<String, Location> pictures = new HashMap<>();

    private Release(Path folder, List<Pair> pairs, List<FlowStep> flow) {
        this.folder = folder;
        this.pairs = pairs;
        this.flow = flow;
    }

    /// The release in `folder`, with the offset of every picture known.
    ///
    /// @throws DataException if the release is not whole: no `flow.json`, a shard or a picture
    ///   missing, or a file damaged
    public static Release open(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) throw new DataException(folder, "is not a folder");
        Takedown.refuseUnfinished(folder);
        if (!Files.isRegularFile(folder.resolve(ReleaseFiles.MANIFEST))) {
            throw new DataException(
                    folder, "is not a whole release: " + ReleaseFiles.MANIFEST + " is missing");
        }
        Release release =
                new Release(
                        folder,
                        List.copyOf(
                                ParquetTable.read(folder.resolve(ReleaseFiles.PAIRS), Pair.class)),
                        flow(folder));
        try {
            for (Pair pair : release.pairs) {
                if (!release.shards.containsKey(pair.shard())) release.index(pair.shard());
                if (!release.pictures.containsKey(pair.key())) {
                    throw new DataException(
                            folder.resolve(pair.shard()), pair.key() + ".jpg is missing");
                }
            }
        } catch (IOException | RuntimeException e) {
            release.close();
            throw e;
        }
        return release;
    }

    static List<FlowStep> flow(Path folder) throws IOException {
        return Json.MAPPER.convertValue(
                Json.read(folder.resolve(ReleaseFiles.FLOW)),
                new TypeReference<List<FlowStep>>() {});
    }

    private void index(String shard) throws IOException {
        Path file = folder.resolve(shard).normalize();
        if (!file.startsWith(folder.normalize())) {
            throw new DataException(
                    folder.resolve(ReleaseFiles.PAIRS), "a shard leaves the folder: " + shard);
        }
        TarMembers members = TarMembers.open(file);
        shards.put(shard, members);
        for (TarMembers.Member member : members.members()) {
            String name = member.name();
            if (!name.endsWith(".jpg")) continue;
            pictures.put(
                    name.substring(0, name.length() - ".jpg".length()),
                    new Location(members, member));
        }
    }

    /// Where the release lies.
    public Path folder() {
        return folder;
    }

    /// Every pair, in the order of the table.
    public List<Pair> pairs() {
        return pairs;
    }

    /// The pairs of one split, in the order of the table.
    ///
    /// @param split `train` or `validation`
    public List<Pair> pairs(String split) {
        checkSplit(split);
        return pairs.stream().filter(pair -> pair.split().equals(split)).toList();
    }

    /// The count at every step of the build.
    public List<FlowStep> flow() {
        return flow;
    }

    /// What people must know about the pictures; empty for none.
    public String notice() throws IOException {
        Path build = folder.resolve(ReleaseFiles.BUILD);
        return Files.isRegularFile(build) ? Json.read(build).path("notice").asText("") : "";
    }

    /// The JPEG file of a pair's picture.
    ///
    /// @throws IllegalArgumentException if the pair is not of this release
    public byte[] picture(Pair pair) throws IOException {
        Location location = pictures.get(pair.key());
        if (location == null) {
            throw new IllegalArgumentException(
                    "pair: " + pair.key() + " is not of the release " + folder);
        }
        return location.shard.read(location.member);
    }

    @Override
    public void close() throws IOException {
        for (TarMembers shard : shards.values()) shard.close();
    }

    /// A writer of a new release in `folder`. What an earlier release left there is removed first,
    /// beginning with `flow.json`, so that a half-written folder is never taken for a whole one.
    ///
    /// @param pairsPerShard how many pairs a tar holds at most
    public static Writer create(Path folder, int pairsPerShard) throws IOException {
        if (pairsPerShard < 1) {
            throw new IllegalArgumentException(
                    "pairsPerShard: expected at least 1, got " + pairsPerShard);
        }
        remove(folder);
        return new Writer(folder, pairsPerShard);
    }

    /// Removes what a release, whole or not, left in `folder`, beginning with `flow.json`.
    static void remove(Path folder) throws IOException {
        Path shards = folder.resolve(ReleaseFiles.SHARDS);
        Files.createDirectories(shards);
        for (String name : ReleaseFiles.OF_A_BUILD) Files.deleteIfExists(folder.resolve(name));
        try (Stream<Path> files = Files.list(shards)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.matches("(train|validation)-[0-9]{6}\\.tar(\\.partial)?")) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void checkSplit(String split) {
        if (!split.equals("train") && !split.equals("validation")) {
            throw new IllegalArgumentException("split: expected train or validation, got " + split);
        }
    }

    /// Writes a release in the order in which pairs are added. The same pairs give the same bytes:
    /// nothing of the clock, the user or the machine goes in. Not thread-safe. Closing without
    /// [#finish] removes what is half written.
    public static final class Writer implements Closeable {
        private final Path folder;
        private final int pairsPerShard;
        private final Path partialTable;
        private final OutputStream tableBytes;
        private final CarpetWriter<Pair> table;
        private final Map<String, Shard> open = new HashMap<>();
        private final DigestTable keys = new DigestTable();
        private final ReleaseContents contents = new ReleaseContents();
        private boolean tableClosed;

        private Writer(Path folder, int pairsPerShard) throws IOException {
            this.folder = folder;
            this.pairsPerShard = pairsPerShard;
            this.partialTable = folder.resolve(ReleaseFiles.PAIRS + ".partial");
            this.tableBytes = new BufferedOutputStream(Files.newOutputStream(partialTable));
            this.table = ParquetTable.writer(tableBytes, Pair.class);
        }

        /// Appends a pair; its `shard` is chosen here, whatever it says.
        ///
        /// @param jpeg the picture's file, as it shall stand in the shard
        /// @return the pair with its shard
        public Pair add(Pair pair, byte[] jpeg) throws IOException {
            checkSplit(pair.split());
            if (!KEY.matcher(pair.key()).matches()) {
                throw new IllegalArgumentException(
                        "key: expected " + KEY + ", got \"" + pair.key() + "\"");
            }
            if (!keys.add(pair.key())) {
                throw new IllegalArgumentException("key: " + pair.key() + " was added before");
            }
            Shard shard = open.get(pair.split());
            if (shard == null || shard.pairs == pairsPerShard) {
                int number = shard == null ? 0 : shard.number + 1;
                if (shard != null) shard.finish();
                shard = new Shard(folder, pair.split(), number);
                open.put(pair.split(), shard);
            }
            Pair placed = pair.withShard(shard.name);
            shard.put(pair.key() + ".jpg", jpeg);
            shard.put(pair.key() + ".txt", pair.caption().getBytes(StandardCharsets.UTF_8));
            shard.put(pair.key() + ".json", Json.MAPPER.writeValueAsBytes(describe(placed)));
            shard.pairs++;
            table.write(placed);
            contents.add(placed);
            return placed;
        }

        private static Map<String, @Nullable Object> describe(Pair pair) {
            Map<String, @Nullable Object> columns = new LinkedHashMap<>();
            columns.put("key", pair.key());
            columns.put("source", pair.source());
            columns.put("post_id", pair.postId());
            columns.put("caption_post_id", pair.captionPostId());
            columns.put("media_key", pair.mediaKey());
            columns.put("author_id", pair.authorId());
            columns.put("post_author_id", pair.postAuthorId());
            columns.put("username", pair.username());
            columns.put("link", pair.link());
            columns.put("licence", pair.licence());
            columns.put("created_at", pair.createdAt().toString());
            columns.put("hashtags", pair.hashtags());
            columns.put("caption", pair.caption());
            columns.put("image_sha256", pair.imageSha256());
            columns.put("perceptual_hash", pair.perceptualHash());
            columns.put("duplicate_group", pair.duplicateGroup());
            columns.put("duplicates", pair.duplicates());
            columns.put("rules", pair.rules());
            columns.put("split", pair.split());
            columns.put("width", pair.width());
            columns.put("height", pair.height());
            columns.put("url", pair.url());
            return columns;
        }

        /// Completes the shards and the table; no pair can be added after this.
        ///
        /// @return what was added
        ReleaseContents finishPairs() throws IOException {
            if (tableClosed) return contents;
            for (Shard shard : open.values()) shard.finish();
            closeTable();
            Files.move(
                    partialTable,
                    folder.resolve(ReleaseFiles.PAIRS),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return contents;
        }

        /// Completes the release: shards, then the table, then `flow.json` and the manifest.
        /// Whatever else belongs to the release is written before this.
        public void finish(List<FlowStep> flow) throws IOException {
            finishPairs();
            Json.write(folder.resolve(ReleaseFiles.FLOW), flow);
            Manifest.write(folder, contents);
        }

        private void closeTable() throws IOException {
            if (tableClosed) return;
            tableClosed = true;
            table.close();
            tableBytes.close();
        }

        @Override
        public void close() throws IOException {
            for (Shard shard : open.values()) shard.abandon();
            closeTable();
            Files.deleteIfExists(partialTable);
        }
    }

    private static final class Shard {
        final String name;
        final int number;
        int pairs;
        private final Path file;
        private final Path partial;
        private final TarArchiveOutputStream tar;

        Shard(Path folder, String split, int number) throws IOException {
            this.number = number;
            this.name = "%s/%s-%06d.tar".formatted(ReleaseFiles.SHARDS, split, number);
            this.file = folder.resolve(name);
            this.partial = folder.resolve(name + ".partial");
            this.tar =
                    new TarArchiveOutputStream(
                            new BufferedOutputStream(Files.newOutputStream(partial)));
        }

        void put(String entryName, byte[] content) throws IOException {
            TarArchiveEntry entry = new TarArchiveEntry(entryName);
            entry.setSize(content.length);
            entry.setModTime(0);
            entry.setIds(0, 0);
            entry.setNames("", "");
            entry.setMode(0644);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }

        void finish() throws IOException {
            tar.close();
            Files.move(
                    partial,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }

        void abandon() throws IOException {
            if (!Files.exists(partial)) return;
            tar.close();
            Files.delete(partial);
        }
    }
}
