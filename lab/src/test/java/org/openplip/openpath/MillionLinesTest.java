package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Progress;

class MillionLinesTest {
    private static final int LINES = 1_000_000;
    private static final int MALFORMED = 654_321;

    @TempDir private Path folder;

    @Test
    void oneMalformedLineInAMillionIsOneCountedReject() throws IOException {
        Path posts = folder.resolve("posts.jsonl");
        try (BufferedWriter out = Files.newBufferedWriter(posts)) {
            for (int line = 1; line <= LINES; line++) {
                out.write("{\"id\":\"" + line + "\",\"text\":\"RT @a Nice one\"");
                out.write(line == MALFORMED ? "\n" : ",\"created_at\":\"2022-05-05T00:00:00Z\"}\n");
            }
        }
        Path out = folder.resolve("release");
        BuildSummary summary =
                OpenPathBuild.run(BuildConfig.of(List.of(posts), out, List.of()), Progress.none());
        assertThat(summary.flow().getFirst())
                .isEqualTo(FlowStep.of("parse", "line", LINES, Map.of("malformed", 1L)));
        assertThat(summary.rejected()).isEqualTo(LINES);
        List<String> places = new ArrayList<>();
        ParquetTable.forEach(
                out.resolve("rejected.parquet"),
                Rejection.class,
                row -> {
                    if (row.reason().equals("malformed")) places.add(row.place());
                });
        assertThat(places).containsExactly("posts.jsonl:" + MALFORMED);
    }
}
