package org.openplip.openpath;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;

/// The text of a post or of an answer that passed the rules for posts, with what a release tells of
/// the post.
///
/// @param place where it stood
/// @param placeName the same for people
/// @param web whether it is of a web page
/// @param hashtags lower case, each once
/// @param answered the post that this one answers, or null
/// @param caption its text, cleaned
/// @param failed the first rule for texts that it does not pass, or null
record PostText(
        Place place,
        String placeName,
        String id,
        Instant createdAt,
        @Nullable String authorId,
        Post.Attribution attribution,
        boolean web,
        List<String> hashtags,
        List<Post.Media> photos,
        @Nullable String answered,
        long likes,
        String caption,
        @Nullable Failed failed) {

    /// A rule that is not passed, and why.
    record Failed(String rule, String reason, String detail) {}

    static PostText of(
            Post post, String caption, Place place, String placeName, @Nullable Failed failed) {
        return new PostText(
                place,
                placeName,
                post.id(),
                post.createdAt(),
                post.authorId(),
                post.attribution(),
                post.isWeb(),
                post.entities().hashtags().stream()
                        .map(tag -> tag.toLowerCase(Locale.ROOT))
                        .distinct()
                        .toList(),
                post.photos(),
                post.repliedTo(),
                post.publicMetrics().likeCount(),
                caption,
                failed);
    }

    /// Whether it belongs to the pictures of another post.
    boolean isAnswer() {
        return answered != null && photos.isEmpty();
    }

    List<String> mediaKeys() {
        return photos.stream().map(Post.Media::mediaKey).toList();
    }

    /// The row that says that this text is left out.
    Rejection rejection(String rule, String reason, String detail, @Nullable String of) {
        return new Rejection(
                id,
                null,
                mediaKeys(),
                authorId,
                rule,
                reason,
                detail,
                of,
                Steps.before(rule, isAnswer()),
                placeName);
    }

    void encode(Encoder to) {
        place.encode(to);
        to.text(placeName)
                .text(id)
                .instant(createdAt)
                .optional(authorId)
                .optional(attribution.username())
                .optional(attribution.link())
                .int8(web ? 1 : 0)
                .texts(hashtags)
                .int32(photos.size());
        for (Post.Media photo : photos) {
            to.text(photo.mediaKey())
                    .text(photo.type())
                    .optional(photo.path())
                    .optional(photo.url())
                    .optional(photo.licence());
        }
        to.optional(answered).int64(likes).text(caption);
        if (failed == null) {
            to.int8(0);
        } else {
            to.int8(1).text(failed.rule).text(failed.reason).text(failed.detail);
        }
    }

    static PostText decode(Decoder from) {
        return new PostText(
                Place.decode(from),
                from.text(),
                from.text(),
                from.instant(),
                from.optional(),
                new Post.Attribution(from.optional(), from.optional()),
                from.int8() == 1,
                from.texts(),
                photos(from),
                from.optional(),
                from.int64(),
                from.text(),
                from.int8() == 0 ? null : new Failed(from.text(), from.text(), from.text()));
    }

    private static List<Post.Media> photos(Decoder from) {
        int count = from.int32();
        List<Post.Media> photos = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            photos.add(
                    new Post.Media(
                            from.text(),
                            from.text(),
                            from.optional(),
                            from.optional(),
                            from.optional()));
        }
        return List.copyOf(photos);
    }
}
