package org.openplip.openpath;

import org.jspecify.annotations.Nullable;

/// Something that did not go on, and why: a row of `rejected.parquet`.
///
/// @param postId null for a line that is no post and for an evaluation picture
/// @param mediaKey null where a whole post or its text was rejected
/// @param rule the step in `flow.json`
/// @param reason as counted there
/// @param detail of this one case; may be empty
/// @param place the posts file's name and the line, or the evaluation picture's path
public record Rejection(
        @Nullable String postId,
        @Nullable String mediaKey,
        String rule,
        String reason,
        String detail,
        String place) {}
