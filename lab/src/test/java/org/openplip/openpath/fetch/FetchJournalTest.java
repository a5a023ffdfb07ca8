package org.openplip.openpath.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

class FetchJournalTest {
    private static final long SEED = 5150;

    @TempDir private Path folder = Path.of("");

    private static Fetched failed(String url, String detail) {
        return Fetched.failed(url, "cut", detail, null, 1);
    }

    @Test
    void theLaterOfTwoLinesHoldsThroughEveryEndAndBeginning() throws IOException {
        System.out.println("FetchJournalTest: seed " + SEED);
        Random random = new Random(SEED);
        Map<String, Fetched> expected = new HashMap<>();
        for (int run = 0; run < 4; run++) {
            try (FetchJournal journal = FetchJournal.open(folder)) {
                expected.forEach(
                        (url, fetched) -> {
                            try {
                                assertThat(journal.of(url)).isEqualTo(fetched);
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
                for (int i = 0; i < 2000; i++) {
                    String url = "http://x.example/ä" + random.nextInt(1500);
                    Fetched now = failed(url, "d".repeat(random.nextInt(3000)) + "\n" + i);
                    journal.add(now);
                    expected.put(url, now);
                    assertThat(journal.of(url)).isEqualTo(now);
                }
                assertThat(journal.of("http://x.example/never")).isNull();
                if (run % 2 == 0) {
                    journal.finish();
                    for (Fetched one : expected.values()) {
                        assertThat(journal.of(one.url())).isEqualTo(one);
                    }
                    assertThat(Files.readAllLines(folder.resolve("fetch.jsonl")))
                            .hasSameSizeAs(expected.keySet());
                } else {
                    // Killed within a line.
                    Files.writeString(
                            folder.resolve("fetch.jsonl"),
                            "{\"url\":\"http://x.exa",
                            StandardOpenOption.APPEND);
                }
            }
        }
    }

    @Test
    void aLineOfSomethingElseIsNamed() throws IOException {
        try (FetchJournal journal = FetchJournal.open(folder)) {
            journal.add(failed("http://x.example/1", ""));
        }
        Files.writeString(folder.resolve("fetch.jsonl"), "{\"a\":1}\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> FetchJournal.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("fetch.jsonl")
                .hasMessageContaining("line 2");
    }
}
