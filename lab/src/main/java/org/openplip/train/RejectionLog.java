package org.openplip.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// `rejected.jsonl` of a run: each row that is not used, once, with what it failed and why. Too
/// many of them end the run.
///
/// Safe to use from several threads. Each of several processes appends what it meets, and counts
/// what it knows of.
final class RejectionLog {
    /// The file's name in a run's folder.
    static final String NAME = "rejected.jsonl";

    private final Path file;
    private final long rows;
    private final double atMost;
    private final Set<RejectedRow> known = new HashSet<>();

    private RejectionLog(Path file, long rows, double atMost) {
        this.file = file;
        this.rows = rows;
        this.atMost = atMost;
    }

    /// Writes what was rejected when the sources were opened, beside what an earlier process of the
    /// run met; for one process, before others [#open] the log.
    ///
    /// @throws DataException if it is more than a share of `atMost`
    static void begin(Path run, TrainingData data, double atMost) throws IOException {
        RejectionLog log = open(run, data, atMost);
        log.known.addAll(data.rejected());
        StringBuilder lines = new StringBuilder();
        Set<RejectedRow> written = new HashSet<>();
        List<RejectedRow> all = new ArrayList<>(data.rejected());
        all.addAll(read(log.file));
        for (RejectedRow row : all) {
            if (written.add(row)) lines.append(Json.MAPPER.writeValueAsString(row)).append('\n');
        }
        if (lines.isEmpty()) return;
        AtomicFiles.writeString(log.file, lines.toString());
        log.check(all.getFirst());
    }

    /// The log of a run that has begun.
    static RejectionLog open(Path run, TrainingData data, double atMost) throws IOException {
        RejectionLog log = new RejectionLog(run.resolve(NAME), data.rows(), atMost);
        log.known.addAll(read(log.file));
        return log;
    }

    /// What stands in the file; a line that a power cut left unfinished does not.
    private static List<RejectedRow> read(Path file) throws IOException {
        List<RejectedRow> rows = new ArrayList<>();
        if (!Files.exists(file)) return rows;
        for (String line : Files.readAllLines(file)) {
            try {
                rows.add(Json.MAPPER.readValue(line, RejectedRow.class));
            } catch (JsonProcessingException _) {
                // The picture is met again, and written down then.
            }
        }
        return rows;
    }

    /// Writes down that a picture cannot be decoded, unless that is known.
    ///
    /// @throws DataException if that makes too many
    synchronized void undecodable(DataException why) throws IOException {
        String row = why.position() == null ? why.source() : why.source() + ": " + why.position();
        RejectedRow rejected = new RejectedRow(row, RejectedRow.Rule.UNDECODABLE, why.reason());
        if (!known.add(rejected)) return;
        Files.write(
                file,
                (Json.MAPPER.writeValueAsString(rejected) + "\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        check(rejected);
    }

    /// How many rows are known to be rejected.
    synchronized int count() {
        return known.size();
    }

    private synchronized void check(RejectedRow shown) throws DataException {
        if (known.size() <= atMost * rows) return;
        throw new DataException(
                file,
                ("%d of %d rows cannot be used, more than data.rejected_at_most = %s lets pass; such"
                                + " as %s: %s")
                        .formatted(known.size(), rows, atMost, shown.row(), shown.reason()));
    }
}
