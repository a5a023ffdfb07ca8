package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openplip.image.StoredPicture;
import org.openplip.table.CsvTable;

/// MHIST's colorectal polyps: `annotations.csv` and `images/`. Split as published; `clean` keeps a
/// tenth of the training pictures for validation. Which pictures are of one slide is not published.
final class Mhist {
    private static final Map<String, String> CLASS_NAMES =
            Names.of("HP", "hyperplastic polyp", "SSA", "sessile serrated adenoma");

    private Mhist() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        CsvTable table = CsvTable.read(folder.resolve("annotations.csv"));
        table.require("image name", "majority vote label", "partition");
        List<Sample> samples = new ArrayList<>();
        for (CsvTable.Row row : table.rows()) {
            String name = row.value("image name");
            if (name.isEmpty() || name.contains("/")) throw row.bad("names no image: " + name);
            String label = row.value("majority vote label");
            if (!CLASS_NAMES.containsKey(label)) throw row.bad("has the label " + label);
            samples.add(
                    new Sample(
                            name,
                            StoredPicture.of(folder.resolve("images").resolve(name)),
                            label,
                            null,
                            null,
                            "colon",
                            switch (row.value("partition")) {
                                case "train" -> Split.TRAIN;
                                case "test" -> Split.TEST;
                                default ->
                                        throw row.bad(
                                                "has the partition " + row.value("partition"));
                            }));
        }
        return new DataSet(
                "MHIST",
                folder,
                folder,
                protocol,
                CLASS_NAMES,
                null,
                switch (protocol) {
                    case PAPER -> samples;
                    case CLEAN -> GroupedSplit.withValidation(samples);
                },
                List.of(),
                List.of(),
                DataSet.FILES);
    }
}
