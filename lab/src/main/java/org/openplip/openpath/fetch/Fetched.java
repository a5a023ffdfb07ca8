package org.openplip.openpath.fetch;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/// What came of one address: a line of `fetch.jsonl`.
///
/// @param url as the posts give it
/// @param reason one word in snake case, what is counted; null where the picture was kept
/// @param detail of this one case
/// @param status of the last answer, null where none came
/// @param bytes of the picture
/// @param path of the picture, relative to the folder
/// @param etag what the server calls this state of the picture
/// @param lastModified as the server wrote it
/// @param attempts how often it was asked for
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Fetched(
        String url,
        Outcome outcome,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable Integer status,
        @Nullable Long bytes,
        @Nullable String sha256,
        @Nullable String path,
        @Nullable String etag,
        @JsonProperty("last_modified") @Nullable String lastModified,
        int attempts) {
    /// How it ended.
    public enum Outcome {
        /// The picture is there.
        @JsonProperty("kept")
        KEPT,
        /// It may not or cannot be had; it is not asked for again.
        @JsonProperty("rejected")
        REJECTED,
        /// It could not be had now; the next run asks for it again.
        @JsonProperty("failed")
        FAILED
    }

    static Fetched rejected(
            String url, String reason, String detail, @Nullable Integer status, int attempts) {
        return without(Outcome.REJECTED, url, reason, detail, status, attempts);
    }

    static Fetched failed(
            String url, String reason, String detail, @Nullable Integer status, int attempts) {
        return without(Outcome.FAILED, url, reason, detail, status, attempts);
    }

    private static Fetched without(
            Outcome outcome,
            String url,
            String reason,
            String detail,
            @Nullable Integer status,
            int attempts) {
        return new Fetched(
                url, outcome, reason, detail, status, null, null, null, null, null, attempts);
    }
}
