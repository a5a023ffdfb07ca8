package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Npy;

class UnfinishedEmbeddingsTest {
    private static final List<String> INPUTS = List.of("a.png", "b\n.png", "c.png", "d.png");

    @TempDir private Path folder = Path.of("");

    private static UnfinishedEmbeddings.Settings settings(int batch) {
        return new UnfinishedEmbeddings.Settings(
                true, "model", "hash", "FLOAT32", false, Npy.Type.FLOAT32, batch);
    }

    private UnfinishedEmbeddings open(int batch, List<String> inputs) throws IOException {
        return UnfinishedEmbeddings.open(
                folder.resolve("out.npy"),
                settings(batch),
                sink -> {
                    for (String input : inputs) sink.accept(input);
                });
    }

    /// Two inputs that are on disk for sure, then a third that is not, and a torn end.
    private void begin() throws IOException {
        try (UnfinishedEmbeddings work = open(2, INPUTS)) {
            work.row(new float[] {1, 2});
            work.noRow("is torn");
            work.step();
            work.row(new float[] {5, 6});
        }
        Path unfinished = folder.resolve("out.npy.unfinished");
        Files.write(
                unfinished.resolve("embeddings"), new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        Files.writeString(
                unfinished.resolve("left-out.jsonl"), "{\"inp", StandardOpenOption.APPEND);
    }

    @Test
    void goesOnBehindTheLastStepWhateverWasWrittenAfterIt() throws IOException {
        begin();
        try (UnfinishedEmbeddings work = open(2, INPUTS)) {
            assertThat(work.doneInputs()).isEqualTo(2);
            assertThat(work.inputs()).isEqualTo(4);
            try (Stream<String> remaining = work.remaining()) {
                assertThat(remaining).containsExactly("c.png", "d.png");
            }
            work.row(new float[] {3, 4});
            work.noRow("is empty");
            work.finish(2);
        }
        assertThat(Npy.read(folder.resolve("out.npy")))
                .isDeepEqualTo(new float[][] {{1, 2}, {3, 4}});
        assertThat(folder.resolve("out.npy.unreadable.tsv"))
                .hasContent("image\treason\n\"b\n.png\"\tis torn\nd.png\tis empty\n");
        assertThat(folder.resolve("out.npy.unfinished")).doesNotExist();
    }

    @Test
    void refusesToGoOnWithOtherSettingsOrInputs() throws IOException {
        begin();
        assertThatThrownBy(() -> open(3, INPUTS))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("unfinished work of another call (batch 2, now 3)");
        assertThatThrownBy(() -> open(2, INPUTS.reversed()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("inputsSha256");
        try (UnfinishedEmbeddings work = open(2, INPUTS)) {
            assertThat(work.doneInputs()).isEqualTo(2);
        }
    }

    @Test
    void leavesNothingOfWorkThatDidNotBegin() throws IOException {
        open(2, INPUTS).close();
        assertThatThrownBy(
                        () ->
                                UnfinishedEmbeddings.open(
                                        folder.resolve("out.npy"),
                                        settings(2),
                                        _ -> {
                                            throw new DataException(folder, "cannot be listed");
                                        }))
                .hasMessageContaining("cannot be listed");
        assertThat(folder).isEmptyDirectory();
    }
}
