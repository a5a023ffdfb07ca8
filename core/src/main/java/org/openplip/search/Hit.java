package org.openplip.search;

/// An item found.
///
/// @param similarity higher is closer: the cosine of item and query, in `[-1, 1]`, where a vector
///   was looked for; the BM25 score, above 0, where words were
public record Hit(Item item, double similarity) {}
