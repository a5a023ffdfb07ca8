package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
    @TempDir private Path root = Path.of("");

    @Test
    void checkNamesWhatIsMissingAndWhereToGetIt() {
        Ended ended = Ended.plip("data", "check", root);
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out())
                .contains("kather: missing; zenodo.org/records/1214456")
                .contains("bach: missing");
    }

    @Test
    void aSetThatIsOffMakesTheExitCodeOne() throws IOException {
        Path file = root.resolve("kimia/Test-patches/s0/a.jpg");
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[] {0});
        Files.createDirectories(root.resolve("wsss4luad"));
        Ended ended = Ended.plip("data", "check", root);
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.out())
                .contains("kimia: off, 1 pictures")
                .contains("    samples: 1 of 1,325 (its authors), off")
                .contains("wsss4luad: unreadable; ");
    }

    @Test
    void prepareHasNothingToDoWithoutDigestPath() {
        Ended ended = Ended.plip("data", "prepare", root);
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).contains("0 images were cut");
    }
}
