package org.openplip.search;

import java.util.Set;

/// Which items a search considers: those of one of the kinds and from one of the sources. An empty
/// set stands for all.
///
///     Filter.any().kinds("tile").sources("CMU-1-Small-Region.svs")
public record Filter(Set<String> kinds, Set<String> sources) {
    private static final Filter ANY = new Filter(Set.of(), Set.of());

    public Filter {
        kinds = Set.copyOf(kinds);
        sources = Set.copyOf(sources);
    }

    /// All items.
    public static Filter any() {
        return ANY;
    }

    /// These sources, and only the given kinds.
    public Filter kinds(String... kinds) {
        return new Filter(Set.of(kinds), sources);
    }

    /// These kinds, and only the given sources.
    public Filter sources(String... sources) {
        return new Filter(kinds, Set.of(sources));
    }
}
