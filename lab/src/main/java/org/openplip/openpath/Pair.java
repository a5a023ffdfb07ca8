package org.openplip.openpath;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One picture with its caption: a row of `pairs.parquet`, whose columns have these names in snake
/// case, and one key in the shards.
///
/// @param key the WebDataset key: `[A-Za-z0-9_-]+`, unique in the release
/// @param source where the caption comes from: `post`, `reply` or `web`
/// @param postId the post that shows the picture
/// @param captionPostId the post whose text became the caption: `postId`, or the reply's id
/// @param mediaKey the picture's key within the post
/// @param authorId who wrote the caption, if known
/// @param postAuthorId who showed the picture, if known: the same but for replies
/// @param username the name at the source of who wrote the caption, to be credited; if known
/// @param link to the post whose text became the caption, if known
/// @param licence of the picture, as the source states it; null where it states none, which gives
///   no right
/// @param createdAt when the post that shows the picture was made; decides the split
/// @param hashtags of the post that shows the picture, lower case, in the order of the text
/// @param caption the cleaned text
/// @param imageSha256 of the bytes in the shard, 64 hexadecimal digits
/// @param perceptualHash [PerceptualHash], 16 hexadecimal digits
/// @param duplicateGroup the key of the pair that stands for all near duplicates of this picture
///   that were seen; the pair's own key when there were none
/// @param duplicates how many other pictures of the group were seen and left out
/// @param rules what was passed, in order, with the number where there is one
/// @param split `train` or `validation`
/// @param width pixels
/// @param height pixels
/// @param shard the tar that holds the pair, relative to the release folder
/// @param url where the picture was found, if known
public record Pair(
        String key,
        String source,
        String postId,
        String captionPostId,
        String mediaKey,
        @Nullable String authorId,
        @Nullable String postAuthorId,
        @Nullable String username,
        @Nullable String link,
        @Nullable String licence,
        Instant createdAt,
        List<String> hashtags,
        String caption,
        String imageSha256,
        String perceptualHash,
        String duplicateGroup,
        int duplicates,
        List<String> rules,
        String split,
        int width,
        int height,
        String shard,
        @Nullable String url) {

    /// Whether `id` is that of the pair, of one of its posts, of its picture or of an author.
    boolean isNamed(String id) {
        return key.equals(id)
                || postId.equals(id)
                || captionPostId.equals(id)
                || mediaKey.equals(id)
                || id.equals(authorId)
                || id.equals(postAuthorId);
    }

    /// A pair that stands in another shard.
    Pair withShard(String newShard) {
        return new Pair(
                key,
                source,
                postId,
                captionPostId,
                mediaKey,
                authorId,
                postAuthorId,
                username,
                link,
                licence,
                createdAt,
                hashtags,
                caption,
                imageSha256,
                perceptualHash,
                duplicateGroup,
                duplicates,
                rules,
                split,
                width,
                height,
                newShard,
                url);
    }
}
