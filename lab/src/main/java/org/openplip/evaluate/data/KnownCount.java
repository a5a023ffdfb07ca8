package org.openplip.evaluate.data;

import java.util.List;
import java.util.function.ToLongFunction;
import org.openplip.evaluate.data.Rejected.Rule;

/// A number that is known of a data set as it is distributed, or that the paper states of it.
///
/// @param what it counts
/// @param expected the known number
/// @param source where the number is from
/// @param binding whether a set with another number is off; one that is not known to follow from
///   the set as distributed is told only
/// @param found the number in a set read by [Protocol#PAPER]
record KnownCount(
        String what, long expected, String source, boolean binding, ToLongFunction<DataSet> found) {
    private static final String PAPER = "the paper";
    private static final String FIGURES = "the paper's figures";

    /// What is known of `set`.
    static List<KnownCount> of(KnownSet set) {
        return switch (set) {
            case KATHER ->
                    List.of(
                            split(Split.TRAIN, 100_000, PAPER),
                            split(Split.TEST, 7180, PAPER),
                            label("ADI", 1338),
                            label("BACK", 847),
                            label("DEB", 339),
                            label("LYM", 634),
                            label("MUC", 1035),
                            label("MUS", 592),
                            label("NORM", 741),
                            label("STR", 421),
                            label("TUM", 1233));
            case PANNUKE ->
                    List.of(
                            new KnownCount(
                                    "pictures",
                                    7901,
                                    "its authors",
                                    true,
                                    s -> s.samples().size() + s.rejected().size()),
                            new KnownCount(
                                    "pictures with nuclei",
                                    7558,
                                    PAPER,
                                    true,
                                    s -> s.samples().size() + s.count(Rule.FEW_NEOPLASTIC_NUCLEI)),
                            all(6234, FIGURES),
                            split(Split.TRAIN, 4346, PAPER),
                            split(Split.TEST, 1888, PAPER),
                            label("benign", 1019),
                            label("malignant", 869));
            case DIGESTPATH_30, DIGESTPATH_50 ->
                    List.of(
                            new KnownCount(
                                    "benign patches", 56_023, PAPER, true, s -> count(s, "benign")),
                            new KnownCount(
                                    "malignant patches",
                                    6690,
                                    PAPER + ", by one of the two thresholds",
                                    false,
                                    s -> count(s, "malignant")),
                            told(split(Split.TRAIN, 43_899, PAPER)),
                            told(split(Split.TEST, 18_814, PAPER)),
                            told(label("malignant", 2033)),
                            told(label("benign", 16_781)));
            case WSSS4LUAD ->
                    List.of(
                            all(10_091, PAPER),
                            new KnownCount("tumor", 6579, PAPER, true, s -> count(s, "tumor")),
                            new KnownCount("normal", 3512, PAPER, true, s -> count(s, "normal")),
                            split(Split.TRAIN, 7063, PAPER),
                            split(Split.TEST, 3028, PAPER),
                            told(label("tumor", 2015)),
                            told(label("normal", 1013)));
            case KIMIA ->
                    List.of(
                            all(1325, "its authors"),
                            new KnownCount(
                                    "classes", 24, "its authors", true, s -> s.labels().size()));
            case TWITTER -> List.of(told(all(2023, FIGURES)));
            case PATHPEDIA -> List.of(told(all(210, PAPER)));
            case BOOKS ->
                    List.of(
                            all(4270, "counts by others"),
                            new KnownCount(
                                    "captions without picture",
                                    35,
                                    "counts by others",
                                    true,
                                    s -> s.count(Rule.NO_PICTURE)),
                            told(all(558, FIGURES + ", by an unpublished choice")));
            case PUBMED ->
                    List.of(
                            all(3309, "counts by others"),
                            told(all(1419, FIGURES + ", by an unpublished choice")));
            case MHIST ->
                    List.of(
                            split(Split.TRAIN, 2175, "its authors"),
                            split(Split.TEST, 977, "its authors"));
            case PATCHCAMELYON ->
                    List.of(
                            split(Split.TRAIN, 262_144, "its authors"),
                            split(Split.VALIDATION, 32_768, "its authors"),
                            split(Split.TEST, 32_768, "its authors"));
            case LC25000 -> List.of(all(25_000, "its authors"));
            case SICAPV2 -> List.of();
            case BACH -> List.of(all(400, "its authors"));
        };
    }

    private static KnownCount all(long expected, String source) {
        return new KnownCount("samples", expected, source, true, s -> s.samples().size());
    }

    private static KnownCount split(Split split, long expected, String source) {
        return new KnownCount(
                split.toString(), expected, source, true, s -> s.samples(split).size());
    }

    private static KnownCount label(String label, long expected) {
        return new KnownCount(
                "test, " + label, expected, FIGURES, true, s -> s.count(Split.TEST, label));
    }

    private static KnownCount told(KnownCount count) {
        return new KnownCount(count.what, count.expected, count.source, false, count.found);
    }

    private static long count(DataSet set, String label) {
        return set.samples().stream().filter(s -> label.equals(s.label())).count();
    }
}
