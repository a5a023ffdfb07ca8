package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.evaluate.data.Rejected.Rule;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

class PanNukeTest {
    private static final int SIDE = 16;
    private static final int PIXELS = SIDE * SIDE;

    @TempDir private Path folder = Path.of("");

    /// A mask in which channel `c` has the nuclei of `channels[c]`, a pixel each; the background is
    /// marked where nothing else is.
    private static double[] mask(int[]... channels) {
        double[] mask = new double[PIXELS * 6];
        int pixel = 0;
        for (int c = 0; c < channels.length; c++) {
            for (int nucleus : channels[c]) mask[6 * pixel++ + c] = nucleus;
        }
        for (int i = 0; i < PIXELS; i++) {
            boolean nothing = true;
            for (int c = 0; c < 5; c++) nothing &= mask[6 * i + c] == 0;
            if (nothing) mask[6 * i + 5] = 1;
        }
        return mask;
    }

    private static int[] nuclei(int first, int count) {
        return IntStream.range(first, first + count).toArray();
    }

    private void fold(int number, String type, String tissue, double[]... masks)
            throws IOException {
        Path images = folder.resolve("Fold " + number + "/images/fold" + number);
        Path at = folder.resolve("Fold " + number + "/masks/fold" + number);
        int n = masks.length;
        double[] pixels = new double[n * PIXELS * 3];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (i * 7 + number) % 256;
        Pictures.npy(images.resolve("images.npy"), type, pixels, n, SIDE, SIDE, 3);
        double[] all = Arrays.stream(masks).flatMapToDouble(Arrays::stream).toArray();
        Pictures.npy(at.resolve("masks.npy"), type, all, n, SIDE, SIDE, 6);
        String[] types = new String[n];
        Arrays.fill(types, tissue);
        Pictures.npy(images.resolve("types.npy"), types);
    }

    private DataSet read(Protocol protocol) throws IOException {
        return PanNuke.read(folder, protocol, Progress.none());
    }

    /// What became of each row of fold 1.
    private String verdicts(Protocol protocol, int rows) throws IOException {
        fold(2, "<f8", "Colon", mask());
        fold(3, "<f8", "Colon", mask());
        StringBuilder verdicts = new StringBuilder();
        try (DataSet set = read(protocol)) {
            for (int row = 0; row < rows; row++) {
                String page = "Fold 1/" + row;
                String rejected =
                        set.rejected().stream()
                                .filter(one -> one.name().equals(page))
                                .map(one -> one.rule() == Rule.NO_NUCLEI ? "-" : "?")
                                .findFirst()
                                .orElse("");
                verdicts.append(rejected.isEmpty() ? label(set, row) : rejected);
            }
        }
        return verdicts.toString();
    }

    private static String label(DataSet set, int row) {
        return set.samples().stream()
                .filter(s -> page(s).row() == row)
                .map(s -> s.label() == null ? "" : s.label().substring(0, 1))
                .findFirst()
                .orElse("!");
    }

    private static ArrayPage page(Sample sample) {
        return switch (sample.picture()) {
            case PaperSize(ArrayPage page) -> page;
            case ArrayPage page -> page;
            default -> throw new AssertionError(sample.picture());
        };
    }

    @Test
    void theRulesHoldInEveryCorner() throws IOException {
        double[] full = mask(nuclei(1, 0));
        for (int i = 0; i < PIXELS; i++) {
            full[6 * i] = 5; // one nucleus on every pixel, no 0 in the channel
            full[6 * i + 5] = 0;
        }
        double[][] masks = {
            mask(nuclei(1, 10), nuclei(1, 22)), // 10 of 33 with the background
            mask(nuclei(1, 12), nuclei(1, 27)), // 12 of 40 is 0.3 and not more; of 39 it is more
            mask(nuclei(1, 9)), // too few
            mask(), // none
            mask(nuclei(1, 0), nuclei(3, 1)), // none that is neoplastic
            mask(nuclei(256, 1)), // wraps to 0
            mask(both(nuclei(1, 5), nuclei(257, 5))), // 5 or 10
            full,
            mask(nuclei(1, 10), nuclei(1, 12), nuclei(1, 0), nuclei(1, 0), nuclei(1, 11)),
            mask(nuclei(1, 0), nuclei(1, 0), nuclei(1, 0), nuclei(7, 1)), // dead cells
        };
        fold(1, "<f8", "Colon", masks);
        assertThat(verdicts(Protocol.PAPER, masks.length)).isEqualTo("m??-b-?b?b");
        assertThat(verdicts(Protocol.CLEAN, masks.length)).isEqualTo("mm?-b?m?mb");
    }

    private static int[] both(int[] some, int[] others) {
        return IntStream.concat(Arrays.stream(some), Arrays.stream(others)).toArray();
    }

