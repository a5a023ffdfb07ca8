package org.openplip.train;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// A row of a source that is no pair to train on or to validate with.
///
/// @param row what finds it: a file and a line, a member of a shard, a picture
/// @param reason as a clause
public record RejectedRow(String row, Rule rule, String reason) {
    /// What it failed.
    public enum Rule {
        /// Has no text to go with the picture.
        NO_CAPTION,
        /// Names no picture, or one that is not there.
        NO_PICTURE,
        /// Is of a split that is none of `train`, `validation` and `test`.
        UNKNOWN_SPLIT,
        /// Its picture cannot be decoded; found when the picture is first needed.
        UNDECODABLE;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
