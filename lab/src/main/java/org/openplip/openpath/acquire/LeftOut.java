package org.openplip.openpath.acquire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// Something that did not become a line of `posts.jsonl`, and why: a line of `left-out.jsonl`.
///
/// @param id of the post, where it has one
/// @param source where it was asked for
/// @param reason one word in snake case, what is counted
/// @param detail what this one case was; may be empty
@JsonInclude(JsonInclude.Include.NON_NULL)
record LeftOut(String source, @Nullable String id, String reason, String detail) {}
