package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Pairs each text with each picture of its post, splits by the post's time, and writes them. Posts
/// come in the order of time, so that all training pairs that have an author are before all
/// validation pairs. Of an author some 30 bytes are in memory.
final class Pairing {
    private static final int JPEG_QUALITY = 95;

    private final List<String> posts;
    private final BuildSettings settings;
    private final Set<String> takenDown;
    private final Release.Writer release;
    private final Stage.Out rejections;
    private final DigestTable trainAuthors = new DigestTable();

    /// @param posts the files of posts
    Pairing(
            List<String> posts,
            BuildSettings settings,
            Set<String> takenDown,
            Release.Writer release,
            Stage.Out rejections) {
        this.posts = posts;
        this.settings = settings;
        this.takenDown = takenDown;
        this.release = release;
        this.rejections = rejections;
    }

    /// @param kept posts as [Distinct#KEPT]
    /// @param copies as [Distinct#COPIES]
    void run(Engine.Cursor kept, Engine.Cursor copies, Progress.Task task) throws IOException {
        while (kept.hasNext()) {
            Row row = kept.next();
            Distinct.Kept post = Distinct.Kept.decode(row);
            for (Looked looked : post.pictures()) {
                int others = new Decoder(copies.next().value()).int32();
                pairs(post.shown(), looked, others);
            }
            task.advance(1);
        }
    }

    private void pairs(Shown shown, Looked looked, int copies) throws IOException {
        LookAt.Photo photo = new LookAt.Photo(shown.post(), looked.index());
        byte[] jpeg = null;
        for (PostText text : shown.texts()) {
            String key = photo.pairKey() + (text.isAnswer() ? "-reply" : "");
            if (unsplit(photo, looked, text, key)) continue;
            if (jpeg == null) jpeg = jpeg(photo, looked);
            Pair pair = pair(photo, looked, text, key, copies, Hashes.sha256(jpeg));
            release.add(pair, jpeg);
            if (settings.authorInOneSplit() && pair.split().equals("train")) {
                if (pair.authorId() != null) trainAuthors.add(pair.authorId());
                if (pair.postAuthorId() != null) trainAuthors.add(pair.postAuthorId());
            }
        }
    }

    /// Whether a pair belongs to no split; it is then written down.
    private boolean unsplit(LookAt.Photo photo, Looked looked, PostText text, String key)
            throws IOException {
        PostText shown = photo.post();
        String reason = null;
        String detail = "";
        if (!inTrain(shown) && !shown.createdAt().isBefore(settings.validationEnd())) {
            reason = "after_validation";
            detail = shown.createdAt().toString();
        } else if (settings.authorInOneSplit()
                && !inTrain(shown)
                && (isTrainAuthor(shown.authorId()) || isTrainAuthor(text.authorId()))) {
            reason = "author_in_train";
        } else if (takenDown.contains(key)) {
            reason = Rule.TAKEN_DOWN;
        }
        if (reason == null) return false;
        RejectionRow.picture(
                rejections,
                text.place(),
                looked.index(),
                new Rejection(
                        text.id(),
                        photo.medium().mediaKey(),
                        List.of(),
                        text.authorId(),
                        Steps.SPLIT,
                        reason,
                        detail,
                        null,
                        rules(looked, text),
                        text.placeName()));
        return true;
    }

    private boolean isTrainAuthor(@Nullable String author) {
        return author != null && trainAuthors.contains(author);
    }

    /// Web rows are of no time and, as in the paper, not for validation.
    private boolean inTrain(PostText shown) {
        return shown.web() || shown.createdAt().isBefore(settings.trainEnd());
    }

    private static List<String> rules(Looked looked, PostText text) {
        List<String> rules = new ArrayList<>(Steps.ofText(text.isAnswer()));
        rules.addAll(Looked.passedBefore(Steps.SPLIT, looked.probability()));
        return rules;
    }

    private Pair pair(
            LookAt.Photo photo,
            Looked looked,
            PostText text,
            String key,
            int copies,
            String jpegSha256) {
        PostText shown = photo.post();
        return new Pair(
                key,
                text.isAnswer() ? "reply" : shown.web() ? "web" : "post",
                shown.id(),
                text.id(),
                photo.medium().mediaKey(),
                text.authorId(),
                shown.authorId(),
                text.attribution().username(),
                text.attribution().link(),
                photo.medium().licence(),
                shown.createdAt(),
                shown.hashtags(),
                text.caption(),
                jpegSha256,
                PerceptualHash.toHex(looked.print().hash()),
                photo.pairKey(),
                copies,
                rules(looked, text),
                inTrain(shown) ? "train" : "validation",
                looked.width(),
                looked.height(),
                "",
                photo.medium().url());
    }

    /// A JPEG file as it is; anything else as a JPEG of quality 95.
    private byte[] jpeg(LookAt.Photo photo, Looked looked) throws IOException {
        Path file = photo.file(posts);
        if (file == null) throw new IllegalStateException("a picture without a file");
        byte[] bytes = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
        if (!Hashes.sha256(bytes).equals(looked.print().fileSha256())) {
            throw new DataException(file, "changed during the build; start it again");
        }
        if (bytes.length > 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8) {
            return bytes;
        }
        return ImageEncoder.jpeg(ImageDecoder.decode(bytes, file.toString()), JPEG_QUALITY);
    }
}
