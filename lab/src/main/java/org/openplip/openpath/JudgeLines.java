package org.openplip.openpath;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Judges each line by itself: a post, and one that passes the rules for posts, or not. Lines that
/// are no posts are rejections; posts go on, kept or not, by their id, as of two that have the same
/// one only the first counts.
///
/// @param posts the files of posts
record JudgeLines(List<String> posts, BuildSettings settings, List<String> takenDown)
        implements Stage {
    /// Posts: by id, then place; a [PostText] or a [Rejection].
    static final int POSTS = 1;

    /// The value of a row of [#POSTS].
    ///
    /// @param text null where the post is rejected
    /// @param rejection null where it is not
    record Judged(Place place, @Nullable PostText text, @Nullable Rejection rejection) {
        static Judged decode(Row row) {
            Decoder from = new Decoder(row.value());
            Place place = Place.decode(from);
            if (from.int8() == 1) return new Judged(place, PostText.decode(from), null);
            return new Judged(place, null, RejectionRow.decode(new Row(row.key(), from.rest())));
        }
    }

    @Override
    public Step open() throws IOException {
        BuildRules rules = BuildRules.of(settings, takenDown);
        List<String> names =
                posts.stream().map(file -> String.valueOf(Path.of(file).getFileName())).toList();
        return (rows, out) -> run(rows, rules, names, out);
    }

    private void run(Iterator<Row> rows, BuildRules rules, List<String> names, Out out)
            throws IOException {
        while (rows.hasNext()) {
            Row row = rows.next();
            Place place = Place.decode(new Decoder(row.key()));
            String name = names.get(place.file()) + ":" + place.line();
            PostLines.Line line =
                    new PostLines.Line(
                            Path.of(posts.get(place.file())),
                            place.line(),
                            row.value().length == 0 ? null : row.value());
            switch (line.parse()) {
                case PostLines.Malformed bad ->
                        RejectionRow.text(
                                out,
                                place,
                                new Rejection(
                                        null,
                                        null,
                                        List.of(),
                                        null,
                                        Steps.PARSE,
                                        "malformed",
                                        bad.reason(),
                                        null,
                                        List.of(),
                                        name));
                case PostLines.Read read -> judge(read.post(), place, name, rules, out);
            }
        }
    }

    private static void judge(Post post, Place place, String name, BuildRules rules, Out out)
            throws IOException {
        Rule.Candidate candidate = Rule.Candidate.of(post);
        PostText.Failed failed = firstFailed(rules.post(), candidate);
        PostText text =
                PostText.of(
                        post,
                        candidate.caption(),
                        place,
                        name,
                        failed == null ? firstFailed(rules.text(), candidate) : null);
        if (failed == null && post.photos().isEmpty()) {
            failed =
                    text.isAnswer()
                            ? firstFailed(List.of(rules.keyword()), candidate)
                            : new PostText.Failed(Steps.ROLE, "no_photo", "");
        }
        Encoder value = new Encoder();
        place.encode(value);
        if (failed == null) {
            value.int8(1);
            text.encode(value);
        } else {
            value.int8(0)
                    .raw(
                            RejectionRow.encode(
                                    text.rejection(
                                            failed.rule(),
                                            failed.reason(),
                                            failed.detail(),
                                            null)));
        }
        out.row(POSTS, post.id().getBytes(StandardCharsets.UTF_8), value.bytes());
    }

    private static PostText.@Nullable Failed firstFailed(
            List<Rule> rules, Rule.Candidate candidate) {
        for (Rule rule : rules) {
            if (rule.judge(candidate) instanceof Verdict.Rejected rejected) {
                return new PostText.Failed(rule.name(), rejected.reason(), rejected.detail());
            }
        }
        return null;
    }
}
