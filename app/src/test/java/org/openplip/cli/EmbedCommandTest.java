package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import com.jerolba.carpet.CarpetReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.PictureEncoder;
import org.openplip.Plip;
import org.openplip.io.Npy;

/// `plip embed` in this process; killing one of its own is the acceptance tests' part.
@SuppressWarnings("NullAway.Init") // set before all tests
class EmbedCommandTest {
    @TempDir private static Path folder;
    private static Path model;
    private static List<Path> pictures;
    private static Path captions;

    record ImageRow(long row, String image) {}

    record ImageEmbedding(long row, String image, List<Float> embedding) {}

    record CaptionEmbedding(long row, String caption, List<Float> embedding) {}

    @BeforeAll
    static void make() throws IOException {
        model = TinyCheckpoint.write(folder.resolve("model"));
        pictures = TinyCheckpoint.pictures(folder.resolve("pictures"), 70);
        captions = folder.resolve("captions.txt");
        Files.writeString(captions, "tumor\n\n\"normal\"\tmucus\n");
    }

    private static int embed(Object... arguments) {
        List<Object> words = new ArrayList<>(List.of("embed", "--model", model));
        words.addAll(List.of(arguments));
        return plip(words.toArray()).exitCode();
    }

    private static <T> List<T> table(Path file, Class<T> type) throws IOException {
        return new CarpetReader<>(file.toFile(), type).toList();
    }

    @Test
    void aMatrixHasATableOfItsRowsBesideIt() throws IOException {
        Path out = folder.resolve("matrix.npy");
        assertThat(embed("--images", folder.resolve("pictures"), "--out", out)).isZero();
        try (Plip plip = Plip.load(model)) {
            assertThat(Npy.read(out)).isDeepEqualTo(plip.encodeImages(pictures));
        }
        List<ImageRow> rows = table(folder.resolve("matrix.npy.rows.parquet"), ImageRow.class);
        assertThat(rows).extracting(ImageRow::row).isEqualTo(numbers(70));
        assertThat(rows)
                .extracting(ImageRow::image)
                .isEqualTo(pictures.stream().map(Path::toString).toList());
        assertThat(folder.resolve("matrix.npy.unfinished")).doesNotExist();
        assertThat(folder.resolve("matrix.npy.unreadable.tsv")).doesNotExist();
    }

