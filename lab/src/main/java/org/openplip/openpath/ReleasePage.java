package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.openplip.report.DataSetPage;
import org.openplip.report.DataSetPage.DataSet;
import org.openplip.report.DataSetPage.Hashtag;
import org.openplip.report.DataSetPage.Month;
import org.openplip.report.DataSetPage.Source;
import org.openplip.report.Results;

/// Counts a release for `openpath.html`.
final class ReleasePage {
    private ReleasePage() {}

    static void write(Path file, BuildRecord record, List<FlowStep> flow, ReleaseContents contents)
            throws IOException {
        Set<String> shown =
                record.settings().requireHashtag() ? Set.copyOf(WordList.hashtags()) : Set.of();
        DataSetPage.write(
                file,
                new DataSet(
                        record.notice(),
                        contents.pairs(),
                        contents.all().train(),
                        contents.pictures(),
                        contents.posts(),
                        contents.authors(),
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
                        contents.sources().entrySet().stream()
                                .map(entry -> new Source(entry.getKey(), entry.getValue().words()))
                                .toList(),
                        contents.hashtags().entrySet().stream()
                                .filter(entry -> shown.isEmpty() || shown.contains(entry.getKey()))
                                .map(
                                        entry ->
                                                new Hashtag(
                                                        entry.getKey(),
                                                        entry.getValue()[0],
                                                        entry.getValue()[1]))
                                .toList(),
                        contents.months().entrySet().stream()
                                .map(
                                        entry ->
                                                new Month(
                                                        entry.getKey(),
                                                        entry.getValue()[0],
                                                        entry.getValue()[1]))
                                .toList()));
    }
}
