package org.openplip.web;

import org.openplip.image.RgbImage;

/// What the server needs of a model: a phrase or a picture as one embedding, float32 `[width]` of
/// unit length. Called from several threads at once.
public interface Encoder {
    float[] text(String text);

    float[] image(RgbImage image);
}
