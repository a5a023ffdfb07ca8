package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;

class DataSetTest {
    @TempDir Path folder;

    private Sample sample(String name, @Nullable String label, @Nullable String caption) {
        return new Sample(name, StoredPicture.of(folder.resolve(name)), label, caption);
    }

    private DataSet table(String text) throws IOException {
        return DataSet.read(Files.writeString(folder.resolve("t.csv"), text));
    }

    private void fails(String text, String message) {
        assertThatThrownBy(() -> table(text))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(folder.resolve("t.csv").toString())
                .hasMessageContaining(message);
    }

    @Test
    void readsQuotesCommasAndLineBreaksInCaptions() throws IOException {
        DataSet set =
                table(
                        "\ufeffcaption,Image,label\r\n"
                                + "\"nests, cords, and \"\"islands\"\"\",a.png,TUM\r\n"
                                + "\r\n"
                                + "\"two\nlines\",b.png,ADI\r\n"
                                + "plain \"quotes\" inside,c.png,\r\n"
                                + ",\"d,e.png\",TUM\r\n");
        assertThat(set.samples())
                .containsExactly(
                        sample("a.png", "TUM", "nests, cords, and \"islands\""),
                        sample("b.png", "ADI", "two\nlines"),
                        sample("c.png", null, "plain \"quotes\" inside"),
                        sample("d,e.png", "TUM", null));
        assertThat(set.labels()).contains("ADI", "TUM");
        assertThat(set.root()).isEqualTo(folder.toAbsolutePath());
    }

    @Test
    void tablesTellGroupsOrgansAndSplits() throws IOException {
        DataSet set =
                table(
                        """
                        image,label,group,organ,split
                        a.png,x,slide 1,colon,train
                        b.png,x,slide 2,,validation
                        c.png,y,slide 1,colon,
                        """);
        assertThat(set.samples())
                .extracting(Sample::group, Sample::organ, Sample::split)
                .containsExactly(
                        tuple("slide 1", "colon", Split.TRAIN),
                        tuple("slide 2", null, Split.VALIDATION),
                        tuple("slide 1", "colon", Split.TEST));
        assertThat(set.samples(Split.TRAIN)).hasSize(1);
        assertThat(set.sharedGroups()).containsExactly("slide 1");
        fails("image,label,split\na.png,x,tests\n", "line 2: has the split tests");
    }

    @Test
    void labelsOfKathersDataHaveTheirPublishedNames() throws IOException {
        DataSet set = table("image,label\na.png,TUM\nb.png,ADI\n");
        assertThat(set.classNames()).isEqualTo(Kather.CLASS_NAMES);
        assertThat(set.labels()).startsWith("ADI", "BACK").endsWith("STR", "TUM");
        assertThat(table("image,label\na.png,TUM\nb.png,b_c\n").classNames())
                .containsExactly(Map.entry("TUM", "TUM"), Map.entry("b_c", "b c"));
        assertThat(table("image,caption\na.png,x\n").classNames()).isEmpty();
    }

    @Test
    void tableNeedsNoCaptionsAndNoLabels() throws IOException {
        assertThat(table("image,label\na.png,x\n").samples())
                .containsExactly(sample("a.png", "x", null));
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
        assertThatThrownBy(() -> DataSet.read(file)).hasMessageContaining("is not UTF-8 text");
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
        DataSet set = DataSet.read(folder);
        assertThat(set.samples())
                .containsExactly(
                        sample("a/x.jpg", "a", null),
                        sample("b/1.tif", "b", null),
                        sample("b/2.png", "b", null));
        assertThat(set.labels()).containsExactly("a", "b", "empty");
    }

    @Test
    void nothingThereIsAClearError() throws IOException {
        assertThatThrownBy(() -> DataSet.read(folder.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("none: is neither a table nor a folder of classes");
        assertThatThrownBy(() -> DataSet.read(folder)).hasMessageContaining("holds no pictures");
    }
}
