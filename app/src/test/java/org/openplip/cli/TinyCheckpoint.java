package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.openplip.Checkpoint;
import org.openplip.image.ImageEncoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.tokenizer.ClipTokenizer;

/// A small checkpoint with random weights, and pictures of noise to embed with it.
final class TinyCheckpoint {
    private static final int SIZE = 32;

    private TinyCheckpoint() {}

    static Path write(Path folder) throws IOException {
        ClipTokenizer tokenizer =
                ClipTokenizer.train(List.of("an H&E image patch of tumor", "normal mucus"), 540);
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(32, 2, 2, SIZE, 8),
                        ClipConfig.Text.of(16, 2, 2, tokenizer.vocabularySize(), 12),
                        24);
        try (Clip clip = Clip.random(config, 3)) {
            Checkpoint.write(folder, clip, tokenizer, ImagePreprocessor.clip(SIZE));
        }
        return folder;
    }

    /// `count` pictures `000.png` and so on in `folder`, which is made.
    static List<Path> pictures(Path folder, int count) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(17);
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int width = 20 + random.nextInt(30);
            int height = 20 + random.nextInt(30);
            byte[] pixels = new byte[3 * width * height];
            random.nextBytes(pixels);
            Path file = folder.resolve("%03d.png".formatted(i));
            Files.write(file, ImageEncoder.png(new RgbImage(width, height, pixels)));
            files.add(file);
        }
        return files;
    }
}
