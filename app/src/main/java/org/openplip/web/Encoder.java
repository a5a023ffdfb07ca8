package org.openplip.web;

import java.util.List;
import org.openplip.Plip;
import org.openplip.image.RgbImage;

/// What the server needs of a model: a phrase or a picture as one embedding, float32 `[width]` of
/// unit length. Called from several threads at once.
public interface Encoder {
    float[] text(String text);

    float[] image(RgbImage image);

    /// The encoder of a checkpoint. The caller closes `plip`, after the server.
    static Encoder of(Plip plip) {
        return new Encoder() {
            @Override
            public float[] text(String text) {
                return plip.encodeTexts(List.of(text))[0];
            }

            @Override
            public float[] image(RgbImage image) {
                return plip.encodePictures(List.of(image))[0];
            }
        };
    }
}
