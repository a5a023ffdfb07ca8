package org.openplip.openpath;

import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Of posts with the same id, lets the one go on that stands first.
record FirstOfId() implements Stage {
    /// Texts by conversation; see [Conversations].
    static final int TEXTS = 1;

    @Override
    public Step open() {
        return FirstOfId::run;
    }

    private static void run(Iterator<Row> rows, Out out) throws IOException {
        byte[] before = null;
        while (rows.hasNext()) {
            Row row = rows.next();
            JudgeLines.Judged judged = JudgeLines.Judged.decode(row);
            boolean repeated = before != null && Arrays.equals(before, row.key());
            before = row.key();
            PostText text = judged.text();
            Rejection rejection = judged.rejection();
            if (text != null && !repeated) {
                Conversations.put(out, TEXTS, text);
            } else if (text != null) {
                Rejection any = text.rejection(Steps.PARSE, "", "", null);
                RejectionRow.text(out, judged.place(), repeated(any));
            } else if (rejection != null) {
                RejectionRow.text(out, judged.place(), repeated ? repeated(rejection) : rejection);
            }
        }
    }

    private static Rejection repeated(Rejection of) {
        return new Rejection(
                of.postId(),
                null,
                of.mediaKeys(),
                of.authorId(),
                Steps.PARSE,
                "repeated_id",
                "",
                null,
                List.of(),
                of.place());
    }
}
