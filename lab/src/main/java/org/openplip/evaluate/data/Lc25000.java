package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// LC25000: `colon_image_sets/{colon_aca,colon_n}/` and
/// `lung_image_sets/{lung_aca,lung_n,lung_scc}/` of JPEG, 768 x 768 pixels. It has no split of its
/// own: one by picture as for the paper's sets under `paper`, a seeded one under `clean`. Both
/// leak: the pictures are turned and mirrored copies of far fewer, and which are of one is not
/// published.
final class Lc25000 {
    private static final Map<String, String> CLASS_NAMES =
            Names.of(
                    "colon_aca", "colon adenocarcinoma",
                    "colon_n", "benign colonic tissue",
                    "lung_aca", "lung adenocarcinoma",
                    "lung_n", "benign lung tissue",
                    "lung_scc", "lung squamous cell carcinoma");

    private Lc25000() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        List<Sample> samples = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        for (String label : CLASS_NAMES.keySet()) {
            String organ = label.split("_", 2)[0];
            Path set = ClassFolders.find(folder, organ + "_image_sets");
            Path classFolder = ClassFolders.find(set, label);
            ClassFolders.add(
                    folder, classFolder, label, organ, Split.TRAIN, "jpe?g", samples, rejected);
        }
        return new DataSet(
                "LC25000",
                folder,
                folder,
                protocol,
                CLASS_NAMES,
                null,
                switch (protocol) {
                    case PAPER -> PaperSplit.of(samples, List.copyOf(CLASS_NAMES.keySet()));
                    case CLEAN -> GroupedSplit.of(samples);
                },
                rejected,
                List.of(
                        "Split by picture, which leaks: the pictures are turned and mirrored copies"
                                + " of far fewer, and which are of one is not published."),
                DataSet.FILES);
    }
}
