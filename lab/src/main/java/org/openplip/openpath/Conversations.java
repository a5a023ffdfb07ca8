package org.openplip.openpath;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;
import org.openplip.report.Leak;

/// Chooses the texts that become captions in each conversation, a post with photos and the answers
/// to it: the post's own, and of the answers that one with most likes; of those the earlier, then
/// that of the smaller id. Both must pass the rules for texts and repeat no evaluation caption.
///
/// @param evaluation the file of [EvaluationFile]
record Conversations(String evaluation) implements Stage {
    /// Posts that have a text: a [Shown].
    static final int SHOWN = 1;

    /// Each photo of those: a [LookAt.Photo].
    static final int PHOTOS = 2;

    /// Texts that repeat an evaluation caption: a [LeakRow].
    static final int LEAKS = 3;

    /// Puts a text into the group of its conversation: the post first, then the answers.
    static void put(Stage.Out out, int channel, PostText text) throws IOException {
        String answered = text.answered();
        String post = answered != null && text.isAnswer() ? answered : text.id();
        Encoder encoded = new Encoder();
        text.encode(encoded);
        byte[] bytes = encoded.bytes();
        Encoder value = new Encoder().int8(text.isAnswer() ? 1 : 0);
        if (text.isAnswer()) {
            value.int64(~text.likes() ^ Long.MIN_VALUE)
                    .instant(text.createdAt())
                    .ordered(text.id());
        }
        value.raw(bytes).int32(bytes.length);
        out.row(channel, post.getBytes(StandardCharsets.UTF_8), value.bytes());
    }

    private static PostText text(Row row) {
        byte[] value = row.value();
        int end = value.length - Integer.BYTES;
        int length = new Decoder(Arrays.copyOfRange(value, end, value.length)).int32();
        return PostText.decode(new Decoder(Arrays.copyOfRange(value, end - length, end)));
    }

    /// What is known of a conversation while its rows come.
    private static final class Conversation {
        final byte[] key;
        @Nullable PostText post;
        @Nullable PostText answer;

        Conversation(byte[] key) {
            this.key = key;
        }
    }

    @Override
    public Step open() throws IOException {
        CaptionLeaks captions = EvaluationFile.captions(evaluation);
        return (rows, out) -> run(rows, captions, out);
    }

    private static void run(Iterator<Row> rows, CaptionLeaks captions, Out out) throws IOException {
        Conversation now = null;
        while (rows.hasNext()) {
            Row row = rows.next();
            if (now == null || !Arrays.equals(now.key, row.key())) {
                if (now != null) end(now, captions, out);
                now = new Conversation(row.key());
            }
            PostText text = text(row);
            PostText first = now.answer;
            if (!text.isAnswer()) {
                now.post = text;
            } else if (first == null) {
                now.answer = text;
            } else {
                String detail = "%d, the other %d".formatted(text.likes(), first.likes());
                RejectionRow.text(
                        out,
                        text.place(),
                        text.rejection(Steps.MOST_LIKES, "fewer_likes", detail, first.id()));
            }
        }
        if (now != null) end(now, captions, out);
    }

    private static void end(Conversation now, CaptionLeaks captions, Out out) throws IOException {
        PostText post = now.post;
        PostText answer = now.answer;
        if (post == null) {
            if (answer == null) return;
            RejectionRow.text(
                    out,
                    answer.place(),
                    answer.rejection(
                            Steps.ANSWERED_POST, "answered_post_not_kept", "", answer.answered()));
            return;
        }
        boolean own = passes(post, captions, out);
        boolean answered = answer != null && passes(answer, captions, out);
        if (!own && !answered) return;
        new Shown(post, own, answered ? answer : null).put(out, SHOWN);
        for (int i = 0; i < post.photos().size(); i++) {
            new LookAt.Photo(post, i).put(out, PHOTOS);
        }
    }

    private static boolean passes(PostText text, CaptionLeaks captions, Out out)
            throws IOException {
        PostText.Failed failed = text.failed();
        if (failed != null) {
            RejectionRow.text(
                    out,
                    text.place(),
                    text.rejection(failed.rule(), failed.reason(), failed.detail(), null));
            return false;
        }
        CaptionLeaks.Match match = captions.find(text.caption());
        if (match == null) return true;
        String reason = match.similarity() == 1 ? "same_words" : "near_words";
        RejectionRow.text(
                out,
                text.place(),
                text.rejection(Steps.CAPTION_LEAK, reason, match.describe(), match.name()));
        LeakRow.put(
                out,
                LEAKS,
                text.place(),
                0,
                new Leak(
                        Stream.of(text.id(), text.authorId()).filter(Objects::nonNull).toList(),
                        text.placeName(),
                        match.describe(),
                        text.caption(),
                        null,
                        match.name(),
                        match.caption(),
                        null));
        return false;
    }
}
