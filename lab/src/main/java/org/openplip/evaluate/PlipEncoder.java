package org.openplip.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.openplip.Checkpoint;
import org.openplip.ImageResult;
import org.openplip.Plip;
import org.openplip.image.StoredPicture;

/// A [Plip] as an evaluation asks it. Whoever opened the model closes it.
public final class PlipEncoder implements ImageTextEncoder {
    private final Plip plip;

    public PlipEncoder(Plip plip) {
        this.plip = plip;
    }

    /// The model in a checkpoint folder as a contender.
    ///
    /// @param name as it stands in tables, such as `trained` or `untrained`
    /// @param plip loaded from `checkpoint`
    public static Contender contender(String name, Path checkpoint, Plip plip) throws IOException {
        return new Contender(
                name, checkpoint.toString(), Checkpoint.sha256(checkpoint), new PlipEncoder(plip));
    }

    @Override
    public float[][] texts(List<String> texts) {
        return plip.encodeTexts(texts);
    }

    @Override
    public void images(List<StoredPicture> pictures, Consumer<Outcome> outcomes) {
        try (Stream<ImageResult> results = plip.encodeStored(pictures.stream())) {
            results.forEach(
                    result ->
                            outcomes.accept(
                                    switch (result) {
                                        case ImageResult.Embedded embedded ->
                                                new Outcome.Embedded(embedded.embedding());
                                        case ImageResult.Unreadable unreadable ->
                                                new Outcome.Unreadable(unreadable.reason());
                                    }));
        }
    }
}
