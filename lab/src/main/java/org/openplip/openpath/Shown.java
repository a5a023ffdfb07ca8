package org.openplip.openpath;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Stage;

/// A post whose photos have a text, in the order of time; its photos come after it.
///
/// @param own whether the post's own text is a caption
/// @param answer the answer whose text is one, or null
record Shown(PostText post, boolean own, @Nullable PostText answer) {
    /// The texts that become captions, the post's own first.
    List<PostText> texts() {
        List<PostText> texts = new ArrayList<>();
        if (own) texts.add(post);
        if (answer != null) texts.add(answer);
        return texts;
    }

    /// The key by which posts and what belongs to them are in the order of time.
    ///
    /// @param part 0 for the post, 1 and up for what comes after it
    static byte[] key(PostText post, int part) {
        return new Encoder().instant(post.createdAt()).ordered(post.id()).int32(part).bytes();
    }

    void put(Stage.Out out, int channel) throws IOException {
        Encoder value = new Encoder();
        encode(value);
        out.row(channel, key(post, 0), value.bytes());
    }

    void encode(Encoder to) {
        post.encode(to);
        to.int8(own ? 1 : 0).int8(answer == null ? 0 : 1);
        if (answer != null) answer.encode(to);
    }

    static Shown decode(Decoder from) {
        return new Shown(
                PostText.decode(from),
                from.int8() == 1,
                from.int8() == 1 ? PostText.decode(from) : null);
    }
}
