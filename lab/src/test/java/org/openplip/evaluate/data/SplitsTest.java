package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// The paper's splits against pandas' (`make.py`), the clean ones against what they promise.
class SplitsTest {
    private static JsonNode pandas() throws IOException {
        return Json.read(Path.of("src/test/resources/org/openplip/evaluate/data/splits.json"));
    }

    private static Sample sample(
            int row, String label, @Nullable String group, @Nullable String organ) {
        return new Sample("" + row, Pictures.none(), label, null, group, organ, Split.TRAIN);
    }

    private static String hash(List<Sample> samples) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * samples.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Sample sample : samples) bytes.putInt(Integer.parseInt(sample.name()));
        return Hashes.sha256(bytes.array());
    }

    @Test
    void rowsAreShuffledAndCutAsPandasDoes() throws IOException {
        for (JsonNode expected : pandas().path("splits")) {
            List<Sample> rows = new ArrayList<>();
            for (int row = 0; row < expected.path("rows").asInt(); row++) {
                rows.add(sample(row, row * 7 % 5 < 2 ? "yes" : "no", "g", "o"));
            }
            List<Sample> split = PaperSplit.of(rows, List.of("yes", "no"));
            assertThat(hash(split)).isEqualTo(expected.path("sha256").asText());
            int train = expected.path("train").asInt();
            assertThat(split.subList(0, train)).allMatch(s -> s.split() == Split.TRAIN);
            assertThat(split.subList(train, split.size())).allMatch(s -> s.split() == Split.TEST);
        }
    }

    @Test
    void strataAreCutAsPandasDoes() throws IOException {
        List<Sample> rows = new ArrayList<>();
        for (String label : List.of("malignant", "benign")) {
            for (int row = 0; row < 6234; row++) {
                boolean malignant = row * 5 % 7 < 3;
                if (malignant != label.equals("malignant")) continue;
                rows.add(sample(row, label, "g", "organ " + row * row % 19));
            }
        }
        List<Sample> split = PanNuke.paperSplit(rows);
        JsonNode expected = pandas().path("strata");
        assertThat(hash(split)).isEqualTo(expected.path("sha256").asText());
        assertThat(split.stream().filter(s -> s.split() == Split.TRAIN))
                .hasSize(expected.path("train").asInt());
        assertThat(split.getLast().split()).isEqualTo(Split.TEST);
    }

    @Test
    void groupsStayTogetherAndLabelsKeepTheirShares() {
        List<Sample> rows = new ArrayList<>();
        for (int row = 0; row < 3000; row++) {
            String group = "slide " + row * 31 % 211; // one of 211, of one label each
            rows.add(sample(row, row * 31 % 211 < 40 ? "rare" : "common", group, "o"));
        }
        List<Sample> split = GroupedSplit.of(rows);
        assertThat(split)
                .extracting(Sample::name)
                .isEqualTo(rows.stream().map(Sample::name).toList());
        Set<String> seen = new HashSet<>();
        for (Split part : Split.values()) {
            Set<String> groups = new HashSet<>();
            for (Sample sample : split) if (sample.split() == part) groups.add(sample.group());
            for (String group : groups) assertThat(seen.add(group)).as(group).isTrue();
        }
        for (String label : List.of("rare", "common")) {
            double all = rows.stream().filter(s -> label.equals(s.label())).count();
            assertThat(share(split, Split.TEST, label) / all).isBetween(0.28, 0.33);
            assertThat(share(split, Split.VALIDATION, label) / all).isBetween(0.07, 0.13);
        }
        assertThat(GroupedSplit.of(rows)).isEqualTo(split);
    }

    private static double share(List<Sample> samples, Split split, String label) {
        return samples.stream().filter(s -> s.split() == split && label.equals(s.label())).count();
    }

    @Test
    void validationComesFromTheTrainingPicturesAlone() {
        List<Sample> rows = new ArrayList<>();
        for (int row = 0; row < 200; row++) {
            Sample one = sample(row, row % 2 == 0 ? "a" : "b", null, null);
            rows.add(row < 100 ? one : one.in(Split.TEST));
        }
        List<Sample> split = GroupedSplit.withValidation(rows);
        assertThat(split.subList(100, 200)).isEqualTo(rows.subList(100, 200));
        assertThat(share(split, Split.VALIDATION, "a")).isEqualTo(5);
        assertThat(share(split, Split.VALIDATION, "b")).isEqualTo(5);
    }

    @Test
    void oneGroupAloneIsTheTest() {
        List<Sample> rows = List.of(sample(0, "a", "g", null), sample(1, "a", "g", null));
        assertThat(GroupedSplit.of(rows)).allMatch(s -> s.split() == Split.TEST);
        assertThat(GroupedSplit.of(List.of())).isEmpty();
    }
}
