package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

/// Images are PNGs with a JPEG's name, so that every pixel is known; each is twice the size at
/// which its patches are cut, with two patches in a row: from column 0 and from column 201.
class DigestPathTest {
    private static final int WIDTH = 2 * 426;
    private static final int HEIGHT = 2 * 226;
    private static final int TISSUE = 100;
    private static final int GLASS = 255;

    @TempDir private Path root = Path.of("");

    private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        folder = root.resolve("digestpath");
        // Left: 112 of 224 columns are tissue, just enough; right: 111, just too few.
        negative("n1_a", (x, _) -> x < 224 || (x >= 402 && x < 624) ? TISSUE : GLASS);
        // Left: half of it is tumour; right: 15,053 pixels are, 0.30 and a little.
        positive("p1_a", (x, y) -> x < 224 || right(x, y, 45) ? 11 : 10);
        // Left: none, as far as 10 is none; right: 15,052 pixels, a little less than 0.30.
        positive("p2_a", (x, y) -> right(x, y, 44) ? 11 : 10);
    }

    /// The right patch's 67 columns and `more` pixels of the next one.
    private static boolean right(int x, int y, int more) {
        int column = x / 2 - 224; // of those that the left patch does not have
        return column >= 0 && (column < 67 || (column == 67 && y / 2 < more));
    }

    private void negative(String name, Pictures.Shade shade) throws IOException {
        Pictures.write(
                folder.resolve("tissue-train-neg/" + name + ".jpg"),
                Pictures.grey(WIDTH, HEIGHT, shade));
    }

    private void positive(String name, Pictures.Shade mask) throws IOException {
        Path image = folder.resolve("tissue-train-pos-v1/" + name + ".jpg");
        Pictures.write(image, Pictures.grey(WIDTH, HEIGHT, (_, _) -> TISSUE));
        Pictures.write(
                image.resolveSibling(name + "_mask.jpg"), Pictures.grey(WIDTH, HEIGHT, mask));
    }

    private DataSet read(Protocol protocol, double threshold) throws IOException {
        KnownSet.prepare(root, Progress.none());
        return DigestPath.read(folder, protocol, threshold);
    }

    private static List<String> names(DataSet set) {
        return set.samples().stream().map(Sample::name).sorted().toList();
    }

    @Test
    void patchesAtTheThresholdsFallOnTheRightSide() throws IOException {
        try (DataSet low = read(Protocol.PAPER, 0.30);
                DataSet high = read(Protocol.PAPER, 0.50)) {
            assertThat(names(low))
                    .containsExactly(
                            "benign/n1_a_downsample=2_00000.png",
                            "benign/p2_a_downsample=2_00001.png",
                            "malignant/p1_a_downsample=2_00000.png",
                            "malignant/p1_a_downsample=2_00001.png");
            assertThat(low.rejected()).extracting(Rejected::name).containsExactly("p2_a/2_201_0");
            assertThat(names(high))
                    .containsExactly(
                            "benign/n1_a_downsample=2_00000.png",
                            "benign/p2_a_downsample=2_00001.png",
                            "malignant/p1_a_downsample=2_00000.png");
            assertThat(high.count(Rejected.Rule.LITTLE_TUMOUR)).isEqualTo(2);
            for (Sample sample : low.samples()) {
                assertThat(sample.picture().decode().width()).isEqualTo(224);
                assertThat(sample.picture().decode().height()).isEqualTo(224);
            }
        }
    }

    @Test
    void aPatchThatTouchesTheEdgeIsLeftOutAndSmallImagesGiveNone() throws IOException {
        // 448 / 2 = 224: the only patch would touch the lower edge.
        Path touching = folder.resolve("tissue-train-neg/n2.jpg");
        Pictures.write(touching, Pictures.grey(452, 448, (_, _) -> TISSUE));
        Path small = folder.resolve("tissue-train-neg/n3.jpg");
        Pictures.write(small, Pictures.grey(446, 900, (_, _) -> TISSUE));
        // 449 / 2 = 224.5 is 224; 451 / 2 = 225.5 is 226: rounded half to even.
        Path odd = folder.resolve("tissue-train-neg/n4.jpg");
        Pictures.write(odd, Pictures.grey(451, 449, (_, _) -> TISSUE));
        Path enough = folder.resolve("tissue-train-neg/n5.jpg");
        Pictures.write(enough, Pictures.grey(451, 451, (_, _) -> TISSUE));
        try (DataSet set = read(Protocol.PAPER, 0.50)) {
            assertThat(names(set)).anyMatch(name -> name.contains("/n5_"));
            assertThat(names(set)).noneMatch(name -> name.matches("benign/n[234].*"));
        }
    }

    @Test
    void everyDownsamplingGivesPatchesSmallestFirst() throws IOException {
        negative("n0", (_, _) -> TISSUE);
        Path large = folder.resolve("tissue-train-neg/n0.jpg");
        Pictures.write(large, Pictures.grey(1820, 1820, (_, _) -> TISSUE));
        KnownSet.prepare(root, Progress.none());
        assertThat(DigestPathPatches.read(folder, DigestPathPatches.NEGATIVES))
                .filteredOn(patch -> patch.slide().equals("n0"))
                .extracting(patch -> patch.downsample() + ":" + patch.top() + "," + patch.left())
                .startsWith("2:0,0", "2:0,201", "2:0,403", "2:0,604", "2:201,0")
                .endsWith("4:201,0", "4:201,201", "8:0,0")
                .hasSize(16 + 4 + 1);
    }

    @Test
    void theGridIsNumpys() {
        int[] numpys = {0, 201, 403, 604, 806, 1008, 1209, 1411, 1612, 1814, 2016, 2217};
        for (int i = 0; i < numpys.length; i++) {
            assertThat(DigestPathPatches.place(i)).isEqualTo(numpys[i]);
        }
        assertThat(DigestPathPatches.place(45)).isEqualTo(9072);
        assertThat(DigestPathPatches.place(99)).isEqualTo(19958);
    }

    @Test
    void cleanKeepsASlidesPatchesTogether() throws IOException {
        for (int i = 0; i < 10; i++) {
            for (String part : List.of("a", "b")) {
                negative("m%d_%s".formatted(i, part), (_, _) -> TISSUE);
            }
        }
        try (DataSet paper = read(Protocol.PAPER, 0.50);
                DataSet clean = read(Protocol.CLEAN, 0.50)) {
            assertThat(names(clean)).isEqualTo(names(paper));
            assertThat(clean.sharedGroups()).isEmpty();
            assertThat(clean.samples(Split.TEST)).isNotEmpty();
            assertThat(paper.sharedGroups()).isNotEmpty();
            assertThat(paper.samples(Split.TRAIN)).hasSize(PaperSplit.trainOf(names(paper).size()));
        }
    }

    @Test
    void whatWasCutStaysAndWhatWasNotIsCut() throws IOException {
        assertThat(KnownSet.prepare(root, Progress.none())).isEqualTo(3);
        Path kept = folder.resolve("patches/tissue-train-neg/n1_a/patches.csv");
        FileTime before = Files.getLastModifiedTime(kept);
        Path lost = folder.resolve("patches/tissue-train-pos-v1/p1_a");
        List<Path> files;
        try (Stream<Path> all = Files.list(lost)) {
            files = all.sorted().toList();
        }
        assertThat(files).hasSize(3);
        // What a killed run leaves: a folder that was not renamed yet.
        Path partial = lost.resolveSibling("p1_a.partial");
        Files.move(lost, partial);
        Files.delete(partial.resolve("patches.csv"));
        assertThatThrownBy(() -> DigestPath.read(folder, Protocol.PAPER, 0.5))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 of 3 images are not cut into patches yet")
                .hasMessageContaining("plip data prepare " + root);
        assertThat(KnownSet.prepare(root, Progress.none())).isEqualTo(1);
        assertThat(files).allMatch(Files::isRegularFile);
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(before);
        assertThat(KnownSet.prepare(root, Progress.none())).isZero();
    }

    @Test
    void damagedAndMissingFilesAreNamed() throws IOException {
        Path mask = folder.resolve("tissue-train-pos-v1/p1_a_mask.jpg");
        Pictures.write(mask, Pictures.patterned(WIDTH, HEIGHT));
        refuses(mask, "is no mask: has colours");
        Files.write(mask, new byte[] {(byte) 0xff, (byte) 0xd8, 1});
        refuses(mask, "");
        Files.delete(mask);
        refuses(mask, "is missing");
        Files.delete(mask.resolveSibling("p1_a.jpg"));
        KnownSet.prepare(root, Progress.none());
        Path table = folder.resolve("patches/tissue-train-neg/n1_a/patches.csv");
        Files.writeString(table, "downsample,left,top,tissue,tumour\n2,x,0,1,0\n");
        assertThatThrownBy(() -> DigestPath.read(folder, Protocol.PAPER, 0.5))
                .hasMessageStartingWith(table + ": line 2: has what is no number");
    }

    private void refuses(Path file, String reason) {
        assertThatThrownBy(() -> KnownSet.prepare(root, Progress.none()))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(reason);
    }
}
