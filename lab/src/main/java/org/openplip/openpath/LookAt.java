package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;
import org.openplip.report.Leak;

/// Looks at each photo of the posts that have a text: whether it can be read, shows tissue, and is
/// no copy of an evaluation picture.
///
/// @param posts the files of posts, beside which the pictures are
/// @param pictureFilter the file of the filter; null for the one that ships
/// @param evaluation the file of [EvaluationFile]
record LookAt(
        List<String> posts,
        BuildSettings settings,
        List<String> takenDown,
        @Nullable String pictureFilter,
        String evaluation)
        implements Stage {
    /// Pictures that could be kept: a [Looked], after its post in the order of [Shown#key].
    static final int LOOKED = 1;

    /// Copies of evaluation pictures: a [LeakRow].
    static final int LEAKS = 2;

    /// A photo to look at.
    ///
    /// @param index among the photos of the post
    record Photo(PostText post, int index) {
        Post.Media medium() {
            return post.photos().get(index);
        }

        /// The key of the pair of this picture and its post's text.
        String pairKey() {
            return pairKey(post, index);
        }

        /// An id as a WebDataset key. Ids of X are digits and stay; others, such as `at://`
        /// addresses, get a part of their SHA-256 so that they stay apart.
        static String pairKey(PostText post, int index) {
            String id = post.id();
            if (id.matches("[A-Za-z0-9_]{1,40}")) return id + "-" + index;
            String plain = id.replaceAll("[^A-Za-z0-9_]+", "_");
            return plain.substring(Math.max(0, plain.length() - 24))
                    + "_"
                    + Hashes.sha256(id.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                            .substring(0, 16)
                    + "-"
                    + index;
        }

        /// Its file; null where there is none within the posts' folder.
        @Nullable Path file(List<String> posts) {
            String path = medium().path();
            return path == null
                    ? null
                    : PostLines.beside(Path.of(posts.get(post.place().file())), path);
        }

        /// The row that says that this photo is left out.
        Rejection rejection(
                String rule,
                String reason,
                String detail,
                @Nullable String of,
                double probability) {
            return new Rejection(
                    post.id(),
                    medium().mediaKey(),
                    List.of(),
                    post.authorId(),
                    rule,
                    reason,
                    detail,
                    of,
                    Looked.passedBefore(rule, probability),
                    post.placeName());
        }

        void put(Stage.Out out, int channel) throws IOException {
            Encoder value = new Encoder().int32(index);
            post.encode(value);
            out.row(channel, Shown.key(post, index + 1), value.bytes());
        }

        static Photo decode(Row row) {
            Decoder from = new Decoder(row.value());
            int index = from.int32();
            return new Photo(PostText.decode(from), index);
        }
    }

    /// What is asked of a picture; safe for several threads.
    private record Judge(
            LookAt stage,
            Set<String> takenDown,
            PictureFilter filter,
            EvaluationFile.Pictures evaluation) {}

    @Override
    public Step open() throws IOException {
        Judge judge =
                new Judge(
                        this,
                        new HashSet<>(takenDown),
                        pictureFilter == null
                                ? PictureFilter.shipped()
                                : PictureFilter.read(Path.of(pictureFilter)),
                        EvaluationFile.pictures(evaluation, settings));
        return (rows, out) -> run(rows, judge, out);
    }

    private static void run(Iterator<Row> rows, Judge judge, Out out) throws IOException {
        while (rows.hasNext()) {
            Row row = rows.next();
            Photo photo = Photo.decode(row);
            switch (look(photo, judge)) {
                case Seen.Not(String reason, String detail) ->
                        reject(out, photo, Steps.READABLE, reason, detail, null, 0);
                case Seen.As(Looked looked) -> judge(row, photo, looked, judge, out);
            }
        }
    }

    /// A picture, or why there is none.
    private sealed interface Seen {
        record Not(String reason, String detail) implements Seen {}

        record As(Looked looked) implements Seen {}
    }

    private static Seen look(Photo photo, Judge judge) {
        Set<String> takenDown = judge.takenDown;
        if (takenDown.contains(photo.medium().mediaKey()) || takenDown.contains(photo.pairKey())) {
            return new Seen.Not(Rule.TAKEN_DOWN, "");
        }
        String path = photo.medium().path();
        Path file = photo.file(judge.stage.posts);
        if (file == null || !Files.isRegularFile(file)) {
            return new Seen.Not("missing", path == null ? "was not fetched" : path);
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            RgbImage image = ImageDecoder.decode(bytes, String.valueOf(path));
            if (Math.min(image.width(), image.height()) < judge.stage.settings.minimumSide()) {
                return new Seen.Not("too_small", image.width() + " x " + image.height());
            }
            return new Seen.As(
                    new Looked(
                            photo.index,
                            judge.filter.probability(image),
                            image.width(),
                            image.height(),
                            Fingerprint.of(bytes, image)));
        } catch (IOException e) {
            return new Seen.Not(
                    "unreadable", e instanceof DataException data ? data.reason() : e.toString());
        }
    }

    private static void judge(Row row, Photo photo, Looked looked, Judge judge, Out out)
            throws IOException {
        double probability = looked.probability();
        if (probability < judge.stage.settings.pictureThreshold()) {
            String detail = String.format(Locale.ROOT, "probability %.3f", probability);
            reject(out, photo, Steps.PATHOLOGY, "not_pathology", detail, null, probability);
            return;
        }
        NearDuplicates.Match leaked = judge.evaluation.prints().find(looked.print());
        if (leaked == null) {
            Encoder value = new Encoder();
            looked.encode(value);
            out.row(LOOKED, row.key(), value.bytes());
            return;
        }
        reject(
                out,
                photo,
                Steps.TEST_LEAK,
                leaked.kind(),
                leaked.describe(),
                leaked.name(),
                probability);
        PostText post = photo.post;
        LeakRow.put(
                out,
                LEAKS,
                post.place(),
                photo.index + 1,
                new Leak(
                        Stream.of(
                                        photo.pairKey(),
                                        post.id(),
                                        photo.medium().mediaKey(),
                                        post.authorId())
                                .filter(Objects::nonNull)
                                .toList(),
                        post.placeName(),
                        leaked.kind() + " " + leaked.describe(),
                        post.caption(),
                        photo.file(judge.stage.posts),
                        leaked.name(),
                        "",
                        judge.evaluation.files().get(leaked.place())));
    }

    private static void reject(
            Out out,
            Photo photo,
            String rule,
            String reason,
            String detail,
            @Nullable String of,
            double probability)
            throws IOException {
        RejectionRow.picture(
                out,
                photo.post.place(),
                photo.index,
                photo.rejection(rule, reason, detail, of, probability));
    }
}
