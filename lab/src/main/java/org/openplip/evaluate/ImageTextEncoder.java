package org.openplip.evaluate;

import java.util.List;
import java.util.function.Consumer;
import org.openplip.image.StoredPicture;

/// What an evaluation asks of a model: pictures and texts to embeddings of unit length in one
/// space.
public interface ImageTextEncoder {
    /// What became of a picture.
    sealed interface Outcome {
        /// @param embedding float32 `[width]`, unit length
        @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
        record Embedded(float[] embedding) implements Outcome {}

        /// @param reason why there is no embedding, without a full stop
        record Unreadable(String reason) implements Outcome {}
    }

    /// Float32 `[texts, width]`, each row of unit length.
    float[][] texts(List<String> texts);

    /// Tells what became of each picture: one outcome each, in their order.
    void images(List<StoredPicture> pictures, Consumer<Outcome> outcomes);
}
