package org.openplip.openpath;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// A post with photos and the answers to it as the rows of one group: the post first, then the
/// answers, the one with most likes first; of those the earlier, then the one of the smaller id.
final class Conversations {
    private Conversations() {}

    static void put(Stage.Out out, int channel, PostText text) throws IOException {
        String post = text.isAnswer() ? text.answered() : text.id();
        if (post == null) throw new IllegalStateException("an answer to nothing");
        Encoder encoded = new Encoder();
        text.encode(encoded);
        byte[] bytes = encoded.bytes();
        Encoder value = new Encoder().int8(text.isAnswer() ? 1 : 0);
        if (text.isAnswer()) {
            value.int64(~text.likes() ^ Long.MIN_VALUE)
                    .instant(text.createdAt())
                    .raw(text.id().getBytes(StandardCharsets.UTF_8));
        }
        value.raw(bytes).int32(bytes.length);
        out.row(channel, post.getBytes(StandardCharsets.UTF_8), value.bytes());
    }

    static PostText decode(Row row) {
        byte[] value = row.value();
        int end = value.length - Integer.BYTES;
        int length = new Decoder(Arrays.copyOfRange(value, end, value.length)).int32();
        return PostText.decode(new Decoder(Arrays.copyOfRange(value, end - length, end)));
    }
}
