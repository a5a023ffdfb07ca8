package org.openplip.openpath;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.filter.FilterCard;
import org.openplip.openpath.filter.FilterFeatures;

/// How a release was made: `build.json`, from which the data card and the page are written, now and
/// after a takedown.
///
/// @param notice what people must know about the pictures; empty for none
/// @param rules the rules for texts, in order
/// @param checkpoint the SHA-256 of the checkpoint of the embeddings; null for none
/// @param evaluationPictures how many pictures no copy may be of
/// @param evaluationCaptions how many captions no text may repeat
/// @param quality how the filters did against the truth; null where the posts carry none
record BuildRecord(
        BuildSettings settings,
        List<Input> inputs,
        String notice,
        List<RuleText> rules,
        Filter pictureFilter,
        @Nullable String checkpoint,
        long evaluationPictures,
        long evaluationCaptions,
        @Nullable FilterQuality quality) {

    /// A file that the release was built from.
    record Input(String name, long bytes, String sha256) {}

    /// A rule and what it asks.
    record RuleText(String name, String describe) {}

    /// The picture filter.
    ///
    /// @param threshold that was used, the filter's own or the recipe's
    record Filter(FilterFeatures features, double threshold, FilterCard card) {}

    BuildRecord {
        inputs = List.copyOf(inputs);
        rules = List.copyOf(rules);
    }
}
