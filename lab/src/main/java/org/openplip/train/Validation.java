package org.openplip.train;

/// How a model does on all validation pairs.
///
/// @param loss the mean of the batches' losses, weighted by their pairs; batches are as large as
///   the training's
/// @param recallAt10 the share of captions whose own picture is among the ten most similar
record Validation(double loss, double recallAt10) {}
