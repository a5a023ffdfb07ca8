package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

class ArchTest {
    @TempDir private Path folder = Path.of("");

    private void captions(String json) throws IOException {
        Path part = Files.createDirectories(folder.resolve("books_set"));
        Files.writeString(part.resolve("captions.json"), json);
    }

    private DataSet read() throws IOException {
        return Arch.read(folder, Protocol.CLEAN, "Books", "books_set");
    }

    @Test
    void picturesOfOneFigureOrCaptionAreAGroup() throws IOException {
        captions(
                """
                {"0": {"figure_id": "00", "letter": "A", "caption": " Nests. ", "uuid": "a-1"},
                 "1": {"figure_id": "00", "letter": "B", "caption": "Cords.", "uuid": "b-2"},
                 "2": {"caption": "Same.", "uuid": "c"},
                 "3": {"caption": "Same.", "uuid": "d"},
                 "4": {"caption": "Lost.", "uuid": "e"},
                 "5": {"caption": " ", "uuid": "f"}}
                """);
        Pictures.empty(
                folder.resolve("books_set/images"),
                "a-1.png",
                "b-2.jpg",
                "c.png",
                "d.jpeg",
                "f.png");
        try (DataSet set = read()) {
            assertThat(set.samples())
                    .extracting(Sample::name, Sample::caption, Sample::group)
                    .containsExactly(
                            tuple("books_set/images/a-1.png", "Nests.", "figure 00"),
                            tuple("books_set/images/b-2.jpg", "Cords.", "figure 00"),
                            tuple("books_set/images/c.png", "Same.", "caption Same."),
                            tuple("books_set/images/d.jpeg", "Same.", "caption Same."));
            assertThat(set.rejected())
                    .extracting(Rejected::name, Rejected::rule)
                    .containsExactly(
                            tuple("e", Rejected.Rule.NO_PICTURE),
                            tuple("f", Rejected.Rule.NO_CAPTION));
            assertThat(set.labels()).isEmpty();
        }
    }

    @Test
    void malformedCaptionsAreNamedWithTheirEntry() throws IOException {
        Path file = folder.resolve("books_set/captions.json");
        Files.createDirectories(file.getParent());
        fails(file + ": is missing");
        captions("{\"0\": {\"caption\": \"x\"}}");
        fails(file + ": entry 0: has the uuid");
        captions(
                "[{\"uuid\": \"a\", \"caption\": \"x\"}, {\"uuid\": \"../b\", \"caption\": \"x\"}]");
        fails(file + ": entry 1: has the uuid \"../b\"");
        captions("[{\"uuid\": \"a\"}, {\"uuid\": \"a\"}]");
        fails(file + ": entry 1: is a second a");
        captions("[{\"uuid\": \"a\"");
        fails(file + ": line 1: ");
        captions("7");
        fails(file + ": expected a list or object");
    }

    private void fails(String message) {
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(message);
    }
}
