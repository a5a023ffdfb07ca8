package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.openplip.io.Progress;

/// The data sets that evaluations know, each in a folder of its own below one folder:
///
///     DIR/kather/NCT-CRC-HE-100K/ADI/*.tif, DIR/kather/CRC-VAL-HE-7K/..
///     DIR/pannuke/Fold 1/images/fold1/images.npy, ..
///     DIR/digestpath/tissue-train-neg/*.jpg, tissue-train-pos-v1/*.jpg
///     DIR/wsss4luad/1.training/*.png
///     DIR/kimia/Test-patches/LABEL/*.jpg
///     DIR/twitter/, a release, or samples.csv in it
///     DIR/pathpedia/samples.csv
///     DIR/arch/books_set/captions.json, images/; DIR/arch/pubmed_set/..
///     DIR/mhist/annotations.csv, images/
///     DIR/patchcamelyon/camelyonpatch_level_2_split_train_x.h5, ..
///     DIR/lc25000/colon_image_sets/.., lung_image_sets/..
///     DIR/sicapv2/samples.csv
///     DIR/bach/Photos/..
///
/// Archives are unpacked as they are; one folder more, which some have around everything, does no
/// harm. `samples.csv` is a [PictureTable].
public enum KnownSet {
    KATHER(
            "kather",
            "kather",
            "zenodo.org/records/1214456: NCT-CRC-HE-100K.zip, CRC-VAL-HE-7K.zip"),
    PANNUKE(
            "pannuke",
            "pannuke",
            "warwick.ac.uk/fac/cross_fac/tia/data/pannuke: fold_1.zip, fold_2.zip, fold_3.zip"),
    DIGESTPATH_30(
            "digestpath-0.30",
            "digestpath",
            "digestpath2019.grand-challenge.org, colonoscopy tissue segmentation, on request"),
    DIGESTPATH_50(
            "digestpath-0.50",
            "digestpath",
            "digestpath2019.grand-challenge.org, colonoscopy tissue segmentation, on request"),
    WSSS4LUAD("wsss4luad", "wsss4luad", "wsss4luad.grand-challenge.org: 1.training.zip"),
    KIMIA("kimia", "kimia", "KIMIA Path24C, from Kimia Lab: the folder Test-patches"),
    TWITTER(
            "twitter",
            "twitter",
            "not published; build a release of posts of 2022-11-16 to 2023-01-15"),
    PATHPEDIA(
            "pathpedia",
            "pathpedia",
            "pathpedia.com; may not be passed on, so make samples.csv (image,caption) yourself"),
    BOOKS("books", "arch", "warwick.ac.uk/fac/cross_fac/tia/data/arch: books_set.zip"),
    PUBMED("pubmed", "arch", "warwick.ac.uk/fac/cross_fac/tia/data/arch: pubmed_set.zip"),
    MHIST("mhist", "mhist", "bmirds.github.io/MHIST: images.zip, annotations.csv, on request"),
    PATCHCAMELYON(
            "patchcamelyon",
            "patchcamelyon",
            "zenodo.org/records/2546921: all .h5.gz, unpacked, and the meta.csv"),
    LC25000("lc25000", "lc25000", "github.com/tampapath/lung_colon_image_set: LC25000.zip"),
    SICAPV2(
            "sicapv2",
            "sicapv2",
            "data.mendeley.com/datasets/9xxm58dvs3; make samples.csv (image,label,group,split) of"
                    + " its partition/Test/*.xlsx"),
    BACH("bach", "bach", "zenodo.org/records/3632035: ICIAR2018_BACH_Challenge.zip");

    private final String label;
    private final String folder;
    private final String from;

    KnownSet(String label, String folder, String from) {
        this.label = label;
        this.folder = folder;
        this.from = from;
    }

    /// What the set is called in commands, such as `digestpath-0.30`.
    public String label() {
        return label;
    }

    /// Where it is to be had, and under which conditions where there are such.
    public String from() {
        return from;
    }

    /// The set that is called `label`.
    public static Optional<KnownSet> named(String label) {
        return List.of(values()).stream().filter(set -> set.label.equals(label)).findFirst();
    }

    /// Where the set lies below `root`.
    public Path folder(Path root) {
        return root.resolve(folder);
    }

    /// Whether anything of the set is there.
    public boolean isIn(Path root) {
        return switch (this) {
            case BOOKS -> Files.isDirectory(folder(root).resolve("books_set"));
            case PUBMED -> Files.isDirectory(folder(root).resolve("pubmed_set"));
            default -> Files.isDirectory(folder(root));
        };
    }

    /// The set below `root`, to be closed by whoever asked for it. PanNuke's masks are looked
    /// through once; DigestPath must have been prepared.
    ///
    /// @throws org.openplip.io.DataException if it is missing or wrong
    public DataSet read(Path root, Protocol protocol, Progress progress) throws IOException {
        Path at = folder(root);
        return switch (this) {
            case KATHER -> Kather.read(at, protocol);
            case PANNUKE -> PanNuke.read(at, protocol, progress);
            case DIGESTPATH_30 -> DigestPath.read(at, protocol, 0.30);
            case DIGESTPATH_50 -> DigestPath.read(at, protocol, 0.50);
            case WSSS4LUAD -> Wsss4Luad.read(at, protocol);
            case KIMIA -> KimiaPath24.read(at, protocol);
            case TWITTER ->
                    Files.exists(at.resolve("pairs.parquet"))
                            ? ReleasePictures.read(at, protocol, "Twitter validation")
                            : table(at, protocol, "Twitter validation");
            case PATHPEDIA -> table(at, protocol, "PathPedia");
            case BOOKS -> Arch.read(at, protocol, "Books", "books_set");
            case PUBMED -> Arch.read(at, protocol, "PubMed", "pubmed_set");
            case MHIST -> Mhist.read(at, protocol);
            case PATCHCAMELYON -> PatchCamelyon.read(at, protocol);
            case LC25000 -> Lc25000.read(at, protocol);
            case SICAPV2 -> table(at, protocol, "SICAPv2");
            case BACH -> Bach.read(at, protocol);
        };
    }

    /// Does once what reading the sets below `root` needs and takes long: cuts DigestPath's images
    /// into patches, in `DIR/digestpath/patches`. Goes on where it was stopped.
    ///
    /// @return how many images were cut
    public static int prepare(Path root, Progress progress) throws IOException {
        return DIGESTPATH_30.isIn(root)
                ? DigestPathPatches.cut(DIGESTPATH_30.folder(root), progress)
                : 0;
    }

    private static DataSet table(Path folder, Protocol protocol, String title) throws IOException {
        DataSet listed = PictureTable.read(folder.resolve("samples.csv"));
        return new DataSet(
                title,
                folder,
                folder,
                protocol,
                listed.classNames(),
                null,
                listed.samples(),
                List.of(),
                List.of(),
                DataSet.FILES);
    }
}
