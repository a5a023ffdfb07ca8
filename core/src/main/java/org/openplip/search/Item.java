package org.openplip.search;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A picture, or a tile of a slide, that can be found.
///
/// @param id names the item in its index; adding an item of the same id replaces it
/// @param kind `picture` or `tile`
/// @param source where it comes from: a data set's name, or a slide's
/// @param path the picture's or the slide's file, or null if there is none
/// @param caption what is said of it; may be empty
/// @param label its class; may be empty
/// @param region what part of the slide it shows, or null for a whole picture
/// @param embedding float32 `[width]` of unit length; held, not copied
/// @param details what else is kept with it, by name, such as `link` and `hashtag`; not searched
@SuppressWarnings("ArrayRecordComponent") // nothing compares items
public record Item(
        String id,
        String kind,
        String source,
        @Nullable String path,
        String caption,
        String label,
        @Nullable Region region,
        float[] embedding,
        Map<String, List<String>> details) {
    public Item {
        if (id.isBlank()) throw new IllegalArgumentException("id: expected a name, got none");
        if (kind.isBlank()) throw new IllegalArgumentException("kind: expected a name, got none");
        Map<String, List<String>> copied = new LinkedHashMap<>();
        details.forEach(
                (name, values) -> {
                    if (!values.isEmpty()) copied.put(name, List.copyOf(values));
                });
        details = Collections.unmodifiableMap(copied);
    }

    /// An item of which nothing else is known.
    public Item(
            String id,
            String kind,
            String source,
            @Nullable String path,
            String caption,
            String label,
            @Nullable Region region,
            float[] embedding) {
        this(id, kind, source, path, caption, label, region, embedding, Map.of());
    }
}
