package org.openplip.openpath;

import java.io.IOException;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// A [Rejection] as a row, in the order of `rejected.parquet`: by the place of the post that showed
/// it or, of a pair, of its text; then the text before its pictures; then by the step.
final class RejectionRow {
    /// The channel of rejections in every table.
    static final int CHANNEL = 0;

    /// The number of the file after all files, where evaluation pictures stand.
    private static final int EVALUATION = Integer.MAX_VALUE;

    private RejectionRow() {}

    /// Puts the rejection of a whole text.
    static void text(Stage.Out out, Place place, Rejection rejection) throws IOException {
        put(out, place, 0, rejection);
    }

    /// Puts the rejection of a post's picture.
    ///
    /// @param index among the photos of its post
    static void picture(Stage.Out out, Place place, int index, Rejection rejection)
            throws IOException {
        put(out, place, index + 1, rejection);
    }

    /// Puts the rejection of an evaluation picture.
    static void evaluation(Stage.Out out, long number, Rejection rejection) throws IOException {
        put(out, new Place(EVALUATION, number), 0, rejection);
    }

    private static void put(Stage.Out out, Place place, int part, Rejection rejection)
            throws IOException {
        Encoder key = new Encoder();
        place.encode(key);
        key.int32(part).int8(Steps.ALL.indexOf(rejection.rule()));
        out.row(CHANNEL, key.bytes(), encode(rejection));
    }

    static byte[] encode(Rejection rejection) {
        return new Encoder()
                .optional(rejection.postId())
                .optional(rejection.mediaKey())
                .texts(rejection.mediaKeys())
                .optional(rejection.authorId())
                .text(rejection.rule())
                .text(rejection.reason())
                .text(rejection.detail())
                .optional(rejection.of())
                .texts(rejection.passed())
                .text(rejection.place())
                .bytes();
    }

    static Rejection decode(Row row) {
        Decoder from = new Decoder(row.value());
        return new Rejection(
                from.optional(),
                from.optional(),
                from.texts(),
                from.optional(),
                from.text(),
                from.text(),
                from.text(),
                from.optional(),
                from.texts(),
                from.text());
    }
}
