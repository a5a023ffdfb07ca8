package org.openplip.openpath.web;

import org.jspecify.annotations.Nullable;

/// A row of a collection that is like a seed.
///
/// @param seed the number of the seed, from 0
/// @param place in the collection, such as `0003:17`
/// @param unsafe whether the collection's own filter takes the picture to be unfit for work
record Neighbour(
        int seed,
        float similarity,
        String place,
        @Nullable String url,
        @Nullable String caption,
        boolean unsafe) {}
