package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.evaluate.data.DataCheck.Finding;
import org.openplip.io.DataException;
import org.openplip.io.Progress;

class KnownSetTest {
    @TempDir private Path root = Path.of("");

    private DataSet read(KnownSet set, Protocol protocol) throws IOException {
        return set.read(root, protocol, Progress.none());
    }

    @Test
    void mhistIsSplitAsPublished() throws IOException {
        Path folder = Files.createDirectories(root.resolve("mhist"));
        String header =
                "Image Name,Majority Vote Label,Number of Annotators who Selected SSA (Out of"
                        + " 7),Partition\n";
        Files.writeString(
                folder.resolve("annotations.csv"),
                header + "MHIST_aaa.png,SSA,6,train\nMHIST_aab.png,HP,0,test\n");
        try (DataSet set = read(KnownSet.MHIST, Protocol.PAPER)) {
            assertThat(set.samples())
                    .extracting(Sample::name, Sample::label, Sample::split)
                    .containsExactly(
                            tuple("MHIST_aaa.png", "SSA", Split.TRAIN),
                            tuple("MHIST_aab.png", "HP", Split.TEST));
            assertThat(set.samples().getFirst().picture().file())
                    .isEqualTo(folder.resolve("images/MHIST_aaa.png"));
        }
        for (String bad :
                List.of(
                        "a.png,XX,1,train",
                        "a.png,HP,1,dev",
                        ",HP,1,train",
                        "../a.png,HP,1,test")) {
            Files.writeString(folder.resolve("annotations.csv"), header + bad + "\n");
            assertThatThrownBy(() -> read(KnownSet.MHIST, Protocol.PAPER))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(folder.resolve("annotations.csv") + ": line 2: ");
        }
    }

    @Test
    void kimiasSlidesAreClassesOfTheTest() throws IOException {
        Pictures.empty(root, "kimia/Test-patches/s0/a.jpg", "kimia/Test-patches/s1/b.jpg");
        Pictures.empty(root, "kimia/Test-patches/s1/readme.txt");
        try (DataSet set = read(KnownSet.KIMIA, Protocol.PAPER)) {
            assertThat(set.labels()).containsExactly("s0", "s1");
            assertThat(set.samples()).allMatch(s -> s.split() == Split.TEST).hasSize(2);
            assertThat(set.count(Rejected.Rule.BAD_NAME)).isEqualTo(1);
        }
    }

    @Test
    void setsOfClassFoldersAreFoundInTheirWrappings() throws IOException {
        for (String label : List.of("Normal", "Benign", "InSitu", "Invasive")) {
            for (int i = 0; i < 10; i++) {
                Pictures.empty(
                        root, "bach/ICIAR2018_BACH_Challenge/Photos/%s/%d.tif".formatted(label, i));
            }
        }
        for (String label : List.of("colon_aca", "colon_n", "lung_aca", "lung_n", "lung_scc")) {
            String organ = label.split("_")[0];
            Pictures.empty(
                    root,
                    "lc25000/lung_colon_image_set/%s_image_sets/%s/1.jpeg".formatted(organ, label));
        }
        try (DataSet bach = read(KnownSet.BACH, Protocol.CLEAN);
                DataSet lc = read(KnownSet.LC25000, Protocol.PAPER)) {
            assertThat(bach.samples()).hasSize(40);
            assertThat(bach.count(Split.TEST, "InSitu")).isEqualTo(3);
            assertThat(bach.count(Split.VALIDATION, "InSitu")).isEqualTo(1);
            assertThat(lc.samples()).hasSize(5);
            assertThat(lc.samples(Split.TRAIN)).hasSize(3);
            assertThat(lc.samples()).extracting(Sample::organ).contains("colon", "lung");
        }
    }

    @Test
    void otherSetsAreTables() throws IOException {
        Pictures.empty(root, "pathpedia/a.png", "sicapv2/images/b.jpg", "twitter/c.jpg");
        Files.writeString(root.resolve("pathpedia/samples.csv"), "image,caption\na.png,Nests\n");
        Files.writeString(
                root.resolve("sicapv2/samples.csv"),
                "image,label,group,split\nimages/b.jpg,G4,16B0001851,train\n");
        Files.writeString(
                root.resolve("twitter/samples.csv"), "image,caption,group\nc.jpg,Cords,17\n");
        try (DataSet pathpedia = read(KnownSet.PATHPEDIA, Protocol.PAPER);
                DataSet sicap = read(KnownSet.SICAPV2, Protocol.CLEAN);
                DataSet twitter = read(KnownSet.TWITTER, Protocol.CLEAN)) {
            assertThat(pathpedia.name()).isEqualTo("PathPedia");
            assertThat(pathpedia.samples().getFirst().caption()).isEqualTo("Nests");
            assertThat(sicap.samples().getFirst().group()).isEqualTo("16B0001851");
            assertThat(sicap.samples().getFirst().split()).isEqualTo(Split.TRAIN);
            assertThat(twitter.samples().getFirst().group()).isEqualTo("17");
        }
    }

    @Test
    void namesAreThoseOfCommands() {
        for (KnownSet set : KnownSet.values()) {
            assertThat(KnownSet.named(set.label())).contains(set);
            assertThat(set.label()).matches("[a-z0-9.-]+");
        }
        assertThat(KnownSet.named("nowhere")).isEmpty();
    }

    @Test
    void checkTellsWhatIsMissingWhatIsOffAndWhatCannotBeRead() throws IOException {
        Pictures.empty(root, "kimia/Test-patches/s0/a.jpg", "wsss4luad/x.png");
        Files.createDirectories(root.resolve("pathpedia"));
        Files.writeString(root.resolve("pathpedia/samples.csv"), "image,caption\na.png,Nests\n");
        List<Finding> findings = DataCheck.of(root, Progress.none());
        assertThat(findings).hasSize(KnownSet.values().length);
        for (Finding finding : findings) {
            switch (finding.set()) {
                case KIMIA -> {
                    Finding.Read read = (Finding.Read) finding;
                    assertThat(read.counts())
                            .extracting(DataCheck.Counted::found, DataCheck.Counted::isOff)
                            .containsExactly(tuple(1L, true), tuple(1L, true));
                }
                case PATHPEDIA -> {
                    Finding.Read read = (Finding.Read) finding;
                    assertThat(read.counts()).noneMatch(DataCheck.Counted::isOff).hasSize(1);
                }
                case WSSS4LUAD ->
                        assertThat(((Finding.Unreadable) finding).why().getMessage())
                                .contains("1.training: is missing");
                case KATHER,
                        PANNUKE,
                        DIGESTPATH_30,
                        DIGESTPATH_50,
                        TWITTER,
                        BOOKS,
                        PUBMED,
                        MHIST,
                        PATCHCAMELYON,
                        LC25000,
                        SICAPV2,
                        BACH ->
                        assertThat(finding).isInstanceOf(Finding.Missing.class);
            }
        }
        assertThatThrownBy(() -> DataCheck.of(root.resolve("none"), Progress.none()))
                .hasMessage(root.resolve("none") + ": is not a folder");
    }
}
