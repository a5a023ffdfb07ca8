package org.openplip.evaluate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A row of `predictions.parquet`: what one model said of one picture. Columns have these names in
/// snake case.
///
/// @param file relative to the data's root
/// @param label the true class, if known
/// @param predicted the class with the highest similarity; null without a zero-shot study
/// @param similarities cosine with each class, in the order of the classes in `results.json`
/// @param caption the picture's own, if it has one
/// @param captionRank at which rank the caption finds the picture, 1 is best
public record Prediction(
        String model,
        String file,
        @Nullable String label,
        @Nullable String predicted,
        List<Float> similarities,
        @Nullable String caption,
        @Nullable Integer captionRank) {}
