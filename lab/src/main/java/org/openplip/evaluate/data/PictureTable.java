package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.table.CsvTable;

/// A table of pictures of one's own.
public final class PictureTable {
    private PictureTable() {}

    /// The pictures of a comma-separated table (RFC 4180, UTF-8) whose first line names the
    /// columns: `image` (relative to the table), and `label`, `caption` or both; `group`, `organ`
    /// and `split` (`train`, `validation`, `test`) where these are known. Blank lines are passed
    /// over; an empty value is none, an empty split is `test`.
    ///
    /// @throws DataException naming the line, if the table is malformed
    public static DataSet read(Path file) throws IOException {
        CsvTable table = CsvTable.read(file);
        List<String> columns = table.columns();
        if (!columns.contains("image")
                || !(columns.contains("label") || columns.contains("caption"))) {
            throw new DataException(
                    file,
                    "line 1",
                    "expected the columns image and label or caption, got " + columns);
        }
        Path root = table.root();
        List<Sample> samples = new ArrayList<>();
        TreeSet<String> labels = new TreeSet<>();
        for (CsvTable.Row row : table.rows()) {
            String image = row.value("image");
            if (image.isEmpty()) throw row.bad("names no image");
            if (image.indexOf(0) >= 0) throw row.bad("names no file: has a NUL in it");
            String label = row.optional("label");
            if (label != null) labels.add(label);
            samples.add(
                    new Sample(
                            image,
                            StoredPicture.of(root.resolve(image)),
                            label,
                            row.optional("caption"),
                            row.optional("group"),
                            row.optional("organ"),
                            split(row, row.optional("split"))));
        }
        if (samples.isEmpty()) throw new DataException(file, "lists no pictures");
        return DataSet.listed(file, root, samples, labels);
    }

    private static Split split(CsvTable.Row row, @Nullable String name) throws DataException {
        if (name == null) return Split.TEST;
        for (Split split : Split.values()) if (split.toString().equals(name)) return split;
        throw row.bad("has the split " + name + "; expected train, validation or test");
    }
}
