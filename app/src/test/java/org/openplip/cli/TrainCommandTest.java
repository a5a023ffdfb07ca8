package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;

/// `plip train` on tables.
class TrainCommandTest {
    @TempDir private Path folder;

    private Path table(String name, int first, int count) throws IOException {
        StringBuilder rows = new StringBuilder("image,caption\n");
        for (int i = first; i < first + count; i++) {
            byte[] pixels = new byte[3 * 20 * 20];
            new SplittableRandom(i).nextBytes(pixels);
            Files.write(folder.resolve(i + ".png"), ImageEncoder.png(new RgbImage(20, 20, pixels)));
            rows.append("%d.png,noise number %d\n".formatted(i, i));
        }
        return Files.writeString(folder.resolve(name), rows);
    }

    /// The quick start's, for a model of a few thousand numbers and six steps.
    private Path recipe() throws IOException {
        String text = Files.readString(Path.of("../recipes/quickstart.toml"));
        for (String[] change :
                new String[][] {
                    {"epochs", "2"},
                    {"batch", "8"},
                    {"part", "8"},
                    {"image_size", "16"},
                    {"shortest_edge", "18"},
                    {"vision_width", "16"},
                    {"vision_layers", "1"},
                    {"vision_heads", "2"},
                    {"text_width", "16"},
                    {"text_layers", "1"},
                    {"text_heads", "2"},
                    {"vocabulary_size", "540"},
                    {"projection_width", "8"}
                }) {
            String line = "(?m)^" + change[0] + " = \\S+";
            assertThat(text).containsPattern(line);
            text = text.replaceFirst(line, change[0] + " = " + change[1]);
        }
        return Files.writeString(folder.resolve("recipe.toml"), text);
    }

    @Test
    void trainsOnSeveralSourcesAndValidatesWithAnother() throws IOException {
        Path one = table("one.csv", 0, 16);
        Path two = table("two.csv", 16, 4);
        Path three = table("three.csv", 20, 5);
        Path recipe = recipe();
        Path out = folder.resolve("run");
        Ended ended =
                Ended.plip(
                        "train",
                        "--data",
                        one,
                        "--data",
                        two + "=2",
                        "--validation",
                        three,
                        "--out",
                        out,
                        "--recipe",
                        recipe);
        assertThat(ended.err()).contains("20 pairs to train on, 5 to validate with");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.out()).startsWith("6 steps, last loss");
        Ended otherWeight =
                Ended.plip(
                        "train",
                        "--data",
                        one,
                        "--data",
                        two + "=4",
                        "--validation",
                        three,
                        "--out",
                        out,
                        "--recipe",
                        recipe);
        assertThat(otherWeight.exitCode()).isEqualTo(1);
        assertThat(otherWeight.err()).contains("is of a run on other data");
    }
}
