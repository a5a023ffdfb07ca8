package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.openplip.report.DataSetPage;
import org.openplip.report.DataSetPage.DataSet;
import org.openplip.report.DataSetPage.Hashtag;
import org.openplip.report.DataSetPage.Month;
import org.openplip.report.DataSetPage.Source;
import org.openplip.report.Results;

/// Counts a release for `openpath.html`.
final class ReleasePage {
    private ReleasePage() {}

    static void write(Path file, BuildRecord record, List<FlowStep> flow, List<Pair> pairs)
            throws IOException {
        Set<String> posts = new HashSet<>();
        Set<String> pictures = new HashSet<>();
        Set<String> authors = new HashSet<>();
        Map<String, List<Integer>> words = new LinkedHashMap<>();
        for (String source : List.of("post", "reply", "web")) {
            words.put(source, new ArrayList<>());
        }
        Map<String, long[]> hashtags = new TreeMap<>();
        Map<String, long[]> months = new TreeMap<>();
        Set<String> shown =
                record.settings().requireHashtag() ? Set.copyOf(WordList.hashtags()) : Set.of();
        long train = 0;
        for (Pair pair : pairs) {
            posts.add(pair.postId());
            pictures.add(pair.duplicateGroup());
            if (pair.authorId() != null) authors.add(pair.authorId());
            words.computeIfAbsent(pair.source(), _ -> new ArrayList<>())
                    .add(TextCleaner.words(pair.caption()));
            for (String hashtag : pair.hashtags()) {
                if (!shown.isEmpty() && !shown.contains(hashtag)) continue;
                hashtags.computeIfAbsent(hashtag, _ -> new long[2])[
                        pair.source().equals("reply") ? 1 : 0]++;
            }
            boolean isTrain = pair.split().equals("train");
            if (isTrain) train++;
            String month = pair.createdAt().atOffset(ZoneOffset.UTC).toString().substring(0, 7);
            months.computeIfAbsent(month, _ -> new long[2])[isTrain ? 0 : 1]++;
        }
        DataSetPage.write(
                file,
                new DataSet(
                        record.notice(),
                        pairs.size(),
                        train,
                        pictures.size(),
                        posts.size(),
                        authors.size(),
                        record.settings().trainUntil(),
                        record.settings().validationUntil(),
                        record.inputs().stream()
                                .map(input -> input.name() + " sha256 " + input.sha256())
                                .toList(),
                        flow.stream()
                                .map(
                                        step ->
                                                new Results.Step(
                                                        step.step(),
                                                        step.unit(),
                                                        step.in(),
                                                        step.out(),
                                                        step.rejected()))
                                .toList(),
                        words.entrySet().stream()
                                .filter(entry -> !entry.getValue().isEmpty())
                                .map(entry -> new Source(entry.getKey(), entry.getValue()))
                                .toList(),
                        hashtags.entrySet().stream()
                                .map(
                                        entry ->
                                                new Hashtag(
                                                        entry.getKey(),
                                                        entry.getValue()[0],
                                                        entry.getValue()[1]))
                                .toList(),
                        months.entrySet().stream()
                                .map(
                                        entry ->
                                                new Month(
                                                        entry.getKey(),
                                                        entry.getValue()[0],
                                                        entry.getValue()[1]))
                                .toList()));
    }
}
