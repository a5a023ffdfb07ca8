package org.openplip.evaluate.data;

import org.jspecify.annotations.Nullable;
import org.openplip.image.StoredPicture;

/// A picture with what is known of it.
///
/// @param name unique in its data set, as tables call it; a file's path as listed, relative to the
///   set's root
/// @param group pictures of one slide, patient or post have the same; null where that is not known
/// @param organ in lower case, where the set tells organs apart
public record Sample(
        String name,
        StoredPicture picture,
        @Nullable String label,
        @Nullable String caption,
        @Nullable String group,
        @Nullable String organ,
        Split split) {
    /// A picture to test with, of which nothing but label and caption is known.
    public Sample(
            String name, StoredPicture picture, @Nullable String label, @Nullable String caption) {
        this(name, picture, label, caption, null, null, Split.TEST);
    }

    Sample in(Split other) {
        return new Sample(name, picture, label, caption, group, organ, other);
    }

    Sample with(StoredPicture other) {
        return new Sample(name, other, label, caption, group, organ, split);
    }
}
