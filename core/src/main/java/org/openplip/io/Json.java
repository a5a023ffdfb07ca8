package org.openplip.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// JSON files: read with errors that name the file and the line, written whole or not at all.
public final class Json {
    /// Unknown fields are ignored: files of others hold more than is read here.
    public static final ObjectMapper MAPPER =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private Json() {}

    /// The tree in `file`.
    ///
    /// @throws DataException if the file is not JSON
    public static JsonNode read(Path file) throws IOException {
        try {
            JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
            if (node.isMissingNode()) throw new DataException(file, "is empty");
            return node;
        } catch (JsonProcessingException e) {
            throw malformed(file, e);
        } catch (CharConversionException e) {
            throw notUtf8(file, e);
        }
    }

    /// The record of type `type` in `file`.
    ///
    /// @throws DataException if the file is not JSON or does not fit the type
    public static <T> T read(Path file, Class<T> type) throws IOException {
        try {
            return MAPPER.readValue(Files.readAllBytes(file), type);
        } catch (JsonProcessingException e) {
            throw malformed(file, e);
        } catch (CharConversionException e) {
            throw notUtf8(file, e);
        }
    }

    /// Writes `value`, indented, atomically.
    public static void write(Path file, Object value) throws IOException {
        AtomicFiles.writeString(
                file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n");
    }

    /// What Jackson says of bytes that it takes for UTF-32 and that are not.
    private static DataException notUtf8(Path file, CharConversionException e) {
        return new DataException(file.toString(), null, "is not JSON in UTF-8", e);
    }

    private static DataException malformed(Path file, JsonProcessingException e) {
        String where = e.getLocation() == null ? "line 1" : "line " + e.getLocation().getLineNr();
        return new DataException(file.toString(), where, e.getOriginalMessage(), e);
    }
}
