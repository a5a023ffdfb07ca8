package org.openplip.openpath;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;

/// The captions and pictures of all evaluation sets in one file, from which every worker learns
/// what must not get into a release.
final class EvaluationFile {
    /// @param caption null for none
    /// @param picture its file
    /// @param look null where it could not be read
    private record Entry(
            String name,
            @Nullable String caption,
            String picture,
            NearDuplicates.@Nullable Look look) {}

    /// The pictures, found by likeness.
    ///
    /// @param files by place in `prints`
    record Pictures(NearDuplicates prints, List<Path> files) {}

    private EvaluationFile() {}

    /// @param prints those that could be taken, by the number of their sample, in order
    static void write(Path file, List<EvaluationSet.Sample> samples, Engine.Cursor prints)
            throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    DataOutputStream data = new DataOutputStream(out);
                    Row print = prints.hasNext() ? prints.next() : null;
                    for (int i = 0; i < samples.size(); i++) {
                        EvaluationSet.Sample sample = samples.get(i);
                        Encoder entry =
                                new Encoder()
                                        .text(sample.name())
                                        .optional(sample.caption())
                                        .text(sample.picture().toString());
                        if (print != null && new Decoder(print.key()).int64() == i) {
                            entry.int8(1).raw(print.value());
                            print = prints.hasNext() ? prints.next() : null;
                        } else {
                            entry.int8(0);
                        }
                        byte[] bytes = entry.bytes();
                        data.writeInt(bytes.length);
                        data.write(bytes);
                    }
                    data.writeInt(-1);
                    data.flush();
                });
    }

    static CaptionLeaks captions(String file) throws IOException {
        CaptionLeaks captions = new CaptionLeaks();
        try (DataInputStream in = open(file)) {
            for (Entry entry = read(in); entry != null; entry = read(in)) {
                if (entry.caption != null) captions.add(entry.name, entry.caption);
            }
        }
        return captions;
    }

    /// @param width of the embeddings
    static Pictures pictures(String file, BuildSettings settings, int width) throws IOException {
        Path scratch = Path.of(file).toAbsolutePath().resolveSibling("");
        NearDuplicates prints = NearDuplicates.inMemory(settings, width, scratch);
        List<Path> files = new ArrayList<>();
        try (DataInputStream in = open(file)) {
            for (Entry entry = read(in); entry != null; entry = read(in)) {
                if (entry.look == null) continue;
                prints.add(entry.name, entry.look);
                files.add(Path.of(entry.picture));
            }
        }
        return new Pictures(prints, files);
    }

    private static DataInputStream open(String file) throws IOException {
        return new DataInputStream(
                new BufferedInputStream(Files.newInputStream(Path.of(file)), 1 << 16));
    }

    private static @Nullable Entry read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) return null;
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        Decoder from = new Decoder(bytes);
        return new Entry(
                from.text(),
                from.optional(),
                from.text(),
                from.int8() == 0 ? null : NearDuplicates.Look.decode(from));
    }
}
