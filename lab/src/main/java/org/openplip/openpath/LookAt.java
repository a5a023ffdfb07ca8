package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.openplip.openpath.filter.PictureScorer;
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
/// @param model the checkpoint of the embeddings; null for none
/// @param evaluation the file of [EvaluationFile]
record LookAt(
        List<String> posts,
        BuildSettings settings,
        List<String> takenDown,
        @Nullable String pictureFilter,
        @Nullable String model,
        String evaluation)
        implements Stage {
    /// How many pictures are embedded together.
    static final int PICTURES_PER_BATCH = 64;

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

    @Override
    public Step open() throws IOException {
        PictureScorer scorer =
                PictureScorer.open(
                        pictureFilter == null ? null : Path.of(pictureFilter),
                        model == null ? null : Path.of(model),
                        settings.duplicateCosine() != null);
        return new Judge(
                this,
                Set.copyOf(takenDown),
                scorer,
                Objects.requireNonNullElse(
                        settings.pictureThreshold(), scorer.filter().threshold()),
                EvaluationFile.pictures(evaluation, settings, scorer.width()));
    }

    /// A picture that could be read.
    private record Read(
            Row row,
            Photo photo,
            Fingerprint print,
            PictureScorer.Prepared prepared,
            int width,
            int height) {}

    /// Asks what is asked of pictures.
    private record Judge(
            LookAt stage,
            Set<String> takenDown,
            PictureScorer scorer,
            double threshold,
            EvaluationFile.Pictures evaluation)
            implements Step {
        @Override
        public void run(Iterator<Row> rows, Out out) throws IOException {
            List<Read> batch = new ArrayList<>();
            while (rows.hasNext()) {
                Read read = read(rows.next(), out);
                if (read != null) batch.add(read);
                if (batch.size() == PICTURES_PER_BATCH) {
                    judge(batch, out);
                    batch.clear();
                }
            }
            judge(batch, out);
        }

        private @Nullable Read read(Row row, Out out) throws IOException {
            Photo photo = Photo.decode(row);
            if (takenDown.contains(photo.medium().mediaKey())
                    || takenDown.contains(photo.pairKey())) {
                return unreadable(out, photo, Rule.TAKEN_DOWN, "");
            }
            String path = photo.medium().path();
            Path file = photo.file(stage.posts);
            if (file == null || !Files.isRegularFile(file)) {
                return unreadable(out, photo, "missing", path == null ? "was not fetched" : path);
            }
            try {
                byte[] bytes = Files.readAllBytes(file);
                RgbImage image = ImageDecoder.decode(bytes, String.valueOf(path));
                if (Math.min(image.width(), image.height()) < stage.settings.minimumSide()) {
                    String size = image.width() + " x " + image.height();
                    return unreadable(out, photo, "too_small", size);
                }
                return new Read(
                        row,
                        photo,
                        Fingerprint.of(bytes, image),
                        scorer.prepare(image),
                        image.width(),
                        image.height());
            } catch (IOException e) {
                String reason = e instanceof DataException data ? data.reason() : e.toString();
                return unreadable(out, photo, "unreadable", reason);
            }
        }

        private static @Nullable Read unreadable(Out out, Photo photo, String reason, String detail)
                throws IOException {
            reject(out, photo, Steps.READABLE, reason, detail, null, 0);
            return null;
        }

        private void judge(List<Read> batch, Out out) throws IOException {
            List<PictureScorer.Score> scores =
                    scorer.score(batch.stream().map(Read::prepared).toList());
            List<Read> tissue = new ArrayList<>();
            List<Looked> looked = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                Read read = batch.get(i);
                double probability = scores.get(i).probability();
                if (probability < threshold) {
                    String detail = String.format(Locale.ROOT, "probability %.3f", probability);
                    reject(
                            out,
                            read.photo,
                            Steps.PATHOLOGY,
                            "not_pathology",
                            detail,
                            null,
                            probability);
                    continue;
                }
                tissue.add(read);
                looked.add(
                        new Looked(
                                read.photo.index,
                                probability,
                                read.width,
                                read.height,
                                new NearDuplicates.Look(read.print, scores.get(i).embedding())));
            }
            NearDuplicates.Lookup lookup =
                    evaluation.prints().lookup(looked.stream().map(Looked::look).toList());
            for (int i = 0; i < tissue.size(); i++) {
                NearDuplicates.Match leaked = lookup.find(i);
                if (leaked == null) {
                    Encoder value = new Encoder();
                    looked.get(i).encode(value);
                    out.row(LOOKED, tissue.get(i).row.key(), value.bytes());
                } else {
                    leak(tissue.get(i).photo, looked.get(i).probability(), leaked, out);
                }
            }
        }

        private void leak(Photo photo, double probability, NearDuplicates.Match leaked, Out out)
                throws IOException {
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
                            photo.file(stage.posts),
                            leaked.name(),
                            "",
                            evaluation.files().get(leaked.place())));
        }

        @Override
        public void close() throws IOException {
            scorer.close();
            evaluation.prints().close();
        }
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
