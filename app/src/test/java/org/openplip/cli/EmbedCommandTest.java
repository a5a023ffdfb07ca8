package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.PictureEncoder;
import org.openplip.io.Npy;

class EmbedCommandTest {
    private static final Path RESOURCES = Path.of("../core/src/test/resources");
    private static final Path DENSENET = RESOURCES.resolve("towers/densenet.pth");
    private static final Path PICTURE = RESOURCES.resolve("preprocess/landscape.png");

    @TempDir private Path folder;

    @Test
    void aDenseNetEmbedsPicturesAndRefusesCaptions() throws IOException {
        Path out = folder.resolve("images.npy");
        String[] call = {"embed", "--model", "" + DENSENET, "--out", "" + out, "--raw"};
        assertThat(PlipCommand.run(with(call, "--images", "" + PICTURE))).isZero();
        try (PictureEncoder encoder = PictureEncoder.open(DENSENET)) {
            assertThat(Npy.read(out)).isDeepEqualTo(encoder.rawImages(List.of(PICTURE)));
        }
        Path captions = Files.writeString(folder.resolve("captions.txt"), "mucus\n");
        call[4] = "" + folder.resolve("texts.npy");
        assertThat(PlipCommand.run(with(call, "--texts", "" + captions))).isEqualTo(1);
        assertThat(folder).isDirectoryNotContaining("glob:**texts.npy*");
    }

    private static String[] with(String[] call, String... more) {
        String[] all = Arrays.copyOf(call, call.length + more.length);
        System.arraycopy(more, 0, all, call.length, more.length);
        return all;
    }
}
