package org.openplip.evaluate;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.openplip.ImageResult;
import org.openplip.Plip;

/// A checkpoint as an evaluation sees it. The caller closes the [Plip].
public record PlipEncoder(Plip plip) implements ImageTextEncoder {
    @Override
    public float[][] texts(List<String> texts) {
        return plip.encodeTexts(texts);
    }

    @Override
    public void images(List<Path> files, Consumer<Outcome> outcomes) {
        plip.encodeFiles(
                files,
                result ->
                        outcomes.accept(
                                switch (result) {
                                    case ImageResult.Embedded(_, _, float[] embedding) ->
                                            new Outcome.Embedded(embedding);
                                    case ImageResult.Unreadable(_, _, String reason) ->
                                            new Outcome.Unreadable(reason);
                                }));
    }
}
