package org.openplip.train.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.train.PairSource;
import org.openplip.train.RejectedRow;
import org.openplip.train.TrainConfig;
import org.openplip.train.TrainingData;

class DataSourcesTest {
    @TempDir private Path folder;

    private static RgbImage noise(int i) {
        byte[] pixels = new byte[3 * 12 * 10];
        new SplittableRandom(i).nextBytes(pixels);
        return new RgbImage(12, 10, pixels);
    }

    private DataSources open(double validationShare, @Nullable String validation, String... sources)
            throws IOException {
        return DataSources.open(
                Stream.of(sources).map(DataSource::parse).toList(),
                validation == null ? null : DataSource.parse(validation),
                new TrainConfig.Data(validationShare, 0.5),
                folder.resolve("unpacked"),
                Progress.none());
    }

    private Path pictures(int count) throws IOException {
        Path pictures = Files.createDirectories(folder.resolve("pictures"));
        for (int i = 0; i < count; i++) {
            Files.write(pictures.resolve(i + ".png"), ImageEncoder.png(noise(i)));
        }
        return pictures;
    }

    private String table(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return file.toString();
    }

    private static List<String> captions(PairSource pairs) {
        return IntStream.range(0, pairs.size()).mapToObj(pairs::caption).toList();
    }

    private static List<String> reasons(TrainingData data) {
        return data.rejected().stream()
                .map(row -> row.row() + " " + row.rule() + " " + row.reason())
                .toList();
    }

    // ---- tables ---------------------------------------------------------------------------

    @Test
    void readsATableBesideItsPictures() throws IOException {
        pictures(4);
        String table =
                table(
                        "pairs.csv",
                        """
                        caption,image,split,group
                        "first, of two",pictures/0.png,train,a
                        second,pictures/0.png,train,a
                        third,pictures/1.png,validation,
                        fourth,%s,train,
                        fifth,pictures/3.png,test,
                        """
                                .formatted(folder.resolve("pictures/2.png")));
        try (DataSources sources = open(0.5, null, table)) {
            PairSource training = sources.data().training();
            assertThat(captions(training)).containsExactly("first, of two", "second", "fourth");
            assertThat(captions(sources.data().validation())).containsExactly("third");
            assertThat(training.pictureName(0)).isEqualTo(training.pictureName(1));
            assertThat(training.duplicateGroup(1)).isEqualTo("a");
            assertThat(training.duplicateGroup(2)).isEqualTo(training.pictureName(2));
            assertThat(training.picture(1).pixels()).isEqualTo(noise(0).pixels());
            assertThat(training.picture(2).pixels()).isEqualTo(noise(2).pixels());
            assertThat(sources.data().rejected()).isEmpty();
            assertThat(sources.data().rows()).isEqualTo(5);
        }
    }

    @Test
    void writesDownEachRowThatIsNoPair() throws IOException {
        pictures(1);
        String table =
                table(
                        "pairs.csv",
                        """
                        image,caption,split
                        pictures/0.png,a caption,train
                        pictures/0.png, ,train
                        ,a caption,train
                        pictures/9.png,a caption,train
                        pictures,a caption,train
                        pictures/0.png,a caption,dev
                        """);
        try (DataSources sources = open(0, null, table)) {
            assertThat(captions(sources.data().training())).containsExactly("a caption");
            assertThat(reasons(sources.data()))
                    .containsExactly(
                            table + ": line 3 no_caption has no caption",
                            table + ": line 4 no_picture names no image",
                            table
                                    + ": line 5 no_picture "
                                    + folder.resolve("pictures/9.png")
                                    + " is not there",
                            table
                                    + ": line 6 no_picture "
                                    + folder.resolve("pictures")
                                    + " is not there",
                            table
                                    + ": line 7 unknown_split is of the split dev; expected train,"
                                    + " validation or test");
            assertThat(sources.data().rows()).isEqualTo(6);
        }
    }

    @Test
    void saysWhatIsWrongWithWhatIsNoSource() throws IOException {
        String table = table("pairs.csv", "image,text\na.png,b\n");
        assertThatThrownBy(() -> open(0, null, table))
                .isInstanceOf(DataException.class)
                .hasMessage(table + ": line 1: expected the column caption, got [image, text]");
        String empty = table("empty.csv", "image,caption\ngone.png,b\n");
        assertThatThrownBy(() -> open(0, null, empty))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(empty + ": has no pair to train on; 1 rows were rejected");
        String gone = folder.resolve("gone.csv").toString();
        assertThatThrownBy(() -> open(0, null, gone)).hasMessage(gone + ": does not exist");
        assertThatThrownBy(() -> open(0, null, folder.resolve("gone-*.tar").toString()))
                .hasMessageEndingWith("gone-*.tar: names no file");
        assertThatThrownBy(() -> open(0, null, folder.toString()))
                .hasMessageStartingWith(folder + ": is neither a release nor a folder of shards");
        String text = table("pairs.txt", "image,caption\n");
        assertThatThrownBy(() -> open(0, null, text))
                .hasMessageStartingWith(text + ": is neither a release's folder nor a table");
        String notParquet = table("pairs.parquet", "image,caption\n");
        assertThatThrownBy(() -> open(0, null, notParquet))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(notParquet + ": cannot be read as Parquet: ");
        String notTar = table("pairs.tar", "image,caption\n".repeat(100));
        assertThatThrownBy(() -> open(0, null, notTar))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(notTar + ": cannot be read as tar: ");
    }

