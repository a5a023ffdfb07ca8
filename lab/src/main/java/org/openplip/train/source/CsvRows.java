package org.openplip.train.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openplip.io.Progress;
import org.openplip.table.CsvTable;

/// The rows of comma-separated tables with the columns `image` (a file, relative to the table) and
/// `caption`, and `split` and `group` where they are known.
final class CsvRows {
    private CsvRows() {}

    static SourceRows read(List<Path> files, Progress progress) throws IOException {
        RowCollector rows = new RowCollector();
        for (Path file : files) {
            CsvTable table = CsvTable.read(file);
            table.require("image", "caption");
            try (Progress.Task task =
                    progress.begin("reading " + file.getFileName(), table.rows().size())) {
                for (CsvTable.Row row : table.rows()) {
                    rows.addFile(
                            file + ": " + row.place(),
                            table.root(),
                            row.optional("image"),
                            row.optional("caption"),
                            row.optional("split"),
                            row.optional("group"));
                    task.advance(1);
                }
            }
        }
        return rows.finish(List.of());
    }
}
