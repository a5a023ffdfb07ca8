package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

/// Against what sha256sum says of the fixtures.
class CheckpointTest {
    private static final Path FIXTURES = Path.of("src/test/resources/checkpoints");

    @Test
    void aFolderIsToldByTheFileOfItsWeights() throws IOException {
        String expected = "5d1dbac89bdbdf2f09827af53c5fecbf7348bd78137cbb9f8169c14ea51cfcc9";
        assertThat(Checkpoint.sha256(FIXTURES.resolve("hf-bin"))).isEqualTo(expected);
        assertThat(Checkpoint.sha256(FIXTURES.resolve("hf-bin/pytorch_model.bin")))
                .isEqualTo(expected);
    }

    /// Of `sha256sum *.bin | sha256sum` in the folder.
    @Test
    void weightsInSeveralFilesAreToldByAllOfThem() throws IOException {
        assertThat(Checkpoint.sha256(FIXTURES.resolve("hf-sharded-bin")))
                .isEqualTo("c4fb640a7270766194536c917c36e10b7238750909afa4bb24154cc21cbb01aa");
    }

    @Test
    void aFolderWithoutWeightsIsRefused(@TempDir Path folder) {
        assertThatThrownBy(() -> Checkpoint.sha256(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has no weights");
        assertThatThrownBy(() -> Checkpoint.sha256(folder.resolve("nowhere")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no such file or folder");
    }
}
