package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openplip.io.DataException;

/// Kather's colorectal tissue: `NCT-CRC-HE-100K/CLASS/*.tif` for training and
/// `CRC-VAL-HE-7K/CLASS/*.tif`, of other patients, for the test; 224 x 224 pixels, 0.5 micron a
/// pixel.
///
/// `paper`: all of them, in the order of the classes. Within a class the published table's order is
/// not known; here it is that of the names. `clean`: a tenth of the training pictures is for
/// validation, drawn by picture, since nobody has published the patients.
public final class Kather {
    /// The nine classes and their published names.
    public static final Map<String, String> CLASS_NAMES =
            Names.of(
                    "ADI", "adipose tissue",
                    "BACK", "background",
                    "DEB", "debris",
                    "LYM", "lymphocytes",
                    "MUC", "mucus",
                    "MUS", "smooth muscle",
                    "NORM", "normal colon mucosa",
                    "STR", "cancer-associated stroma",
                    "TUM", "colorectal adenocarcinoma epithelium");

    /// The published code's prompt. (The paper's figure says `An H&E image of {}`.)
    public static final String TEMPLATE = "An H&E image patch of {}.";

    private Kather() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        List<Sample> samples = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        add(folder, "NCT-CRC-HE-100K", Split.TRAIN, samples, rejected);
        add(folder, "CRC-VAL-HE-7K", Split.TEST, samples, rejected);
        return new DataSet(
                "Kather",
                folder,
                folder,
                protocol,
                CLASS_NAMES,
                TEMPLATE,
                switch (protocol) {
                    case PAPER ->
                            samples.stream().map(s -> s.with(new PaperSize(s.picture()))).toList();
                    case CLEAN -> GroupedSplit.withValidation(samples);
                },
                rejected,
                switch (protocol) {
                    case PAPER ->
                            List.of(
                                    "Pictures of a class are in the order of their names; the"
                                            + " published order is not known.",
                                    "Whether the published table held NCT-CRC-HE-100K or its"
                                            + " variant without normalised colours is not known.");
                    case CLEAN ->
                            List.of(
                                    "Validation pictures are drawn by picture: the patients of"
                                            + " NCT-CRC-HE-100K are not published.");
                },
                DataSet.FILES);
    }

    private static void add(
            Path folder, String part, Split split, List<Sample> samples, List<Rejected> rejected)
            throws IOException {
        Path root = ClassFolders.find(folder, part);
        for (String label : CLASS_NAMES.keySet()) {
            Path classFolder = root.resolve(label);
            if (!Files.isDirectory(classFolder)) {
                throw new DataException(classFolder, "is missing");
            }
            ClassFolders.add(folder, classFolder, label, null, split, "tif", samples, rejected);
        }
        for (Path other : ClassFolders.list(root)) {
            if (CLASS_NAMES.containsKey(other.getFileName().toString())) continue;
            rejected.add(
                    new Rejected(
                            folder.relativize(other).toString(),
                            Rejected.Rule.BAD_NAME,
                            "is none of the nine classes"));
        }
    }
}
