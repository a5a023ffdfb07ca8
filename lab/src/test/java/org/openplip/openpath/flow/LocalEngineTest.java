package org.openplip.openpath.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Progress;

class LocalEngineTest {
    private static final long SEED = 20261125;

    @TempDir private Path folder;

    /// Splits a line into words: a row each, the word as key; long words into another channel.
    private record Words() implements Stage {
        @Override
        public Step open() {
            return (rows, out) -> {
                while (rows.hasNext()) {
                    Row row = rows.next();
                    String line = new String(row.value(), StandardCharsets.UTF_8);
                    for (String word : line.split(" ")) {
                        out.row(word.length() > 5 ? 2 : 1, utf8(word), row.key());
                    }
                }
            };
        }
    }

    /// Counts the rows of each key.
    private record Counts() implements Stage {
        @Override
        public Step open() {
            return (rows, out) -> {
                byte[] key = null;
                long count = 0;
                while (rows.hasNext()) {
                    Row row = rows.next();
                    if (key != null && Run.sameKey(new Row(key, key), row)) {
                        count++;
                        continue;
                    }
                    if (key != null) out.row(1, key, utf8(Long.toString(count)));
                    key = row.key();
                    count = 1;
                }
                if (key != null) out.row(1, key, utf8(Long.toString(count)));
            };
        }
    }

    /// Passes rows on, and fails at the given row.
    private record FailsAt(int row) implements Stage {
        private static final AtomicInteger SEEN = new AtomicInteger();

        @Override
        public Step open() {
            return (rows, out) -> {
                while (rows.hasNext()) {
                    Row next = rows.next();
                    if (SEEN.incrementAndGet() == row) throw new IOException("killed");
                    out.row(1, next.key(), next.value());
                }
            };
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private LocalEngine engine(String name, int threads, int memory) {
        return new LocalEngine(
                folder.resolve(name),
                new LocalEngine.Settings(threads, memory, Duration.ofDays(1)),
                Progress.none());
    }

    private static List<Row> rows(Engine engine, Engine.Rows... from) throws IOException {
        List<Row> rows = new ArrayList<>();
        try (Engine.Cursor cursor = engine.sorted(List.of(from))) {
            cursor.forEachRemaining(rows::add);
        }
        return rows;
    }

    private List<String> words(Random random, int lines, Path file) throws IOException {
        List<String> words = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < lines; line++) {
            List<String> some = new ArrayList<>();
            for (int word = 0; word <= random.nextInt(8); word++) {
                some.add(Integer.toString(random.nextInt(1 << random.nextInt(1, 24)), 36));
            }
            words.addAll(some);
            text.append(String.join(" ", some)).append('\n');
        }
        Files.writeString(file, text);
        return words;
    }

    @Test
    void countsOfWordsAreThoseOfAMapWithAnyThreadsAndMemory() throws IOException {
        System.out.println("LocalEngineTest: seed " + SEED);
        List<Path> files = List.of(folder.resolve("a"), folder.resolve("b"));
        TreeMap<String, Long> expected = new TreeMap<>(); // ASCII: the order of bytes
        for (Path file : files) {
            for (String word : words(new Random(SEED + file.hashCode()), 2000, file)) {
                expected.merge(word, 1L, Long::sum);
            }
        }
        for (int threads : List.of(1, 4)) {
            for (int memory : List.of(1, 5000, 1 << 20)) {
                try (LocalEngine engine = engine(threads + "-" + memory, threads, memory)) {
                    Engine.Table split = engine.lines("words", files, new Words());
                    Engine.Table counts =
                            engine.group(
                                    "counts",
                                    List.of(split.channel(1), split.channel(2)),
                                    new Counts());
                    TreeMap<String, Long> found = new TreeMap<>();
                    List<String> order = new ArrayList<>();
                    for (Row row : rows(engine, counts.channel(1))) {
                        order.add(text(row.key()));
                        found.merge(text(row.key()), Long.parseLong(text(row.value())), Long::sum);
                    }
                    assertThat(found).isEqualTo(expected);
                    assertThat(order).isSorted().doesNotHaveDuplicates();
                    assertThat(rows(engine, split.channel(2)))
                            .isSorted()
                            .allMatch(row -> row.key().length > 5);
                    assertThat(rows(engine, split.channel(3))).isEmpty();
                }
            }
        }
    }

    @Test
    void rowsComeInTheOrderOfTheirUnsignedBytes() throws IOException {
        Random random = new Random(SEED);
        List<Row> expected = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            byte[] key = new byte[random.nextInt(12)];
            byte[] value = new byte[random.nextInt(3)];
            random.nextBytes(key);
            random.nextBytes(value);
            for (int j = 0; j < key.length; j++) key[j] = (byte) (key[j] % 2 * 127);
            expected.add(new Row(key, value));
        }
        try (LocalEngine engine = engine("work", 2, 700)) {
            Engine.Table table =
                    engine.rows(
                            "rows",
                            out -> {
                                for (Row row : expected) out.row(7, row.key(), row.value());
                            });
            Collections.sort(expected);
            assertThat(rows(engine, table.channel(7)))
                    .usingElementComparator(Comparator.naturalOrder())
                    .isEqualTo(expected);
        }
    }

