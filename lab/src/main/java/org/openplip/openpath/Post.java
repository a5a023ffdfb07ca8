package org.openplip.openpath;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A public post as it was archived: the fields of a Tweet object of the X API v2 that the build
/// uses, its media expanded in place. Other sources are mapped to this.
///
/// @param source `web` for a row of a web crawl, else the site or null: posts of X say nothing
/// @param lang the source's own guess of the language, null where it made none (`und` too)
/// @param media the attached media in the order in which they are attached
public record Post(
        String id,
        String text,
        Instant createdAt,
        @Nullable String authorId,
        @Nullable String conversationId,
        @Nullable String lang,
        boolean possiblySensitive,
        PublicMetrics publicMetrics,
        List<Reference> referencedTweets,
        Entities entities,
        List<Media> media,
        @Nullable String source,
        Attribution attribution) {

    /// Counts at the time of archiving.
    public record PublicMetrics(long likeCount, long replyCount, long retweetCount) {}

    /// Another post that this one refers to.
    ///
    /// @param type `retweeted`, `quoted` or `replied_to`
    public record Reference(String type, String id) {}

    /// What the source recognised in the text.
    ///
    /// @param hashtags without `#`
    public record Entities(List<String> hashtags) {}

    /// Whom to name, and where it stands.
    ///
    /// @param username the author's name at the source
    /// @param link to the post or the page
    public record Attribution(@Nullable String username, @Nullable String link) {}

    /// An attached medium.
    ///
    /// @param type `photo`, `video` or `animated_gif`
    /// @param path of the file, relative to the posts file; null where it was not fetched
    /// @param licence as the source states it: an SPDX identifier, a name or an address
    public record Media(
            String mediaKey,
            String type,
            @Nullable String path,
            @Nullable String url,
            @Nullable String licence) {}

    /// Whether this passes on somebody else's post.
    public boolean isRepost() {
        return reference("retweeted") != null;
    }

    /// Whether this is an image with its alternative text from a web page, not a post: it has no
    /// hashtags, and the paper keeps its question marks.
    public boolean isWeb() {
        return "web".equals(source);
    }

    /// The post that this one answers, or null.
    public @Nullable String repliedTo() {
        return reference("replied_to");
    }

    /// The attached photos.
    public List<Media> photos() {
        return media.stream().filter(medium -> medium.type().equals("photo")).toList();
    }

    private @Nullable String reference(String type) {
        for (Reference reference : referencedTweets) {
            if (reference.type().equals(type)) return reference.id();
        }
        return null;
    }

    /// The post in one line of JSON.
    ///
    /// @throws IOException saying in its message what is wrong, without the place: not JSON, or no
    ///   usable `id`, `text` or `created_at`
    public static Post parse(byte[] line) throws IOException {
        return PostReader.read(line);
    }
}
