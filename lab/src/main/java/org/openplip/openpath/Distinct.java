package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Goes through posts and pictures in the order of time and keeps, of pictures that are copies of
/// one another, the first. Of a picture in the release some 130 bytes are in memory.
final class Distinct {
    /// Posts with a picture left: a [Kept]. In the order of time.
    static final int KEPT = 1;

    /// How many copies of a kept picture were left out, in the order of [#KEPT], one for each.
    static final int COPIES = 2;

    /// How many texts and pictures went on, by [#TEXTS], [#ANSWERS] and [#PICTURES].
    static final int TOTALS = 3;

    static final byte TEXTS = 0;
    static final byte ANSWERS = 1;
    static final byte PICTURES = 2;

    /// A post with the pictures of it that are kept.
    record Kept(Shown shown, List<Looked> pictures) {
        static Kept decode(Row row) {
            Decoder from = new Decoder(row.value());
            Shown shown = Shown.decode(from);
            int count = from.int32();
            List<Looked> pictures = new ArrayList<>();
            for (int i = 0; i < count; i++) pictures.add(Looked.decode(from));
            return new Kept(shown, pictures);
        }
    }

    private final Stage.Out out;
    private final NearDuplicates seen;
    private int[] copies = new int[64];
    private int pictures;
    private long texts;
    private long answers;

    /// Posts with their pictures that are not decided yet, in order.
    private final List<Kept> batch = new ArrayList<>();

    private int picturesInBatch;

    private Distinct(Stage.Out out, NearDuplicates seen) {
        this.out = out;
        this.seen = seen;
    }

    /// @param width of the embeddings
    /// @param scratch a folder for scratch files
    static void run(
            Engine.Cursor rows, BuildSettings settings, int width, Path scratch, Stage.Out out)
            throws IOException {
        try (NearDuplicates seen = NearDuplicates.onDisk(settings, width, scratch)) {
            Distinct distinct = new Distinct(out, seen);
            while (rows.hasNext()) distinct.row(rows.next());
            distinct.finish();
        }
    }

    private void row(Row row) throws IOException {
        byte[] part =
                Arrays.copyOfRange(row.key(), row.key().length - Integer.BYTES, row.key().length);
        if (new Decoder(part).int32() == 0) {
            if (picturesInBatch >= LookAt.PICTURES_PER_BATCH) decide();
            Shown post = Shown.decode(new Decoder(row.value()));
            batch.add(new Kept(post, new ArrayList<>()));
        } else {
            batch.getLast().pictures.add(Looked.decode(new Decoder(row.value())));
            picturesInBatch++;
        }
    }

    /// Takes the pictures of the batch in the order of time.
    private void decide() throws IOException {
        List<NearDuplicates.Look> looks = new ArrayList<>();
        for (Kept post : batch) {
            for (Looked looked : post.pictures) looks.add(looked.look());
        }
        NearDuplicates.Lookup lookup = seen.lookup(looks);
        int at = 0;
        for (Kept post : batch) {
            List<Looked> kept = new ArrayList<>();
            for (Looked looked : post.pictures) {
                if (isFirst(post.shown, looked, lookup.find(at++))) kept.add(looked);
            }
            put(new Kept(post.shown, kept));
        }
        batch.clear();
        picturesInBatch = 0;
    }

    private boolean isFirst(Shown post, Looked looked, NearDuplicates.@Nullable Match before)
            throws IOException {
        LookAt.Photo photo = new LookAt.Photo(post.post(), looked.index());
        if (before != null) {
            copies[before.place()]++;
            RejectionRow.picture(
                    out,
                    photo.post().place(),
                    looked.index(),
                    photo.rejection(
                            Steps.DUPLICATE,
                            before.kind(),
                            before.describe(),
                            before.name(),
                            looked.probability()));
            return false;
        }
        seen.add(photo.pairKey(), looked.look());
        if (pictures == copies.length) copies = Arrays.copyOf(copies, 2 * pictures);
        pictures++;
        return true;
    }

    private void put(Kept post) throws IOException {
        Shown shown = post.shown;
        if (post.pictures.isEmpty()) {
            for (PostText text : shown.texts()) noPicture(text);
            return;
        }
        texts += shown.texts().size();
        if (shown.answer() != null) answers++;
        Encoder value = new Encoder();
        shown.encode(value);
        value.int32(post.pictures.size());
        for (Looked looked : post.pictures) looked.encode(value);
        out.row(KEPT, Shown.key(shown.post(), 0), value.bytes());
    }

    private void noPicture(PostText text) throws IOException {
        RejectionRow.text(
                out,
                text.place(),
                new Rejection(
                        text.id(),
                        null,
                        text.mediaKeys(),
                        text.authorId(),
                        Steps.PICTURE_LEFT,
                        "no_picture",
                        "all pictures of the post were left out",
                        text.isAnswer() ? text.answered() : null,
                        Steps.ofText(text.isAnswer()),
                        text.placeName()));
    }

    private void finish() throws IOException {
        decide();
        for (int i = 0; i < pictures; i++) {
            out.row(COPIES, new Encoder().int32(i).bytes(), new Encoder().int32(copies[i]).bytes());
        }
        total(TEXTS, texts);
        total(ANSWERS, answers);
        total(PICTURES, pictures);
    }

    private void total(byte what, long count) throws IOException {
        out.row(TOTALS, new byte[] {what}, new Encoder().int64(count).bytes());
    }
}
