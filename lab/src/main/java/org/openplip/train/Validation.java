package org.openplip.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// How a model does on all validation pairs.
///
/// @param loss the mean of the batches' losses, weighted by their pairs; batches are as large as
///   the training's
/// @param recallAt10 the share of captions whose own picture is among the ten most similar
/// @param zeroShotF1 the weighted F1 of zero-shot classification of the labelled pictures; null
///   where the run watches none
@JsonInclude(JsonInclude.Include.NON_NULL)
record Validation(double loss, double recallAt10, @Nullable Double zeroShotF1) {}
