package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// BACH's (ICIAR 2018) breast tissue: `Photos/{Normal,Benign,InSitu,Invasive}/*.tif`. It has no
/// split of its own: one by picture as for the paper's sets under `paper`, a seeded one under
/// `clean`; which pictures are of one patient is not in the archive.
final class Bach {
    private static final Map<String, String> CLASS_NAMES =
            Names.of(
                    "Normal", "normal breast tissue",
                    "Benign", "benign breast lesion",
                    "InSitu", "breast carcinoma in situ",
                    "Invasive", "invasive breast carcinoma");

    private Bach() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        Path photos = ClassFolders.find(folder, "Photos");
        List<Sample> samples = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        for (String label : CLASS_NAMES.keySet()) {
            Path classFolder = ClassFolders.find(photos, label);
            ClassFolders.add(
                    folder, classFolder, label, "breast", Split.TRAIN, "tif", samples, rejected);
        }
        return new DataSet(
                "BACH",
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
                List.of("Split by picture: which are of one patient is not in the archive."),
                DataSet.FILES);
    }
}
