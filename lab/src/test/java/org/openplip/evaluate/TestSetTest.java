package org.openplip.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.evaluate.TestSet.Sample;
import org.openplip.io.DataException;

class TestSetTest {
    @TempDir Path folder;

    private TestSet table(String text) throws IOException {
        return TestSet.read(Files.writeString(folder.resolve("t.csv"), text));
    }

    private void fails(String text, String message) {
        assertThatThrownBy(() -> table(text))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(folder.resolve("t.csv").toString())
                .hasMessageContaining(message);
    }

    @Test
    void readsQuotesCommasAndLineBreaksInCaptions() throws IOException {
        TestSet set =
                table(
                        "\ufeffcaption,Image,label\r\n"
                                + "\"nests, cords, and \"\"islands\"\"\",a.png,TUM\r\n"
                                + "\r\n"
                                + "\"two\nlines\",b.png,ADI\r\n"
                                + "plain \"quotes\" inside,c.png,\r\n"
                                + ",\"d,e.png\",TUM\r\n");
        assertThat(set.samples())
                .containsExactly(
                        new Sample("a.png", "TUM", "nests, cords, and \"islands\""),
                        new Sample("b.png", "ADI", "two\nlines"),
                        new Sample("c.png", null, "plain \"quotes\" inside"),
                        new Sample("d,e.png", "TUM", null));
        assertThat(set.labels()).containsExactly("ADI", "TUM");
        assertThat(set.root()).isEqualTo(folder.toAbsolutePath());
    }

    @Test
    void tableNeedsNoCaptionsAndNoLabels() throws IOException {
        assertThat(table("image,label\na.png,x\n").samples())
                .containsExactly(new Sample("a.png", "x", null));
        assertThat(table("image,caption\na.png,x\n").labels()).isEmpty();
    }

    @Test
    void malformedTablesAreNamedWithTheirLine() {
        fails("", "line 1: expected the columns");
        fails("file,label\na,b\n", "line 1: expected the columns image and label or caption");
        fails("image,label\n", "lists no pictures");
        fails("image,label\na.png,x\nb.png\n", "line 3: expected 2 fields, got 1");
        fails("image,label\na.png,x\nb.png,y,z\n", "line 3: expected 2 fields, got 3");
        fails("image,label\na.png,x\n,y\n", "line 3: names no image");
        fails("image,label\n\"a\nb.png\",x\nc.png,\"y", "line 4: is not CSV");
        fails("image,label\na.png,\"x\"y\n", "line 2: is not CSV");
        fails("image,image\na.png,x\n", "line 1: is not CSV");
    }

    @Test
    void textThatIsNotUtf8IsRefused() throws IOException {
        Path file = folder.resolve("t.csv");
        Files.write(file, new byte[] {'i', (byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> TestSet.read(file)).hasMessageContaining("is not UTF-8 text");
    }

    @Test
    void foldersOfClassesAreReadInOrder() throws IOException {
        for (String name : new String[] {"b/2.png", "b/1.tif", "a/x.jpg", "b/.hidden"}) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, new byte[] {1});
        }
        Files.createDirectories(folder.resolve("empty"));
        Files.write(folder.resolve("notes.txt"), new byte[] {1});
        TestSet set = TestSet.read(folder);
        assertThat(set.samples())
                .containsExactly(
                        new Sample("a/x.jpg", "a", null),
                        new Sample("b/1.tif", "b", null),
                        new Sample("b/2.png", "b", null));
        assertThat(set.labels()).containsExactly("a", "b", "empty");
    }

    @Test
    void nothingThereIsAClearError() throws IOException {
        assertThatThrownBy(() -> TestSet.read(folder.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("none: is neither a table nor a folder of classes");
        assertThatThrownBy(() -> TestSet.read(folder)).hasMessageContaining("holds no pictures");
    }
}
