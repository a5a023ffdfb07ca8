package org.openplip.phantom;

import java.util.Locale;

/// Why a perfect filter leaves out a post or a picture. The first that holds counts, posts before
/// pictures, in this order.
public enum Reason {
    /// The line is no JSON. Stands in `world.json` only: such a line has no truth.
    MALFORMED,
    /// The post is a retweet.
    RETWEET,
    /// The post is marked as possibly sensitive.
    SENSITIVE,
    /// The text is not in English, whatever `lang` says.
    NOT_ENGLISH,
    /// The text has a question mark.
    QUESTION,
    /// Fewer than three words are left after cleaning.
    TOO_SHORT,
    /// A reply that is not the most liked one with a pathology keyword, or whose post was left out
    /// as retweet, sensitive or not English.
    REPLY_NOT_CHOSEN,
    /// There is no picture, neither on the post nor, for a reply, on the post that it answers.
    NO_PICTURE,
    /// The picture's file is missing or ends too early.
    UNREADABLE_PICTURE,
    /// The picture is no micrograph.
    NOT_PATHOLOGY_PICTURE,
    /// The same picture as one held out for testing, re-encoded or not.
    TEST_LEAK,
    /// The same bytes as a picture kept from an earlier post.
    DUPLICATE,
    /// Seen before in an earlier post that was kept, re-encoded, scaled, trimmed or brightened.
    NEAR_DUPLICATE;

    /// As it stands in the files: `not_english`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
