package org.openplip;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.model.Clip;
import org.openplip.model.ClipCheckpoint;
import org.openplip.tokenizer.ClipTokenizer;

/// Checkpoints as files: writing the folder that [Plip#load(Path)] reads best, in the Hugging Face
/// layout, and telling one from another.
public final class Checkpoint {
    private Checkpoint() {}

    /// Writes `config.json`, `model.safetensors`, `preprocessor_config.json` and the tokenizer's
    /// files into `folder`, which is made.
    public static void write(
            Path folder, Clip clip, ClipTokenizer tokenizer, ImagePreprocessor preprocessor)
            throws IOException {
        Files.createDirectories(folder);
        clip.save(folder);
        tokenizer.save(folder, clip.config().text().context());
        AtomicFiles.writeString(folder.resolve("preprocessor_config.json"), preprocessor.toJson());
    }

    /// What tells the weights of a checkpoint, a folder or a file, from all others: the SHA-256 of
    /// the file that holds them; where several do, that of their names and SHA-256, a line each.
    ///
    /// @throws DataException if it has no weights
    public static String sha256(Path checkpoint) throws IOException {
        List<Path> files = ClipCheckpoint.weightsFiles(checkpoint);
        if (files.size() == 1) return Hashes.sha256(files.getFirst());
        StringBuilder lines = new StringBuilder();
        for (Path file : files) {
            lines.append(Hashes.sha256(file)).append("  ").append(file.getFileName()).append('\n');
        }
        return Hashes.sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
    }
}
