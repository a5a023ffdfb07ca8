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
/// names the columns. Blank lines are passed over, and so are blanks around values and whether
/// names of columns are in upper case.
///
/// @param columns in lower case
public record CsvTable(Path file, List<String> columns, List<Row> rows) {
    /// A row.
    ///
    /// @param place of it in the file, as `line 12`
    public record Row(Path file, String place, CSVRecord fields) {
        /// The value in a column that there is; empty for none.
        public String value(String column) {
            return fields.get(column);
        }

        /// The value in a column that there may be; null for none.
        public @Nullable String optional(String column) {
            if (!fields.isMapped(column)) return null;
            String value = fields.get(column);
            return value.isEmpty() ? null : value;
        }

        /// What to throw where the row cannot be used.
        public DataException bad(String reason) {
            return new DataException(file, place, reason);
        }
    }

    public CsvTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /// Where the files are that rows name: the table's folder.
    public Path root() {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file : folder;
    }

    /// The table in `file`.
    ///
    /// @throws DataException naming the line, if the table is malformed
    public static CsvTable read(Path file) throws IOException {
        CSVFormat format =
                CSVFormat.RFC4180
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .setIgnoreEmptyLines(true)
                        .setIgnoreHeaderCase(true)
                        .setAllowMissingColumnNames(true) // as of an index that pandas wrote
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
                Row row = new Row(file, "line " + line, records.next());
                if (row.fields.size() != columns.size()) {
                    throw row.bad(
                            "expected %d fields, got %d"
                                    .formatted(columns.size(), row.fields.size()));
                }
                rows.add(row);
                line = parser.getCurrentLineNumber() + 1;
            }
            return new CsvTable(file, columns, rows);
        } catch (CSVException | IllegalArgumentException e) {
            throw malformed(file, line, e);
        } catch (UncheckedIOException e) {
            throw malformed(file, line, e.getCause() == null ? e : e.getCause());
        }
    }

    /// @throws DataException if one of `names` is no column
    public void require(String... names) throws DataException {
        for (String name : names) {
            if (!columns.contains(name)) {
                throw new DataException(
                        file, "line 1", "expected the column " + name + ", got " + columns);
            }
        }
    }

    private static DataException malformed(Path file, long line, Throwable cause) {
        return new DataException(
                file.toString(), "line " + line, "is not CSV: " + cause.getMessage(), cause);
    }

    private static String text(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
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
