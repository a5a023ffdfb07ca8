package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;
import org.openplip.report.Leak;

/// A [Leak] as a row, in the order of places.
final class LeakRow {
    private LeakRow() {}

    /// @param part 0 for a text, 1 and up for a picture
    static void put(Stage.Out out, int channel, Place place, int part, Leak leak)
            throws IOException {
        Encoder key = new Encoder();
        place.encode(key);
        out.row(
                channel,
                key.int32(part).bytes(),
                new Encoder()
                        .texts(leak.ids())
                        .text(leak.place())
                        .text(leak.why())
                        .text(leak.text())
                        .optional(text(leak.picture()))
                        .text(leak.evaluation())
                        .text(leak.evaluationText())
                        .optional(text(leak.evaluationPicture()))
                        .bytes());
    }

    private static @Nullable String text(@Nullable Path path) {
        return path == null ? null : path.toString();
    }

    private static @Nullable Path path(@Nullable String text) {
        return text == null ? null : Path.of(text);
    }

    static Leak decode(Row row) {
        Decoder from = new Decoder(row.value());
        return new Leak(
                from.texts(),
                from.text(),
                from.text(),
                from.text(),
                path(from.optional()),
                from.text(),
                from.text(),
                path(from.optional()));
    }
}
