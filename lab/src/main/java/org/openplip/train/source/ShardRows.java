package org.openplip.train.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.TarMembers;
import org.openplip.train.RejectedRow.Rule;

/// The samples of WebDataset shards: in a tar, the files of one key (the name up to the first dot
/// of its last part) are one sample: a picture, and its caption in `KEY.txt` or as `caption` in
/// `KEY.json`, where `split` and `group` may be too. Headers, texts and JSON are read, pictures are
/// not.
final class ShardRows {
    private static final Set<String> PICTURES =
            Set.of("jpg", "jpeg", "png", "tif", "tiff", "gif", "bmp", "webp");

    private ShardRows() {}

    /// The files of a key.
    private static final class Sample {
        private TarMembers.@Nullable Member picture;
        private TarMembers.@Nullable Member text;
        private TarMembers.@Nullable Member json;

        void add(String ending, TarMembers.Member member) {
            if (PICTURES.contains(ending)) picture = member;
            else if (ending.equals("txt")) text = member;
            else if (ending.equals("json")) json = member;
        }
    }

    static SourceRows read(List<Path> shards, Progress progress) throws IOException {
        RowCollector rows = new RowCollector();
        List<Closeable> open = new ArrayList<>();
        boolean whole = false;
        try (Progress.Task task = progress.begin("reading shards", shards.size())) {
            for (Path shard : shards) {
                TarMembers tar = TarMembers.open(shard);
                open.add(tar);
                read(tar, rows);
                task.advance(1);
            }
            whole = true;
            return rows.finish(open);
        } finally {
            if (!whole) {
                for (Closeable tar : open) tar.close();
            }
        }
    }

    private static void read(TarMembers tar, RowCollector rows) throws IOException {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (TarMembers.Member member : tar.members()) {
            String name = member.name();
            int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
            if (dot <= name.lastIndexOf('/') + 1) continue; // hidden, or of no kind
            samples.computeIfAbsent(name.substring(0, dot), _ -> new Sample())
                    .add(name.substring(dot + 1).toLowerCase(Locale.ROOT), member);
        }
        for (Map.Entry<String, Sample> entry : samples.entrySet()) {
            add(tar, entry.getKey(), entry.getValue(), rows);
        }
    }

    private static void add(TarMembers tar, String key, Sample sample, RowCollector rows)
            throws IOException {
        String place = tar.file() + "/" + key;
        TarMembers.Member picture = sample.picture;
        if (picture == null) {
            if (sample.text != null || sample.json != null) {
                rows.reject(place, Rule.NO_PICTURE, "has no picture");
            }
            return;
        }
        JsonNode json = MissingNode.getInstance();
        if (sample.json != null) {
            try {
                json = Json.MAPPER.readTree(tar.read(sample.json));
            } catch (JsonProcessingException e) {
                rows.reject(place, Rule.NO_CAPTION, "is no JSON: " + e.getOriginalMessage());
                return;
            }
        }
        String caption =
                sample.text == null
                        ? text(json, "caption")
                        : new String(tar.read(sample.text), StandardCharsets.UTF_8);
        rows.add(
                place,
                tar.file() + "/" + picture.name(),
                tar.file().getFileName() + "/" + key,
                caption,
                text(json, "split"),
                text(json, "group"),
                picture.size(),
                () -> tar.read(picture));
    }

    private static @Nullable String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        return value.isValueNode() && !value.isNull() ? value.asText() : null;
    }
}
