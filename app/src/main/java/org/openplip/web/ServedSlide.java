package org.openplip.web;

import org.openplip.slide.Slide;

/// A slide that the page shows. The server reads it but does not close it.
///
/// @param id the `source` of this slide's tiles in the index
/// @param title shown to people, often the file's name
public record ServedSlide(String id, String title, Slide slide) {
    public ServedSlide {
        if (id.isBlank()) throw new IllegalArgumentException("id: is blank");
    }
}
