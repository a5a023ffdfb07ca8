package org.openplip.openpath;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something that did not go on, and why: a row of `rejected.parquet`.
///
/// @param postId null for a line that is no post and for an evaluation picture
/// @param mediaKey null where a whole post or its text was rejected
/// @param mediaKeys where a whole post or its text was rejected, the photos that went with it
/// @param authorId of the post, if known
/// @param rule the step in `flow.json`
/// @param reason as counted there
/// @param detail of this one case; may be empty
/// @param of what it lost to: the key of the picture that it copies, the evaluation picture or
///   caption that it leaks, or the id of the answer with more likes; null where there is none
/// @param passed the steps that it had passed, in order, with the number where there is one
/// @param place the posts file's name and the line, or the evaluation picture's path
public record Rejection(
        @Nullable String postId,
        @Nullable String mediaKey,
        List<String> mediaKeys,
        @Nullable String authorId,
        String rule,
        String reason,
        String detail,
        @Nullable String of,
        List<String> passed,
        String place) {
    /// Whether `id` is that of the post, of a picture or of the author.
    boolean isNamed(String id) {
        return id.equals(postId)
                || id.equals(mediaKey)
                || id.equals(authorId)
                || mediaKeys.contains(id);
    }
}
