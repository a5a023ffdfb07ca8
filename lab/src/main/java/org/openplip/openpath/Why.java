package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.openplip.io.DataException;

/// What became of a post, an answer, a picture, a pair or a line of the input, and why, as lines of
/// text: the rules that it passed, the one that it did not with the reason and the place, what it
/// lost to, and what is in the release.
///
/// A release answers from `pairs.parquet` and `rejected.parquet` alone; the posts are not needed.
public final class Why {
    private final Path folder;
    private final List<Pair> pairs;
    private final List<Rejection> rejections;
    private final Set<String> takenDown;

    private Why(Path folder, List<Pair> pairs, List<Rejection> rejections, Set<String> takenDown) {
        this.folder = folder;
        this.pairs = pairs;
        this.rejections = rejections;
        this.takenDown = takenDown;
    }

    /// Reads what the release in `folder` says of itself.
    ///
    /// @throws DataException if it is no release
    public static Why of(Path folder) throws IOException {
        Takedown.refuseUnfinished(folder);
        return new Why(
                folder,
                ParquetTable.read(folder.resolve(ReleaseFiles.PAIRS), Pair.class),
                ParquetTable.read(folder.resolve(ReleaseFiles.REJECTED), Rejection.class),
                Takedown.ids(folder));
    }

    /// The answer for one id.
    ///
    /// @param id of a post, an answer, a picture, an author or a pair, `FILE:LINE` of the input, or
    ///   an evaluation picture's name
    /// @throws DataException if the release knows nothing of it
    public List<String> explain(String id) throws DataException {
        List<String> lines = new ArrayList<>();
        List<Pair> kept = pairs.stream().filter(pair -> pair.isNamed(id)).toList();
        List<Rejection> rejected =
                rejections.stream()
                        .filter(row -> row.isNamed(id) || row.place().equals(id))
                        .toList();
        if (takenDown.contains(id)) {
            lines.add(id + ": taken down; see " + ReleaseFiles.REMOVED);
        } else if (kept.isEmpty() && rejected.isEmpty()) {
            throw new DataException(
                    folder,
                    "knows no post, picture, pair or author " + id + " (or line, as FILE:LINE)");
        }
        for (Rejection row : rejected) rejected(row, lines);
        for (Pair pair : kept) kept(pair, lines);
        Set<String> copies = new LinkedHashSet<>();
        for (Pair pair : kept) copies.add(pair.duplicateGroup());
        for (Rejection row : rejections) {
            if (row.rule().equals("duplicate") && row.of() != null && copies.contains(row.of())) {
                lines.add(
                        "  stands for picture %s of post %s (%s), %s %s"
                                .formatted(
                                        row.mediaKey(),
                                        row.postId(),
                                        row.place(),
                                        row.reason(),
                                        row.detail()));
            }
        }
        return lines;
    }

    private void rejected(Rejection row, List<String> lines) {
        String what =
                row.mediaKey() == null
                        ? row.postId() == null ? "line" : "post " + row.postId()
                        : row.rule().equals("split")
                                ? "pair of post %s and picture %s"
                                        .formatted(row.postId(), row.mediaKey())
                                : "picture %s of post %s".formatted(row.mediaKey(), row.postId());
        lines.add("%s (%s): rejected".formatted(what, row.place()));
        passed(row.passed(), lines);
        String detail = row.detail().isEmpty() ? "" : ": " + row.detail();
        lines.add("  no  %s: %s%s".formatted(row.rule(), row.reason(), detail));
        if (row.of() != null) of(row, lines);
        if (!row.mediaKeys().isEmpty()) {
            lines.add("  its pictures: " + String.join(", ", row.mediaKeys()));
        }
    }

    private void of(Rejection row, List<String> lines) {
        String of = String.valueOf(row.of());
        switch (row.rule()) {
            case "duplicate" -> {
                List<Pair> keeper =
                        pairs.stream().filter(pair -> pair.duplicateGroup().equals(of)).toList();
                lines.add(
                        keeper.isEmpty()
                                ? "  merged with %s, which is not in the release; see `why` of it"
                                        .formatted(of)
                                : "  merged with %s of post %s, %s, shown earlier"
                                        .formatted(
                                                of,
                                                keeper.getFirst().postId(),
                                                keeper.getFirst().split()));
            }
            case "test_leak", "caption_leak" -> lines.add("  leaked from " + of);
            case "most_likes" -> lines.add("  the answer with more likes is " + of);
            default -> lines.add("  the post is " + of);
        }
    }

    private static void kept(Pair pair, List<String> lines) {
        String text =
                pair.captionPostId().equals(pair.postId())
                        ? "the post's text"
                        : "the text of the answer " + pair.captionPostId();
        lines.add(
                "pair %s (picture %s of post %s, %s): kept, %s, in %s"
                        .formatted(
                                pair.key(),
                                pair.mediaKey(),
                                pair.postId(),
                                text,
                                pair.split(),
                                pair.shard()));
        passed(pair.rules(), lines);
        lines.add("  caption: " + pair.caption());
    }

    private static void passed(List<String> rules, List<String> lines) {
        for (String rule : rules) lines.add("  yes " + rule);
    }
}
