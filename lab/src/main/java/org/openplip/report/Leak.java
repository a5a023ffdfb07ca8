package org.openplip.report;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something that was left out of a data set because an evaluation set has it too.
///
/// @param ids under which it can be asked for: the post's or the pair's first
/// @param place where it stood
/// @param why in words
/// @param text its caption
/// @param picture its file; null where the captions are alike
/// @param evaluation the name of what it is like
/// @param evaluationText the evaluation's caption; empty for none
public record Leak(
        List<String> ids,
        String place,
        String why,
        String text,
        @Nullable Path picture,
        String evaluation,
        String evaluationText,
        @Nullable Path evaluationPicture) {}
