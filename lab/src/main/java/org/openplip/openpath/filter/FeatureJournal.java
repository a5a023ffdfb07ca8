package org.openplip.openpath.filter;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;

/// The features of labelled pictures by the SHA-256 of their files, written down as they come, so
/// that a training that was killed goes on: a line says for which features it is, then a line each
/// picture. A last line that was cut off counts for nothing. Not thread-safe.
final class FeatureJournal implements Closeable {
    private final Path file;
    private final int size;
    private final Map<String, float[]> known = new HashMap<>();
    private final Writer writer;

    /// Goes on with `file` if it is for `features`, and begins it anew if not.
    FeatureJournal(Path file, FilterFeatures features) throws IOException {
        this.file = file;
        this.size = features.size();
        String head = Json.MAPPER.writerFor(FilterFeatures.class).writeValueAsString(features);
        long good = Files.exists(file) ? read(head) : 0;
        writer =
                Files.newBufferedWriter(
                        file,
                        StandardCharsets.US_ASCII,
                        StandardOpenOption.CREATE,
                        good == 0
                                ? StandardOpenOption.TRUNCATE_EXISTING
                                : StandardOpenOption.APPEND);
        if (good == 0) writer.append(head).append('\n').flush();
        else writer.append('\n'); // after a line that was cut off
    }

    /// The number of lines that are whole.
    private long read(String head) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            if (!head.equals(lines.readLine())) return 0;
            long good = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                float[] features = features(line);
                if (features == null) continue;
                known.put(line.substring(0, 64), features);
                good++;
            }
            return good;
        }
    }

    /// What a line says; null if it was cut off.
    private float @Nullable [] features(String line) {
        int bytes = Float.BYTES * size;
        if (line.length() != 65 + (bytes + 2) / 3 * 4) return null;
        try {
            float[] features = new float[size];
            ByteBuffer.wrap(Base64.getDecoder().decode(line.substring(65)))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(features);
            return features;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// The features of a picture file; null where they are not known.
    float @Nullable [] get(String sha256) {
        return known.get(sha256);
    }

    void add(String sha256, float[] features) throws IOException {
        known.put(sha256, features);
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * size).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(features);
        writer.append(sha256).append(' ');
        writer.append(Base64.getEncoder().encodeToString(bytes.array())).append('\n');
    }

    /// Hands what was added to the operating system.
    void flush() throws IOException {
        writer.flush();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
