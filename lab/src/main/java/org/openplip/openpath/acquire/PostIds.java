package org.openplip.openpath.acquire;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// The ids of posts of X in a table or list, such as the table in which OpenPath was released
/// (`source,hashtag,weblink,id,media ID`).
///
/// A row's id is in its first link to a post; a row with another link is no post of X
/// (PathLAION's). In a row without a link it is in the column `id`, `tweet_id`, `post_id` or
/// `status_id`, or in the first where no column is called so.
///
/// @param ids once each, in order
/// @param leftOut rows without one, with their line
record PostIds(List<String> ids, List<LeftOut> leftOut) {
    private static final Pattern LINK =
            Pattern.compile(
                    "(?i)(?:https?://)?(?:www\\.|mobile\\.)?(?:twitter|x)\\.com/"
                            + "[^/\\s]+(?:/web)?/status(?:es)?/([0-9]{1,19})(?![0-9]).*");
    private static final Pattern ID = Pattern.compile("[0-9]{1,19}");
    private static final Pattern ANY_LINK = Pattern.compile("(?i)https?://.*");
    private static final Pattern ID_COLUMN = Pattern.compile("(?:tweet|post|status)?[ _-]?ids?");

    static PostIds read(Path file) throws IOException {
        Set<String> ids = new LinkedHashSet<>();
        List<LeftOut> leftOut = new ArrayList<>();
        char separator = file.toString().endsWith(".tsv") ? '\t' : ',';
        CSVFormat format = CSVFormat.DEFAULT.builder().setDelimiter(separator).setTrim(true).get();
        try (CSVParser rows = CSVParser.parse(file, StandardCharsets.UTF_8, format)) {
            int column = 0;
            boolean first = true;
            for (CSVRecord row : rows) {
                String id = id(row, column);
                if (first && id == null) {
                    int named = idColumn(row);
                    first = false;
                    if (named >= 0) column = named;
                    continue; // the names of the columns
                }
                first = false;
                if (id != null) {
                    ids.add(id);
                } else {
                    String place = file.getFileName() + ", line " + rows.getCurrentLineNumber();
                    leftOut.add(new LeftOut("x", null, "no_id", place));
                }
            }
        } catch (MalformedInputException e) {
            throw new DataException(file.toString(), null, "is not UTF-8", e);
        } catch (java.io.UncheckedIOException e) {
            throw new DataException(file.toString(), null, "is no table: " + e.getMessage(), e);
        }
        if (ids.isEmpty()) throw new DataException(file, "holds no id of a post of X");
        return new PostIds(List.copyOf(ids), List.copyOf(leftOut));
    }

    private static @Nullable String id(CSVRecord row, int column) {
        boolean linked = false;
        for (String cell : row) {
            Matcher link = LINK.matcher(cell);
            if (link.matches()) return link.group(1);
            linked |= ANY_LINK.matcher(cell).matches();
        }
        if (linked || column >= row.size() || !ID.matcher(row.get(column)).matches()) return null;
        return row.get(column);
    }

    private static int idColumn(CSVRecord names) {
        for (int i = 0; i < names.size(); i++) {
            if (ID_COLUMN.matcher(names.get(i).toLowerCase(Locale.ROOT)).matches()) return i;
        }
        return -1;
    }
}
