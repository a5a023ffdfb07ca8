package org.openplip.evaluate.data;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.table.CsvTable;

/// PatchCamelyon's lymph nodes: `camelyonpatch_level_2_split_PART_x.h5` with `x` `uint8 [n, 96, 96,
/// 3]`, `.._PART_y.h5` with `y` `uint8 [n, 1, 1, 1]`, for the parts `train`, `valid` and `test`,
/// unpacked from their `.gz`; and `.._PART_meta.csv`, whose column `wsi` names the slides, where it
/// is there. Split as published under both protocols.
final class PatchCamelyon {
    private static final Map<String, String> CLASS_NAMES =
            Names.of("normal", "normal lymph node", "tumor", "lymph node metastasis");

    private PatchCamelyon() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        List<HdfPictures> open = new ArrayList<>();
        Closeable all = () -> open.forEach(HdfPictures::close);
        boolean whole = false;
        try {
            List<Sample> samples = new ArrayList<>();
            add(folder, "train", Split.TRAIN, samples, open);
            add(folder, "valid", Split.VALIDATION, samples, open);
            add(folder, "test", Split.TEST, samples, open);
            whole = true;
            return new DataSet(
                    "PatchCamelyon",
                    folder,
                    folder,
                    protocol,
                    CLASS_NAMES,
                    null,
                    samples,
                    List.of(),
                    List.of(),
                    all);
        } finally {
            if (!whole) all.close();
        }
    }

    private static void add(
            Path folder, String part, Split split, List<Sample> samples, List<HdfPictures> open)
            throws IOException {
        String start = "camelyonpatch_level_2_split_" + part + "_";
        HdfPictures pictures = HdfPictures.open(folder.resolve(start + "x.h5"), "x", -1, -1, 3);
        open.add(pictures);
        Path labelFile = folder.resolve(start + "y.h5");
        byte[] labels;
        try (HdfPictures array = HdfPictures.open(labelFile, "y", 1, 1, 1)) {
            labels = array.rows(0, array.rows());
        }
        if (labels.length != pictures.rows()) {
            throw new DataException(
                    labelFile,
                    "y",
                    "expected %d labels, got %d".formatted(pictures.rows(), labels.length));
        }
        List<String> slides = slides(folder.resolve(start + "meta.csv"), labels.length);
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] != 0 && labels[row] != 1) {
                throw new DataException(labelFile, "row " + row, "is the label " + labels[row]);
            }
            @Nullable String slide = slides.isEmpty() ? null : slides.get(row);
            samples.add(
                    new Sample(
                            part + "/" + row,
                            pictures.picture(row),
                            labels[row] == 1 ? "tumor" : "normal",
                            null,
                            slide,
                            "lymph node",
                            split));
        }
    }

    /// The slide of each row; empty where there is no such table.
    private static List<String> slides(Path file, int rows) throws IOException {
        if (!Files.isRegularFile(file)) return List.of();
        CsvTable table = CsvTable.read(file);
        table.require("wsi");
        if (table.rows().size() != rows) {
            throw new DataException(
                    file, "expected %d rows, got %d".formatted(rows, table.rows().size()));
        }
        return table.rows().stream().map(row -> row.value("wsi")).toList();
    }
}
