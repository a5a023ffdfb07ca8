package org.openplip.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

class TomlTest {
    record Inner(double learningRate, boolean flip) {}

    record Outer(int batchSize, @Nullable String note, Inner inner) {
        Outer {
            if (batchSize < 1) {
                throw new IllegalArgumentException(
                        "batch_size: expected at least 1, got " + batchSize);
            }
        }
    }

    @TempDir Path folder;

    private Path file(String text) throws Exception {
        return Files.writeString(folder.resolve("a.toml"), text);
    }

    private void refuses(String text, String... parts) throws Exception {
        Path file = file(text);
        assertThatThrownBy(() -> Toml.read(file, Outer.class))
                .isInstanceOf(DataException.class)
                .message()
                .startsWith(file.toString())
                .contains(parts)
                .hasLineCount(1);
    }

    @Test
    void readsWhatItWrites() throws Exception {
        Outer outer = new Outer(3, "a \"quoted\" note", new Inner(1e-5, true));
        Path file = folder.resolve("out.toml");
        Toml.write(file, outer);
        assertThat(Toml.read(file, Outer.class)).isEqualTo(outer);
    }

    @Test
    void readsATableOfALargerFile() throws Exception {
        Path file = file("other = 1\n[train]\nlearning_rate = 0.5\nflip = false\n");
        assertThat(Toml.read(file, "train", Inner.class)).isEqualTo(new Inner(0.5, false));
        assertThatThrownBy(() -> Toml.read(file, "evaluate", Inner.class))
                .hasMessageContaining("has no table [evaluate]");
    }

    @Test
    void leavesOutOnlyWhatMayBeAbsent() throws Exception {
        String inner = "[inner]\nlearning_rate = 1.0\nflip = true\n";
        assertThat(Toml.read(file("batch_size = 2\n" + inner), Outer.class).note()).isNull();
        refuses("note = \"x\"\n" + inner, "missing key batch_size");
        refuses("batch_size = 2\n[inner]\nflip = true\n", "missing key learning_rate");
    }

    @Test
    void refusesUnknownKeysWrongTypesAndValues() throws Exception {
        String inner = "[inner]\nlearning_rate = 1.0\nflip = true\n";
        refuses("batch_size = 2\nbatchsize = 2\n" + inner, "unknown key batchsize");
        refuses("batch_size = 2\n" + inner + "typo = 1\n", "unknown key inner.typo");
        refuses("batch_size = 2.5\n" + inner, "batch_size");
        refuses("batch_size = 0\n" + inner, "batch_size: expected at least 1, got 0");
        refuses("batch_size = = 2\n", "line 1");
    }
}
