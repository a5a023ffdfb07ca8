package org.openplip.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.LocalEngine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

class SparkEngineTest {
    private static final long SEED = 17;

    @TempDir static Path folder;
    private static JavaSparkContext spark;
    private static List<Path> files = List.of();
    private static List<String> expected = List.of();

    @BeforeAll
    static void startsThreads() throws IOException {
        System.out.println("SparkEngineTest: seed " + SEED);
        Random random = new Random(SEED);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            if (i % 7 == 0) text.append(i % 2 == 0 ? "" : " \t\r").append('\n');
            text.append("all");
            for (int word = 0; word < 6; word++) text.append(" w").append(random.nextInt(400));
            text.append(i % 2 == 0 ? "\r\n" : "\n");
        }
        Path first = Files.writeString(folder.resolve("first"), text);
        Path empty = Files.createFile(folder.resolve("empty"));
        Path last = Files.writeString(folder.resolve("last"), "\nall of it, ü, without an end");
        Path tooLong =
                Files.writeString(folder.resolve("too-long"), "a\n\n" + "x".repeat((1 << 20) + 1));
        files = List.of(first, empty, last, tooLong);
        LocalEngine.Settings settings = new LocalEngine.Settings(2, 1 << 20, Duration.ofHours(1));
        try (Engine local = new LocalEngine(folder.resolve("local"), settings, Progress.none())) {
            expected = WordCount.of(files, local);
        }
        spark = Clusters.threads(folder);
    }

    @AfterAll
    static void stops() {
        spark.close();
    }

    @Test
    void theReferenceCountsTheWordInEveryLine() {
        // Five rows a word, of which this is the first: 0, "all", 3001 times, from line 2 of file 0
        // to line 2 of file 2.
        assertThat(expected)
                .contains(
                        "00616c6c=00000bb9"
                                + "000000000000000000000002"
                                + "000000020000000000000002");
        assertThat(expected).contains("00000003" + "0000000000000003" + "=");
    }

    @Test
    void givesTheRowsOfOneMachineWhateverThePartitions() throws IOException {
        for (long bytes : new long[] {SparkEngine.PARTITION_BYTES, 50_000}) {
            try (SparkEngine engine = new SparkEngine(spark, bytes)) {
                assertThat(WordCount.of(files, engine)).isEqualTo(expected);
            }
        }
    }

    /// 24 MiB for each row, which is more than waits in memory.
    record Large() implements Stage {
        @Override
        public Step open() {
            return (rows, out) -> {
                while (rows.hasNext()) {
                    byte[] key = rows.next().key();
                    for (int i = 0; i < 24; i++) {
                        byte[] value = new byte[1 << 20];
                        value[value.length - 1] = (byte) i;
                        out.row(0, key, value);
                    }
                }
            };
        }
    }

    @Test
    void whatDoesNotFitIntoMemoryWaitsInAFile() throws IOException {
        try (SparkEngine engine = new SparkEngine(spark, SparkEngine.PARTITION_BYTES)) {
            Engine.Table two =
                    engine.rows(
                            "two",
                            out -> {
                                out.row(0, new byte[] {1}, new byte[0]);
                                out.row(0, new byte[] {2}, new byte[0]);
                            });
            Engine.Table large = engine.map("large", List.of(two.channel(0)), new Large());
            List<String> seen = new ArrayList<>();
            try (Engine.Cursor rows = engine.sorted(List.of(large.channel(0)))) {
                while (rows.hasNext()) {
                    Row row = rows.next();
                    seen.add(row.key()[0] + ":" + row.value()[(1 << 20) - 1]);
                }
            }
            List<String> all = new ArrayList<>();
            for (int key = 1; key <= 2; key++) for (int i = 0; i < 24; i++) all.add(key + ":" + i);
            assertThat(seen).isEqualTo(all);
        }
    }

    @Test
    void saysWhatIsWrongWithTheDataInTheWordsOfTheStage() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad"), "fine\nfine\nhey!\n");
        try (SparkEngine engine = new SparkEngine(spark, 5)) {
            assertThatThrownBy(() -> WordCount.of(List.of(bad), engine))
                    .satisfiesAnyOf(
                            e -> assertThat(e).isInstanceOf(DataException.class),
                            e ->
                                    assertThat(e)
                                            .isInstanceOf(UncheckedIOException.class)
                                            .cause()
                                            .isInstanceOf(DataException.class))
                    .hasMessageContaining("posts: line 3: shouts");
        }
    }

    @Test
    void refusesAFileThatIsNotThere() throws IOException {
        Path missing = folder.resolve("missing");
        try (SparkEngine engine = new SparkEngine(spark, 5)) {
            assertThatThrownBy(() -> WordCount.of(List.of(missing), engine))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(missing + ": is missing on ");
        }
    }
}
