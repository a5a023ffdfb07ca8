package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.Summary;
import org.tensorflow.hadoop.util.TFRecordReader;
import org.tensorflow.util.Event;
import org.tensorflow.util.SessionLog;

/// Read back with TensorFlow's own classes, which check the checksums.
class EventFileTest {
    private static final InstantSource NOON =
            InstantSource.fixed(Instant.parse("2026-11-25T12:00:00.25Z"));

    @TempDir private Path run;

    /// The events of all files in `run`, in the order in which TensorBoard reads them.
    private static List<Event> events(Path run) throws IOException {
        List<Event> events = new ArrayList<>();
        for (Path file : files(run)) {
            try (InputStream in = Files.newInputStream(file)) {
                TFRecordReader reader = new TFRecordReader(in, true);
                for (byte[] event = reader.read(); event != null; event = reader.read()) {
                    events.add(Event.parseFrom(event));
                }
            }
        }
        return events;
    }

    private static List<Path> files(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run)) {
            return files.filter(file -> file.getFileName().toString().contains("tfevents"))
                    .sorted()
                    .toList();
        }
    }

    /// The numbers of all files in `run`, as `STEP TAG VALUE`.
    static List<String> scalars(Path run) throws IOException {
        List<String> scalars = new ArrayList<>();
        for (Event event : events(run)) {
            for (Summary.Value value : event.getSummary().getValueList()) {
                scalars.add(event.getStep() + " " + value.getTag() + " " + value.getSimpleValue());
            }
        }
        return scalars;
    }

    private void write(long after, long... steps) throws IOException {
        try (EventFile file = EventFile.open(run, after, NOON)) {
            for (long step : steps) file.add(step, Map.of("train/loss", step / 2.0));
        }
    }

    @Test
    void tensorFlowReadsTheNumbersWithStepAndTime() throws IOException {
        try (EventFile file = EventFile.open(run, 0, NOON)) {
            file.add(1, Map.of("train/loss", 4.5));
            file.add(300_000_000_000L, Map.of("validation/loss", 1e-3));
        }
        List<Event> events = events(run);
        assertThat(events.getFirst().getFileVersion()).isEqualTo("brain.Event:2");
        assertThat(events)
                .allSatisfy(event -> assertThat(event.getWallTime()).isEqualTo(1795608000.25));
        assertThat(scalars(run))
                .containsExactly("1 train/loss 4.5", "300000000000 validation/loss 0.001");
    }

    @Test
    void aRunThatGoesOnHasEachStepOnceAndLaterOnesAreForgotten() throws IOException {
        write(0, 1, 2, 3, 3, 4, 5, 300);
        write(3, 4, 5);
        write(4, 5, 6);
        assertThat(scalars(run))
                .containsExactly(
                        "1 train/loss 0.5",
                        "2 train/loss 1.0",
                        "3 train/loss 1.5",
                        "3 train/loss 1.5",
                        "4 train/loss 2.0",
                        "5 train/loss 2.5",
                        "6 train/loss 3.0");
        // By this a TensorBoard that has read more gives up what it holds of that step and later.
        assertThat(events(run))
                .filteredOn(
                        event ->
                                event.getSessionLog().getStatus() == SessionLog.SessionStatus.START)
                .extracting(Event::getStep)
                .containsExactly(4L, 5L);
        assertThat(files(run)).hasSize(3);
    }

    @Test
    void whatWasWrittenInPartOrDamagedIsCutOff() throws IOException {
        write(0, 1, 2, 3);
        Path file = files(run).getFirst();
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 3));
        write(9, 10);
        assertThat(scalars(run))
                .containsExactly("1 train/loss 0.5", "2 train/loss 1.0", "10 train/loss 5.0");
        Files.write(file, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        write(10, 11);
        assertThat(scalars(run)).hasSize(4).endsWith("11 train/loss 5.5");
    }
}
