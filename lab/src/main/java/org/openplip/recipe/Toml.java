package org.openplip.recipe;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;

/// Records as TOML files. A component `learningRate` is the key `learning_rate`; a record within a
/// record is a table; a constant `LAST_BLOCKS` is the string `last_blocks`. Reading is strict:
/// every key must be there, but those of `@Nullable` components, and no other.
public final class Toml {
    private static final PropertyNamingStrategies.NamingBase SNAKE_CASE =
            new PropertyNamingStrategies.SnakeCaseStrategy();
    private static final ObjectMapper MAPPER =
            TomlMapper.builder()
                    .propertyNamingStrategy(SNAKE_CASE)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                    .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                    .addModule(
                            new SimpleModule()
                                    .addSerializer(new LowerCase())
                                    .addSerializer(Double.class, new Infinite())
                                    .addSerializer(double.class, new Infinite()))
                    .defaultPropertyInclusion(
                            JsonInclude.Value.construct(
                                    JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
                    .build();

    /// Constants in lower case: `last_blocks`.
    @SuppressWarnings("rawtypes") // as Jackson wants it
    private static final class LowerCase extends StdSerializer<Enum> {
        LowerCase() {
            super(Enum.class);
        }

        @Override
        public void serialize(Enum value, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            out.writeString(value.name().toLowerCase(Locale.ROOT));
        }
    }

    /// Infinity as TOML writes it, `inf`.
    private static final class Infinite extends StdSerializer<Double> {
        Infinite() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            if (value.isInfinite()) out.writeNumber(value > 0 ? "inf" : "-inf");
            else out.writeNumber(value);
        }
    }

    private Toml() {}

    /// The record in `file`.
    ///
    /// @throws DataException if the file is not TOML, a key is missing, unknown or of the wrong
    ///   type, or the record refuses a value
    public static <T> T read(Path file, Class<T> type) throws IOException {
        return convert(file, null, parse(file), type);
    }

    /// The record in table `table` of `file`.
    ///
    /// @throws DataException as [#read(Path, Class)], and if there is no such table
    public static <T> T read(Path file, String table, Class<T> type) throws IOException {
        JsonNode node = parse(file).get(table);
        if (node == null) throw new DataException(file, "has no table [" + table + "]");
        return convert(file, "[" + table + "]", node, type);
    }

    /// Writes `value` atomically; [#read(Path, Class)] gives an equal record.
    public static void write(Path file, Object value) throws IOException {
        AtomicFiles.writeString(file, MAPPER.writeValueAsString(value));
    }

    private static JsonNode parse(Path file) throws IOException {
        try {
            return MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new DataException(file.toString(), "line " + line, e.getOriginalMessage(), e);
        }
    }

    private static <T> T convert(Path file, @Nullable String table, JsonNode node, Class<T> type)
            throws IOException {
        requireKeys(file, table, node, type);
        try {
            return MAPPER.treeToValue(node, type);
        } catch (JsonProcessingException e) {
            throw new DataException(file.toString(), table, reason(e), e);
        }
    }

    private static void requireKeys(Path file, @Nullable String table, JsonNode node, Class<?> type)
            throws DataException {
        if (!type.isRecord() || !node.isObject()) return;
        for (RecordComponent component : type.getRecordComponents()) {
            String key = SNAKE_CASE.translate(component.getName());
            JsonNode value = node.get(key);
            if (value != null) {
                requireKeys(file, table, value, component.getType());
            } else if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                throw new DataException(file.toString(), table, "missing key " + key, null);
            }
        }
    }

    private static String reason(JsonProcessingException e) {
        String key =
                e instanceof JsonMappingException mapping
                        ? mapping.getPath().stream()
                                .map(reference -> String.valueOf(reference.getFieldName()))
                                .collect(Collectors.joining("."))
                        : "";
        if (e instanceof UnrecognizedPropertyException) return "unknown key " + key;
        Throwable cause = e.getCause();
        if (cause instanceof IllegalArgumentException) return String.valueOf(cause.getMessage());
        return (key.isEmpty() ? "" : key + ": ") + e.getOriginalMessage();
    }
}
