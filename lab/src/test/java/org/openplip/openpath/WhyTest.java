package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

class WhyTest {
    @TempDir static Path folder;
    private static Path release = Path.of("");

    @BeforeAll
    static void buildsARelease() throws IOException {
        Path world = folder.resolve("world");
        release = folder.resolve("release");
        PhantomWorld.write(world, new PhantomOptions(400, 2, 88, 2), Progress.none());
        BuildConfig plain =
                BuildConfig.of(List.of(world.resolve("posts.jsonl")), release, List.of());
        OpenPathBuild.run(
                new BuildConfig(
                        plain.posts(),
                        release,
                        List.of(EvaluationSet.folder(world.resolve("heldout"))),
                        null,
                        2,
                        plain.settings()),
                Progress.none());
    }

    /// Each answer is a heading and the indented lines below it.
    private static List<String> answers(Why why, String id) throws IOException {
        List<String> answers = new ArrayList<>();
        for (String line : why.explain(id)) {
            if (line.startsWith(" ")) answers.add(answers.removeLast() + "\n" + line);
            else answers.add(line);
        }
        return answers;
    }

    @Test
    void everyRejectedRowIsExplainedUnderEachOfItsIds() throws IOException {
        Why why = Why.of(release);
        List<Rejection> rows =
                ParquetTable.read(release.resolve(ReleaseFiles.REJECTED), Rejection.class);
        Set<String> lostToAnother = new TreeSet<>();
        for (Rejection row : rows) {
            List<String> ids = new ArrayList<>(row.mediaKeys());
            ids.add(row.place());
            if (row.postId() != null) ids.add(row.postId());
            if (row.mediaKey() != null) ids.add(row.mediaKey());
            if (row.authorId() != null) ids.add(row.authorId());
            for (String id : ids) {
                assertThat(answers(why, id))
                        .as("%s for %s", id, row)
                        .anySatisfy(
                                answer -> {
                                    assertThat(answer)
                                            .contains("(" + row.place() + "): rejected\n")
                                            .contains("  no  " + row.rule() + ": " + row.reason())
                                            .contains(row.detail());
                                    if (row.of() != null) assertThat(answer).contains(row.of());
                                    for (String rule : row.passed()) {
                                        assertThat(answer).contains("  yes " + rule + "\n");
                                    }
                                });
            }
            if (row.of() != null) lostToAnother.add(row.rule());
        }
        assertThat(lostToAnother).contains("duplicate", "test_leak", "most_likes");
        assertThat(rows.stream().map(Rejection::rule).distinct().count()).isGreaterThan(10);
    }

    @Test
    void everyPairIsExplainedUnderEachOfItsIds() throws IOException {
        Why why = Why.of(release);
        List<Pair> pairs = ParquetTable.read(release.resolve(ReleaseFiles.PAIRS), Pair.class);
        assertThat(pairs).isNotEmpty();
        for (Pair pair : pairs) {
            for (String id :
                    List.of(pair.key(), pair.mediaKey(), pair.postId(), pair.captionPostId())) {
                assertThat(answers(why, id))
                        .as(id)
                        .anySatisfy(
                                answer ->
                                        assertThat(answer)
                                                .startsWith("pair " + pair.key() + " (")
                                                .contains(": kept, ", pair.split(), pair.shard())
                                                .contains("  caption: " + pair.caption())
                                                .contains("  yes " + pair.rules().getLast()));
            }
        }
    }

    @Test
    void whatIsKeptTellsOfTheCopiesThatItStandsFor() throws IOException {
        Why why = Why.of(release);
        int copies = 0;
        for (Rejection row :
                ParquetTable.read(release.resolve(ReleaseFiles.REJECTED), Rejection.class)) {
            if (!row.rule().equals("duplicate") || row.of() == null) continue;
            boolean kept = why.explain(row.of()).stream().anyMatch(line -> line.contains(": kept"));
            if (!kept) continue;
            copies++;
            assertThat(why.explain(row.of()))
                    .anyMatch(
                            line ->
                                    line.startsWith("  stands for picture " + row.mediaKey() + " ")
                                            && line.contains("(" + row.place() + ")"));
        }
        assertThat(copies).isPositive();
    }

    @Test
    void whatTheReleaseDoesNotKnowIsSaidToBeUnknown() throws IOException {
        Why why = Why.of(release);
        for (String unknown : List.of("nobody", "", "posts.jsonl:99999999", "posts.jsonl")) {
            assertThatThrownBy(() -> why.explain(unknown))
                    .as(unknown)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("knows no post, picture, pair or author " + unknown);
        }
    }
}
