package org.openplip.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.openplip.Prompts;
import org.openplip.image.ImageDecoder;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;

/// Pictures of known classes, on which a model in training is measured as a zero-shot classifier at
/// each validation. What is watched is chosen by: this is never a test set.
///
/// @param classes what the classes are called in the prompts
/// @param prompts the sentences that these names are put into
public record LabelledPictures(List<Picture> pictures, List<String> classes, Prompts prompts) {
    /// A picture's file and the number of its class.
    public record Picture(Path file, int truth) {}

    public LabelledPictures {
        pictures = List.copyOf(pictures);
        classes = List.copyOf(classes);
        if (pictures.isEmpty()) throw new IllegalArgumentException("pictures: none given");
        for (Picture picture : pictures) {
            if (picture.truth < 0 || picture.truth >= classes.size()) {
                throw new IllegalArgumentException(
                        "pictures: %s is of class %d, expected 0 to %d"
                                .formatted(picture.file, picture.truth, classes.size() - 1));
            }
        }
    }

    /// SHA-256 of all that a measurement depends on: the pictures' bytes in their order, their
    /// classes and the prompts.
    ///
    /// @throws DataException if one cannot be read or is no picture: better now than after the
    ///   first hour
    String sha256(Progress progress) throws IOException {
        StringBuilder all = new StringBuilder();
        prompts.sentences(classes).forEach(sentence -> all.append(sentence).append('\n'));
        try (Progress.Task task = progress.begin("check --zero-shot", pictures.size())) {
            for (Picture picture : pictures) {
                ImageDecoder.decode(picture.file);
                all.append(picture.truth).append(' ').append(Hashes.sha256(picture.file));
                all.append('\n');
                task.advance(1);
            }
        }
        return Hashes.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
    }
}