    @Test
    void aTableHoldsTheSameEmbeddings() throws IOException {
        Path out = folder.resolve("table.parquet");
        Path matrix = folder.resolve("same.npy");
        for (Path file : List.of(out, matrix)) {
            assertThat(embed("--images", folder.resolve("pictures"), "--raw", "--out", file))
                    .isZero();
        }
        float[][] expected = Npy.read(matrix);
        List<ImageEmbedding> rows = table(out, ImageEmbedding.class);
        assertThat(rows).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(rows.get(i).row()).isEqualTo(i);
            assertThat(rows.get(i).image()).isEqualTo(pictures.get(i).toString());
            assertThat(rows.get(i).embedding()).containsExactly(boxed(expected[i]));
        }
        assertThat(folder.resolve("table.parquet.rows.parquet")).doesNotExist();
    }

    @Test
    void captionsAreEmbeddedALineEachEmptyOnesToo() throws IOException {
        Path out = folder.resolve("captions.parquet");
        assertThat(embed("--texts", captions, "--out", out)).isZero();
        List<CaptionEmbedding> rows = table(out, CaptionEmbedding.class);
        assertThat(rows)
                .extracting(CaptionEmbedding::caption)
                .containsExactly("tumor", "", "\"normal\"\tmucus");
        try (Plip plip = Plip.load(model)) {
            float[][] expected = plip.encodeTexts(Files.readAllLines(captions));
            for (int i = 0; i < expected.length; i++) {
                assertThat(rows.get(i).embedding()).containsExactly(boxed(expected[i]));
            }
        }
    }

    @Test
    void halfPrecisionIsTheRoundedMatrix() throws IOException {
        Path full = folder.resolve("full.npy");
        Path half = folder.resolve("half.npy");
        assertThat(embed("--texts", captions, "--out", full)).isZero();
        assertThat(embed("--texts", captions, "--out", half, "--dtype", "float16")).isZero();
        float[][] rounded = Npy.read(full);
        for (float[] row : rounded) {
            for (int i = 0; i < row.length; i++) {
                row[i] = Float.float16ToFloat(Float.floatToFloat16(row[i]));
            }
        }
        assertThat(Npy.read(half)).isDeepEqualTo(rounded);
        assertThat(Files.size(half)).isEqualTo(128 + 3 * 24 * 2);
    }

    @Test
    void unreadablePicturesAreListedAndHaveNoRow() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("no pictures"));
        Path text = Files.writeString(folder.resolve("text.png"), "not a picture");
        Path missing = folder.resolve("missing.png");
        Path out = folder.resolve("some.npy");
        int exit =
                embed(
                        "--out",
                        out,
                        "--images",
                        missing,
                        pictures.get(0),
                        text,
                        empty,
                        pictures.get(1));
        assertThat(exit).isEqualTo(1);
        assertThat(Npy.read(out)).hasNumberOfRows(2);
        assertThat(table(folder.resolve("some.npy.rows.parquet"), ImageRow.class))
                .containsExactly(
                        new ImageRow(0, pictures.get(0).toString()),
                        new ImageRow(1, pictures.get(1).toString()));
        assertThat(Files.readAllLines(folder.resolve("some.npy.unreadable.tsv")))
                .hasSize(4)
                .startsWith("image\treason", missing + "\tdoes not exist")
                .endsWith(empty + "\tthe folder holds no pictures");
        // A later call without bad files leaves no list that is not its own.
        assertThat(embed("--out", out, "--images", pictures.get(0))).isZero();
        assertThat(folder.resolve("some.npy.unreadable.tsv")).doesNotExist();
    }

    @Test
    void wrongCallsAreRefusedBeforeAnythingIsMade() {
        for (List<String> wrong :
                List.of(
                        List.of("--out", folder.resolve("a.txt").toString()),
                        List.of("--out", folder.resolve("a.parquet") + "", "--dtype", "float16"),
                        List.of("--out", folder.resolve("a.npy").toString(), "--batch", "0"))) {
            List<Object> words = new ArrayList<>(List.of("--texts", captions));
            words.addAll(wrong);
            assertThat(embed(words.toArray())).isEqualTo(2);
        }
        Path out = folder.resolve("none.npy");
        assertThat(embed("--texts", folder.resolve("none.txt"), "--out", out)).isEqualTo(1);
        assertThat(folder).isDirectoryNotContaining("glob:**none*");
    }

    @Test
    void aDenseNetEmbedsPicturesAndRefusesCaptions() throws IOException {
        Path resources = Path.of("../core/src/test/resources");
        Path densenet = resources.resolve("towers/densenet.pth");
        Path picture = resources.resolve("preprocess/landscape.png");
        Path out = folder.resolve("densenet.npy");
        assertThat(
                        plip(
                                        "embed",
                                        "--raw",
                                        "--model",
                                        densenet,
                                        "--out",
                                        out,
                                        "--images",
                                        picture)
                                .exitCode())
                .isZero();
        try (PictureEncoder encoder = PictureEncoder.open(densenet)) {
            assertThat(Npy.read(out)).isDeepEqualTo(encoder.rawImages(List.of(picture)));
        }
        Path texts = folder.resolve("texts.npy");
        assertThat(
                        plip("embed", "--model", densenet, "--out", texts, "--texts", captions)
                                .exitCode())
                .isEqualTo(1);
        assertThat(folder).isDirectoryNotContaining("glob:**texts.npy*");
    }

    private static List<Long> numbers(int n) {
        List<Long> numbers = new ArrayList<>();
        for (long i = 0; i < n; i++) numbers.add(i);
        return numbers;
    }

    private static Float[] boxed(float[] values) {
        Float[] boxed = new Float[values.length];
        for (int i = 0; i < values.length; i++) boxed[i] = values[i];
        return boxed;
    }
}
