package org.openplip.openpath;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a release was made: `build.json`, from which the data card and the page are written, now and
/// after a takedown.
///
/// @param notice what people must know about the pictures; empty for none
/// @param rules the rules for texts, in order
/// @param pictureFilter where the picture filter comes from
/// @param evaluationPictures how many pictures no copy may be of
/// @param evaluationCaptions how many captions no text may repeat
/// @param quality how the filters did against the truth; null where the posts carry none
record BuildRecord(
        BuildSettings settings,
        List<Input> inputs,
        String notice,
        List<RuleText> rules,
        Map<String, String> pictureFilter,
        long evaluationPictures,
        long evaluationCaptions,
        @Nullable FilterQuality quality) {

    /// A file that the release was built from.
    record Input(String name, long bytes, String sha256) {}

    /// A rule and what it asks.
    record RuleText(String name, String describe) {}

    BuildRecord {
        inputs = List.copyOf(inputs);
        rules = List.copyOf(rules);
        pictureFilter = new java.util.TreeMap<>(pictureFilter);
    }
}
