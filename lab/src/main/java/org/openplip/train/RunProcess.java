package org.openplip.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;

/// `process.json`: the process that trains, or was the last to train, a run.
///
/// @param host the machine's name
/// @param pid of the process on that machine
/// @param processStarted ISO 8601; tells the process from a later one of the same number
/// @param began ISO 8601, when it began to take steps
/// @param from steps that were done before
/// @param steps all steps of the run
/// @param stopped why it gave up; null where it did not
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunProcess(
        String host,
        long pid,
        String processStarted,
        String began,
        long from,
        long steps,
        @Nullable String stopped) {
    private static final String FILE = "process.json";

    /// A clock that was set makes the system tell another time for the same start.
    private static final Duration SAME_START = Duration.ofMinutes(1);

    /// Whether a process is there.
    public enum Life {
        ALIVE,
        GONE,
        /// It is on another machine.
        UNKNOWN
    }

    /// This process, which begins now.
    static RunProcess current(long from, long steps) {
        ProcessHandle own = ProcessHandle.current();
        Instant now = Instant.now();
        return new RunProcess(
                thisHost(),
                own.pid(),
                own.info().startInstant().orElse(now).toString(),
                now.toString(),
                from,
                steps,
                null);
    }

    /// What stands in the folder of a run; none before its first step.
    public static Optional<RunProcess> read(Path run) throws IOException {
        Path file = run.resolve(FILE);
        return Files.exists(file)
                ? Optional.of(Json.read(file, RunProcess.class))
                : Optional.empty();
    }

    void write(Path run) throws IOException {
        Json.write(run.resolve(FILE), this);
    }

    RunProcess stopped(String reason) {
        return new RunProcess(host, pid, processStarted, began, from, steps, reason);
    }

    /// Whether the process is there still.
    public Life life() {
        if (!host.equals(thisHost())) return Life.UNKNOWN;
        Instant expected = Instant.parse(processStarted);
        return ProcessHandle.of(pid)
                        .flatMap(process -> process.info().startInstant())
                        .map(started -> Duration.between(expected, started).abs())
                        .filter(apart -> apart.compareTo(SAME_START) < 0)
                        .isPresent()
                ? Life.ALIVE
                : Life.GONE;
    }

    private static String thisHost() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost"; // a machine whose name stands nowhere
        }
    }
}
