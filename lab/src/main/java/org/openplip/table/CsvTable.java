package org.openplip.table;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// A comma-separated table (RFC 4180, UTF-8, with or without a byte order mark) whose first line
/// names the columns, in any order and case. Blank lines are passed over, space around a value is
/// no part of it.
///
/// @param columns in lower case
public record CsvTable(Path file, List<String> columns, List<Row> rows) {
    /// A row.
    ///
    /// @param line of the file where it begins, from 1
    /// @param values one for each column
    public record Row(long line, List<String> values) {}

    public CsvTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /// The table in `file`.
    ///
    /// @throws DataException naming the line, if it is malformed
    public static CsvTable read(Path file) throws IOException {
        CSVFormat format =
                CSVFormat.RFC4180
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .setIgnoreEmptyLines(true)
                        .setIgnoreHeaderCase(true)
                        .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
                        .setTrim(true)
                        .get();
        List<Row> rows = new ArrayList<>();
        long line = 1;
        try (CSVParser parser = CSVParser.parse(new StringReader(text(file)), format)) {
            List<String> columns =
                    parser.getHeaderNames().stream()
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .toList();
            Iterator<CSVRecord> records = parser.iterator();
            line = parser.getCurrentLineNumber() + 1;
            while (records.hasNext()) {
                CSVRecord row = records.next();
                if (row.size() != columns.size()) {
                    throw new DataException(
                            file,
                            "line " + line,
                            "expected %d fields, got %d".formatted(columns.size(), row.size()));
                }
                rows.add(new Row(line, List.of(row.values())));
                line = parser.getCurrentLineNumber() + 1;
            }
            return new CsvTable(file, columns, rows);
        } catch (CSVException | IllegalArgumentException e) {
            throw malformed(file, line, e);
        } catch (UncheckedIOException e) {
            throw malformed(file, line, e.getCause() == null ? e : e.getCause());
        }
    }

    /// A row's value in a column; null where it is empty or there is no such column.
    public @Nullable String value(Row row, String column) {
        int at = columns.indexOf(column);
        if (at < 0) return null;
        String value = row.values.get(at);
        return value.isEmpty() ? null : value;
    }

    /// Where the files are that rows name: the table's folder.
    public Path root() {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file : folder;
    }

    private static DataException malformed(Path file, long line, Throwable cause) {
        return new DataException(
                file.toString(), "line " + line, "is not CSV: " + cause.getMessage(), cause);
    }

    private static String text(Path file) throws IOException {
        try {
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                            .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new DataException(file.toString(), null, "is not UTF-8 text", e);
        }
    }
}
