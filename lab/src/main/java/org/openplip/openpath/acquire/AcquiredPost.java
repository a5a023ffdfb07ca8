package org.openplip.openpath.acquire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A post as a line of `posts.jsonl`: what [org.openplip.openpath.Post] reads, and what its authors
/// are to be named by. Fields have the X API v2's names; those that it has not are `source`,
/// `username`, `link`, `labels`, and of media `path` and `license`.
///
/// @param source `x`, `bluesky`, `mastodon`, or `web` for a row that was archived
/// @param id X's digits; `at://...` for Bluesky; `mastodon:HOST/ID`
/// @param createdAt ISO 8601
/// @param username the author's handle
/// @param link where the post can be read
/// @param labels what the source or its moderators call the post
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record AcquiredPost(
        String source,
        String id,
        @JsonInclude String text,
        String createdAt,
        @Nullable String authorId,
        @Nullable String username,
        @Nullable String link,
        @Nullable String conversationId,
        @Nullable String lang,
        boolean possiblySensitive,
        List<String> labels,
        PublicMetrics publicMetrics,
        List<Reference> referencedTweets,
        Entities entities,
        @Nullable Attachments attachments,
        List<Medium> media) {

    /// Counts at the time of acquiring.
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record PublicMetrics(long likeCount, long replyCount, long retweetCount, long quoteCount) {}

    /// Another post that this one refers to.
    ///
    /// @param type `retweeted`, `quoted` or `replied_to`
    record Reference(String type, String id) {}

    /// What the source recognised in the text.
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Entities(List<Hashtag> hashtags) {}

    /// A hashtag, without `#`.
    record Hashtag(String tag) {}

    /// The attached media in their order.
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Attachments(List<String> mediaKeys) {}

    /// An attached medium.
    ///
    /// @param type `photo`, `video`, `animated_gif`, or what else the source calls it
    /// @param path of the file, relative to `posts.jsonl`
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Medium(
            String mediaKey,
            String type,
            @Nullable String path,
            @Nullable String url,
            @Nullable String altText,
            @Nullable String license) {}

    /// The hashtags as the record holds them.
    static Entities hashtags(List<String> tags) {
        return new Entities(tags.stream().map(Hashtag::new).toList());
    }

    /// The keys of `media` as the record holds them; null where there are none.
    static @Nullable Attachments attachments(List<Medium> media) {
        return media.isEmpty()
                ? null
                : new Attachments(media.stream().map(Medium::mediaKey).toList());
    }
}