    @Test
    void aGroupLargerThanAChunkComesInOnePiece() throws IOException {
        byte[] big = new byte[1 << 20];
        try (LocalEngine engine = engine("work", 2, 1 << 22)) {
            Engine.Table table =
                    engine.rows(
                            "rows",
                            out -> {
                                for (int i = 0; i < 40; i++) {
                                    big[0] = (byte) i;
                                    out.row(1, utf8("big"), big.clone());
                                }
                                for (int i = 0; i < 2000; i++) {
                                    out.row(1, utf8("a" + i % 7), utf8("" + i));
                                    out.row(1, utf8("c" + i % 7), utf8("" + i));
                                }
                            });
            Engine.Table counts = engine.group("counts", List.of(table.channel(1)), new Counts());
            List<String> found = new ArrayList<>();
            for (Row row : rows(engine, counts.channel(1))) {
                found.add(text(row.key()) + " " + text(row.value()));
            }
            assertThat(found)
                    .hasSize(15)
                    .contains("big 40", "a0 286", "a6 285", "c0 286", "c6 285");
        }
    }

    @Test
    void aStageThatWasStoppedGoesOnWhereItWas() throws IOException {
        Path file = folder.resolve("a");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) lines.add("line " + i);
        Files.write(file, lines);
        FailsAt.SEEN.set(0);
        try (LocalEngine engine = engine("work", 1, 50_000)) {
            assertThatThrownBy(() -> engine.lines("lines", List.of(file), new FailsAt(15_000)))
                    .hasMessage("killed");
        }
        FailsAt.SEEN.set(0);
        try (LocalEngine engine = engine("work", 1, 50_000)) {
            Engine.Table table = engine.lines("lines", List.of(file), new FailsAt(-1));
            assertThat(FailsAt.SEEN.get()).isBetween(5_000, 9_000);
            assertThat(rows(engine, table.channel(1)).stream().map(row -> text(row.value())))
                    .isEqualTo(lines);
        }
    }

    @Test
    void keptRowsThatWereDamagedAreMadeAgain() throws IOException {
        Path file = folder.resolve("a");
        words(new Random(SEED), 3000, file);
        List<List<Row>> all = new ArrayList<>();
        for (String damage : List.of("none", "kept", "byte", "cut", "gone", "index")) {
            try (LocalEngine engine = engine("work", 2, 20_000)) {
                if (!damage.equals("none")) damage(folder.resolve("work/words"), damage);
                Engine.Table split = engine.lines("words", List.of(file), new Words());
                Engine.Table counts =
                        engine.group("counts", List.of(split.channel(1)), new Counts());
                all.add(rows(engine, counts.channel(1), split.channel(2)));
            }
        }
        for (List<Row> one : all) {
            assertThat(one)
                    .usingElementComparator(Comparator.naturalOrder())
                    .isEqualTo(all.getFirst());
        }
    }

    private static void damage(Path table, String how) throws IOException {
        Path run = table.resolve("000002.run");
        byte[] bytes = Files.readAllBytes(run);
        switch (how) {
            case "byte" -> {
                bytes[bytes.length / 2] ^= 1;
                Files.write(run, bytes);
            }
            case "cut" -> Files.write(run, java.util.Arrays.copyOf(bytes, bytes.length - 1));
            case "gone" -> Files.delete(run);
            case "index" -> Files.writeString(table.resolve("table.json"), "{\"from\":");
            default -> Files.writeString(table.resolve("000099.run"), "left by a killed process");
        }
    }

    @Test
    void aTableMadeOfOtherRowsIsNotKept() throws IOException {
        for (String line : List.of("one", "two")) {
            try (LocalEngine engine = engine("work", 1, 1000)) {
                // Another caller's table of the same name, so that what is made of it is stale.
                Engine.Table made = engine.rows(line, out -> out.row(1, utf8(line), utf8(line)));
                Engine.Table counts =
                        engine.group("counts", List.of(made.channel(1)), new Counts());
                Iterator<Row> rows = rows(engine, counts.channel(1)).iterator();
                assertThat(text(rows.next().key())).isEqualTo(line);
            }
        }
    }

    @Test
    void aNameStandsForOneTable() throws IOException {
        try (LocalEngine engine = engine("work", 1, 1000)) {
            engine.rows("rows", out -> out.row(1, utf8("a"), utf8("b")));
            assertThatThrownBy(() -> engine.rows("rows", _ -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rows");
        }
    }
}