    // ---- Parquet --------------------------------------------------------------------------

    private record PathRow(String image, @Nullable String caption, @Nullable String split) {}

    private record BytesRow(@Nullable Binary image, @Nullable String caption, int group) {}

    private record Both(@Nullable Binary bytes, @Nullable String path) {}

    private record BothRow(@Nullable Both image, String caption) {}

    private <T extends Record> String parquet(String name, Class<T> type, List<T> rows)
            throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file);
                CarpetWriter<T> writer =
                        new CarpetWriter.Builder<>(out, type)
                                .withCompressionCodec(CompressionCodecName.SNAPPY)
                                .withRowGroupSize(1)
                                .build()) {
            writer.write(rows);
        }
        return file.toString();
    }

    private static Binary png(int i) {
        return Binary.fromConstantByteArray(ImageEncoder.png(noise(i)));
    }

    @Test
    void readsParquetThatNamesFiles() throws IOException {
        pictures(2);
        String table =
                parquet(
                        "paths.parquet",
                        PathRow.class,
                        List.of(
                                new PathRow("pictures/0.png", "zero", "train"),
                                new PathRow("pictures/1.png", "one", "validation"),
                                new PathRow("pictures/2.png", "two", "train"),
                                new PathRow("pictures/1.png", null, null)));
        try (DataSources sources = open(0, null, table)) {
            assertThat(captions(sources.data().training())).containsExactly("zero");
            assertThat(captions(sources.data().validation())).containsExactly("one");
            assertThat(sources.data().training().picture(0).pixels()).isEqualTo(noise(0).pixels());
            assertThat(sources.data().rejected())
                    .extracting(RejectedRow::row)
                    .containsExactly(table + ": row 2", table + ": row 3");
        }
        assertThat(folder.resolve("unpacked")).doesNotExist();
    }

    @Test
    void readsParquetThatHoldsPictures() throws IOException {
        List<BytesRow> rows = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rows.add(new BytesRow(i == 4 ? null : png(i), i == 5 ? null : "caption " + i, i / 2));
        }
        String table = parquet("bytes.parquet", BytesRow.class, rows);
        Map<String, String> inputs;
        try (DataSources sources = open(0, null, table)) {
            PairSource pairs = sources.data().training();
            assertThat(pairs.size()).isEqualTo(18);
            for (int i = 0; i < 18; i++) {
                int row = i < 4 ? i : i + 2;
                assertThat(pairs.caption(i)).isEqualTo("caption " + row);
                assertThat(pairs.duplicateGroup(i)).isEqualTo("" + row / 2);
                assertThat(pairs.picture(i).pixels()).isEqualTo(noise(row).pixels());
            }
            assertThat(reasons(sources.data()))
                    .containsExactly(
                            table + ": row 4 no_picture has no image",
                            table + ": row 5 no_caption has no caption");
            inputs = sources.data().inputs();
        }
        // What was unpacked serves again, but for another table.
        Path unpacked;
        try (Stream<Path> files = Files.list(folder.resolve("unpacked"))) {
            unpacked = files.toList().getFirst();
        }
        Files.setLastModifiedTime(unpacked, FileTime.fromMillis(0));
        try (DataSources sources = open(0, null, table)) {
            assertThat(sources.data().inputs()).isEqualTo(inputs);
            assertThat(sources.data().training().picture(17).pixels())
                    .isEqualTo(noise(19).pixels());
        }
        assertThat(Files.getLastModifiedTime(unpacked).toMillis()).isZero();
        rows.set(3, new BytesRow(png(99), "caption 3", 1));
        parquet("bytes.parquet", BytesRow.class, rows);
        try (DataSources sources = open(0, null, table)) {
            assertThat(sources.data().training().picture(3).pixels()).isEqualTo(noise(99).pixels());
            assertThat(sources.data().inputs()).isNotEqualTo(inputs);
        }
    }

    @Test
    void readsParquetAsHuggingFaceWritesIt() throws IOException {
        pictures(3);
        String table =
                parquet(
                        "both.parquet",
                        BothRow.class,
                        List.of(
                                new BothRow(new Both(png(7), "seven.png"), "seven"),
                                new BothRow(new Both(png(8), null), "eight"),
                                new BothRow(new Both(null, "pictures/2.png"), "two"),
                                new BothRow(new Both(null, null), "none"),
                                new BothRow(null, "nothing")));
        try (DataSources sources = open(0, null, table)) {
            PairSource pairs = sources.data().training();
            assertThat(captions(pairs)).containsExactly("seven", "eight", "two");
            assertThat(pairs.picture(0).pixels()).isEqualTo(noise(7).pixels());
            assertThat(pairs.picture(1).pixels()).isEqualTo(noise(8).pixels());
            assertThat(pairs.picture(2).pixels()).isEqualTo(noise(2).pixels());
            assertThat(sources.data().rejected()).hasSize(2);
        }
    }

    // ---- WebDataset shards ----------------------------------------------------------------

    /// Written by GNU tar, names of more than 100 bytes included.
    private Path shard(String name, String... files) throws IOException, InterruptedException {
        Path shard = folder.resolve(name);
        List<String> command =
                new ArrayList<>(List.of("tar", "cf", shard.toString(), "-C", folder.toString()));
        command.addAll(List.of(files));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
        return shard;
    }

    private String file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return name;
    }

    private String picture(String name, int i) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, ImageEncoder.png(noise(i)));
        return name;
    }

    @Test
    void readsShards() throws Exception {
        String deep = "a".repeat(60) + "/" + "b".repeat(60);
        Path shards = Files.createDirectories(folder.resolve("shards"));
        shard(
                "shards/0007.tar",
                picture("a.png", 0),
                file("a.txt", "from text\n"),
                file("a.json", "{\"caption\": \"from JSON\", \"group\": 5}"),
                file("b.json", "{\"caption\": \"b\", \"split\": \"validation\", \"group\": \"g\"}"),
                picture("b.PNG", 1),
                picture(deep + ".png", 2),
                file(deep + ".txt", "deep"),
                picture("c.v2.png", 3), // the ending is v2.png
                file("c.txt", "c"),
                file("d.txt", "d"),
                picture("e.png", 4),
                picture("f.png", 4),
                file("f.json", "{\"caption\": null}"),
                picture("g.png", 4),
                file("g.json", "{\"caption\""),
                file("README", "none of them"));
        shard("shards/0010.tar", picture("a.png", 6), file("a.txt", "second shard"));
        Files.writeString(shards.resolve("sizes.json"), "{}");
        for (String source :
                List.of(
                        shards.toString(),
                        shards + "/*.tar",
                        shards + "/00{07,10}.tar",
                        shards + "/00?[07].tar")) {
            try (DataSources sources = open(0, null, source)) {
                PairSource pairs = sources.data().training();
                assertThat(captions(pairs)).containsExactly("from text", "deep", "second shard");
                assertThat(pairs.picture(0).pixels()).isEqualTo(noise(0).pixels());
                assertThat(pairs.picture(1).pixels()).isEqualTo(noise(2).pixels());
                assertThat(pairs.picture(2).pixels()).isEqualTo(noise(6).pixels());
                assertThat(pairs.duplicateGroup(0)).isEqualTo("5");
                assertThat(pairs.pictureName(0)).isNotEqualTo(pairs.pictureName(2));
                PairSource validation = sources.data().validation();
                assertThat(captions(validation)).containsExactly("b");
                assertThat(validation.picture(0).pixels()).isEqualTo(noise(1).pixels());
                String shard = shards.resolve("0007.tar").toString();
                assertThat(sources.data().rejected())
                        .extracting(row -> row.row() + " " + row.rule())
                        .containsExactly(
                                shard + "/c no_picture",
                                shard + "/d no_picture",
                                shard + "/e no_caption",
                                shard + "/f no_caption",
                                shard + "/g no_caption");
            }
        }
        try (DataSources sources = open(0, null, shards + "/{0007..0007}.tar")) {
            assertThat(sources.data().training().size()).isEqualTo(2);
        }
        assertThatThrownBy(() -> open(0, null, shards + "/{0007..0010}.tar"))
                .hasMessage(shards.resolve("0008.tar") + ": does not exist");
    }

    @Test
    void namesAShardThatIsCutShort() throws Exception {
        Path shard = shard("whole.tar", picture("a.png", 0), file("a.txt", "a"));
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, 700));
        assertThatThrownBy(() -> open(0, null, shard.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(shard.toString());
    }

    // ---- several sources, and what is validated with --------------------------------------

    @Test
    void severalSourcesKeepTheirNamesApart() throws IOException {
        pictures(2);
        String one =
                table("one.csv", "image,caption,group\npictures/0.png,a,g\npictures/1.png,b,g\n");
        String two = table("two.csv", "image,caption,group\npictures/0.png,c,g\n");
        try (DataSources sources = open(0, null, one, two + "=2.5")) {
            PairSource pairs = sources.data().training();
            assertThat(captions(pairs)).containsExactly("a", "b", "c");
            assertThat(pairs.portions())
                    .containsExactly(new PairSource.Portion(2, 1), new PairSource.Portion(1, 2.5));
            assertThat(pairs.pictureName(0)).isNotEqualTo(pairs.pictureName(2));
            assertThat(pairs.duplicateGroup(0))
                    .isEqualTo(pairs.duplicateGroup(1))
                    .isNotEqualTo(pairs.duplicateGroup(2));
            assertThat(sources.data().inputs())
                    .containsOnlyKeys("data 1", "data 2", "data 2 weight")
                    .containsEntry("data 2 weight", "2.5");
        }
    }

    @Test
    void refusesAWeightThatIsNone() {
        assertThat(DataSource.parse("a=0.25")).isEqualTo(new DataSource("a", 0.25));
        assertThat(DataSource.parse("a=b/c")).isEqualTo(new DataSource("a=b/c", 1));
        assertThat(DataSource.parse("runs=3/")).isEqualTo(new DataSource("runs=3/", 1));
        assertThatThrownBy(() -> DataSource.parse("a=0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a: expected a weight above 0, got 0.0");
    }

    /// 600 pictures of 200 groups.
    private String manyGroups(int first) throws IOException {
        pictures(1);
        StringBuilder rows = new StringBuilder("image,caption,group\n");
        for (int i = first; i < 600; i++) {
            rows.append("pictures/0.png,caption %d,group %d\n".formatted(i, i % 200));
        }
        return table("many" + first + ".csv", rows.toString());
    }

    private static Set<String> groups(PairSource pairs) {
        Set<String> groups = new HashSet<>();
        for (int i = 0; i < pairs.size(); i++) groups.add(pairs.duplicateGroup(i));
        return groups;
    }

    @Test
    void aShareOfTheGroupsIsValidatedWithWhereRowsSayNothing() throws IOException {
        Set<String> validated;
        try (DataSources sources = open(0.2, null, manyGroups(0))) {
            validated = groups(sources.data().validation());
            assertThat(groups(sources.data().training())).doesNotContainAnyElementsOf(validated);
            assertThat(sources.data().validation().size() / 600.0).isCloseTo(0.2, within(0.06));
            assertThat(sources.data().training().size() + sources.data().validation().size())
                    .isEqualTo(600);
        }
        // Of a table that has grown, or shrunk, the same groups.
        try (DataSources sources = open(0.2, null, manyGroups(300))) {
            assertThat(groups(sources.data().validation())).isEqualTo(validated);
        }
        try (DataSources sources = open(0, null, manyGroups(0))) {
            assertThat(sources.data().validation().size()).isZero();
        }
    }

    @Test
    void aSourceOfItsOwnIsValidatedWithInPlaceOfTheShare() throws IOException {
        pictures(1);
        String validation =
                table(
                        "validation.csv",
                        """
                        image,caption,split
                        pictures/0.png,one,validation
                        pictures/0.png,two,train
                        pictures/0.png,three,
                        pictures/0.png,four,test
                        """);
        try (DataSources sources = open(0.2, validation, manyGroups(0))) {
            assertThat(sources.data().training().size()).isEqualTo(600);
            assertThat(captions(sources.data().validation())).containsExactly("one", "three");
            assertThat(sources.data().inputs()).containsOnlyKeys("data 1", "validation");
        }
        String trainOnly = table("train.csv", "image,caption,split\npictures/0.png,a,train\n");
        assertThatThrownBy(() -> open(0.2, trainOnly, manyGroups(0)))
                .hasMessage(trainOnly + ": has no pair to validate with");
    }

    @Test
    void otherRowsOrOtherPicturesAreOtherData() throws IOException {
        pictures(2);
        String text = "image,caption,group\npictures/0.png,a,g\npictures/1.png,b,h\n";
        Set<Map<String, String>> seen = new HashSet<>();
        for (String changed :
                List.of(
                        text,
                        text.replace(",a,", ",c,"),
                        text.replace(",h", ",g"),
                        text.replace("1.png", "0.png"),
                        text + "pictures/0.png,d,e\n")) {
            try (DataSources sources = open(0, null, table("pairs.csv", changed))) {
                assertThat(seen.add(sources.data().inputs())).as(changed).isTrue();
            }
        }
        Files.write(folder.resolve("pictures/0.png"), new byte[3]);
        try (DataSources sources = open(0, null, table("pairs.csv", text))) {
            assertThat(seen.add(sources.data().inputs())).isTrue();
        }
    }
}