    @Test
    void picturesAreAtThePapersSizeOrAsTheyAre() throws IOException {
        for (int k = 1; k <= 3; k++) fold(k, "<f8", "Bile-duct", mask(nuclei(1, 10)));
        try (DataSet paper = read(Protocol.PAPER);
                DataSet clean = read(Protocol.CLEAN)) {
            assertThat(paper.samples().getFirst().picture().decode().width()).isEqualTo(224);
            Sample second =
                    clean.samples().stream()
                            .filter(s -> s.split() == Split.VALIDATION)
                            .findFirst()
                            .orElseThrow();
            RgbImage picture = second.picture().decode();
            assertThat(picture.width()).isEqualTo(SIDE);
            for (int i = 0; i < 9; i++) {
                assertThat(picture.pixels()[i] & 0xff).isEqualTo((i * 7 + 2) % 256);
            }
            assertThat(second.picture().file().toString()).endsWith("fold2/images.npy");
            assertThat(clean.samples())
                    .extracting(Sample::split)
                    .containsExactly(Split.TRAIN, Split.VALIDATION, Split.TEST);
        }
    }

    @Test
    void namesAndOrganFollowTheTissueAndTheSplitItsStrata() throws IOException {
        double[][] masks = new double[10][];
        Arrays.fill(masks, mask(nuclei(1, 10)));
        fold(1, "|u1", "Adrenal_gland", masks);
        fold(2, "|u1", "HeadNeck", masks);
        Arrays.fill(masks, mask(nuclei(1, 0), nuclei(1, 1)));
        fold(3, "|u1", "Adrenal_gland", masks);
        try (DataSet set = read(Protocol.PAPER)) {
            assertThat(set.samples()).hasSize(30);
            assertThat(set.samples(Split.TRAIN)).hasSize(21);
            for (String organ : new String[] {"adrenal gland", "headneck"}) {
                for (String label : set.labels()) {
                    long all = set.samples().stream().filter(s -> is(s, organ, label)).count();
                    long train =
                            set.samples(Split.TRAIN).stream()
                                    .filter(s -> is(s, organ, label))
                                    .count();
                    assertThat(train).isEqualTo(all * 7 / 10);
                }
            }
            assertThat(set.samples())
                    .extracting(Sample::name)
                    .doesNotHaveDuplicates()
                    .contains(
                            "adrenal gland_malignant_0000.png",
                            "headneck_malignant_0019.png",
                            "adrenal gland_benign_0009.png");
        }
    }

    private static boolean is(Sample sample, String organ, String label) {
        return organ.equals(sample.organ()) && label.equals(sample.label());
    }

    @Test
    void whatDoesNotFitIsRefusedWithFileAndFault() throws IOException {
        for (int k = 1; k <= 3; k++) fold(k, "<f8", "Colon", mask(nuclei(1, 10)));
        Path masks = folder.resolve("Fold 2/masks/fold2/masks.npy");
        byte[] whole = Files.readAllBytes(masks);
        Files.write(masks, Arrays.copyOf(whole, whole.length - 8));
        refuses(masks, "data: expected 1 x 16 x 16 x 6 numbers of 8 bytes");
        Pictures.npy(masks, "<f8", new double[PIXELS * 5], 1, SIDE, SIDE, 5);
        refuses(masks, "header: expected numbers [n, height, width, 6], got <f8 [1, 16, 16, 5]");
        Pictures.npy(masks, "<f8", new double[PIXELS * 12], 2, SIDE, SIDE, 6);
        refuses(masks, "header: is <f8 [2, 16, 16, 6] beside pictures of <f8 [1, 16, 16, 3]");
        for (double bad : new double[] {-1, 0.5, Double.NaN, 1e12}) {
            double[] mask = mask(nuclei(1, 3));
            mask[0] = bad;
            Pictures.npy(masks, "<f8", mask, 1, SIDE, SIDE, 6);
            refuses(masks, "row 0: has a nucleus numbered " + bad);
        }
        Files.write(masks, whole);
        Path types = folder.resolve("Fold 2/images/fold2/types.npy");
        Pictures.npy(types, "Colon", "Colon");
        refuses(types, "header: expected 1 texts, got <U5 [2]");
        Pictures.npy(types, "<f8", new double[1], 1);
        refuses(types, "header: expected 1 texts, got <f8 [1]");
        Files.delete(types);
        refuses(types, "does not exist");
    }

    private void refuses(Path file, String reason) {
        assertThatThrownBy(() -> read(Protocol.PAPER))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(reason);
    }

    @Test
    void nothingCanBeReadOnceItIsClosed() throws IOException {
        for (int k = 1; k <= 3; k++) fold(k, "<f8", "Colon", mask(nuclei(1, 10)));
        DataSet set = read(Protocol.CLEAN);
        set.close();
        assertThatThrownBy(() -> set.samples().getFirst().picture().decode())
                .isInstanceOf(IllegalStateException.class);
    }
}
