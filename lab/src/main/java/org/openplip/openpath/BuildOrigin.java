package org.openplip.openpath;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// What a build is made from, by which its work folder is told from that of another build.
final class BuildOrigin {
    private static final String FILE = "origin.json";

    private BuildOrigin() {}

    static List<BuildRecord.Input> inputs(BuildConfig config) throws IOException {
        List<BuildRecord.Input> inputs = new ArrayList<>();
        for (Path file : config.posts()) {
            inputs.add(
                    new BuildRecord.Input(
                            String.valueOf(file.getFileName()),
                            Files.size(file),
                            Hashes.sha256(file)));
        }
        return inputs;
    }

    /// Empties the work folder where it stems from other inputs or settings, or from another
    /// program, and makes it where there is none.
    static void keepWorkOf(
            BuildConfig config,
            List<BuildRecord.Input> inputs,
            Set<String> takenDown,
            @Nullable String checkpoint,
            Path work)
            throws IOException {
        Path file = work.resolve(FILE);
        String origin =
                Json.MAPPER.writeValueAsString(origin(config, inputs, takenDown, checkpoint));
        if (Files.isRegularFile(file) && Files.readString(file).equals(origin)) return;
        AtomicFiles.deleteTree(work);
        AtomicFiles.writeString(file, origin);
    }

    private static Map<String, Object> origin(
            BuildConfig config,
            List<BuildRecord.Input> inputs,
            Set<String> takenDown,
            @Nullable String checkpoint)
            throws IOException {
        Map<String, Object> origin = new LinkedHashMap<>();
        origin.put("program", program());
        origin.put("settings", config.settings());
        origin.put("inputs", inputs);
        origin.put(
                "posts",
                config.posts().stream().map(path -> path.toAbsolutePath().toString()).toList());
        origin.put("takenDown", takenDown);
        Path filter = config.pictureFilter();
        origin.put("pictureFilter", filter == null ? "shipped" : Hashes.sha256(filter));
        if (checkpoint != null) origin.put("checkpoint", checkpoint);
        origin.put("evaluation", Hashes.sha256(evaluation(config)));
        return origin;
    }

    /// Names, captions and the state of the files of all evaluation sets; their pictures are not
    /// read for this.
    private static byte[] evaluation(BuildConfig config) throws IOException {
        StringBuilder all = new StringBuilder();
        for (EvaluationSet set : config.exclude()) {
            for (EvaluationSet.Sample sample : set.samples()) {
                Path file = sample.picture();
                all.append(sample.name()).append('\0').append(file.toAbsolutePath()).append('\0');
                all.append(sample.caption()).append('\0');
                if (Files.isRegularFile(file)) {
                    all.append(Files.size(file))
                            .append(' ')
                            .append(Files.getLastModifiedTime(file));
                }
                all.append('\n');
            }
        }
        return all.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Which program this is: its commit, and when its classes were made.
    private static String program() throws IOException {
        String commit = System.getProperty("org.openplip.commit", "unknown");
        try {
            Path classes =
                    Path.of(
                            BuildOrigin.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            try (Stream<Path> files = Files.walk(classes)) {
                long newest = 0;
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    newest = Math.max(newest, Files.getLastModifiedTime(file).toMillis());
                }
                return commit + " " + newest;
            }
        } catch (URISyntaxException e) {
            throw new IOException("where the program's classes are cannot be told", e);
        }
    }
}
