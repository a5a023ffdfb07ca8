package org.openplip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.AtomicFiles;
import org.openplip.model.Clip;
import org.openplip.tokenizer.ClipTokenizer;

/// Checkpoint folders in the Hugging Face layout: what [Plip#load(Path)] reads.
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
}
