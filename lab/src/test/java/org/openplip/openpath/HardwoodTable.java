package org.openplip.openpath;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Parquet table as Hardwood reads it, which shares no code with the library that we write with.
record HardwoodTable(List<String> columns, List<Map<String, @Nullable Object>> rows) {
    /// Reads all of `file`. A column is told as `name optional BYTE_ARRAY STRING`, a list as `name
    /// optional list of optional BYTE_ARRAY STRING`.
    static HardwoodTable read(Path file) throws IOException {
        List<String> columns = new ArrayList<>();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        try (ParquetFileReader table = ParquetFileReader.open(InputFile.of(file));
                RowReader reader = table.rowReader()) {
            for (SchemaNode node : table.getFileSchema().getRootNode().children()) {
                columns.add(node.name() + " " + type(node));
            }
            while (reader.hasNext()) {
                reader.next();
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                for (SchemaNode node : table.getFileSchema().getRootNode().children()) {
                    row.put(node.name(), value(reader, node));
                }
                rows.add(row);
            }
        }
        return new HardwoodTable(columns, rows);
    }

    private static String type(SchemaNode node) {
        String repetition = node.repetitionType().toString().toLowerCase(Locale.ROOT);
        return switch (node) {
            case SchemaNode.PrimitiveNode leaf ->
                    "%s %s %s".formatted(repetition, leaf.type(), leaf.logicalType());
            case SchemaNode.GroupNode group ->
                    "%s list of %s".formatted(repetition, type(group.getListElement()));
        };
    }

    private static @Nullable Object value(RowReader reader, SchemaNode node) {
        if (reader.isNull(node.name())) return null;
        return node instanceof SchemaNode.GroupNode
                ? List.copyOf(reader.getList(node.name()).values())
                : reader.getValue(node.name());
    }

    /// What a row of a record should look like: columns in snake case, in the record's order.
    static Map<String, @Nullable Object> row(Record record) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String column =
                    component
                            .getName()
                            .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                            .toLowerCase(Locale.ROOT);
            try {
                row.put(column, component.getAccessor().invoke(record));
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("a record", e);
            }
        }
        return row;
    }
}
