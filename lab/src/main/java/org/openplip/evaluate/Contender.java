package org.openplip.evaluate;

import org.jspecify.annotations.Nullable;

/// A model in an evaluation.
///
/// @param name as it stands in tables, such as `trained` or `untrained`
/// @param checkpoint its folder, or how it was made
/// @param sha256 of its weights, by [org.openplip.Checkpoint#sha256]; null where it was never a
///   file
public record Contender(
        String name, String checkpoint, @Nullable String sha256, ImageTextEncoder encoder) {}
