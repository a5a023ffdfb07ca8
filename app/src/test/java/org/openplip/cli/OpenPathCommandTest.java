package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.index.IndexContents;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.OpenPathBuild;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;
import org.openplip.openpath.Takedown;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;
import org.openplip.search.Item;
import org.openplip.search.SearchIndex;

class OpenPathCommandTest {
    @TempDir private Path folder;

    private static List<Pair> pairs(Path release) throws IOException {
        try (Release open = Release.open(release)) {
            return open.pairs();
        }
    }

    private static void add(SearchIndex index, String id, String path, String caption)
            throws IOException {
        index.add(new Item(id, "picture", "atlas", path, caption, "", null, new float[] {1, 0}));
    }

    @Test
    void whatIsRemovedIsGoneFromReleaseAndIndexesAndSaidSo() throws IOException {
        Path world = folder.resolve("world");
        Path release = folder.resolve("release");
        PhantomWorld.write(world, new PhantomOptions(60, 1, 5, 2), Progress.none());
        OpenPathBuild.run(
                BuildConfig.of(List.of(world.resolve("posts.jsonl")), release, List.of()),
                Progress.none());
        List<Pair> before = pairs(release);
        Pair first = before.getFirst();
        Pair last = before.getLast();

        // One is known by its name, one by the bytes of its file, a third stays.
        Path named = folder.resolve("index");
        Path copy = folder.resolve("a-copy.jpg");
        try (Release open = Release.open(release);
                SearchIndex index = SearchIndex.create(named, 2)) {
            Files.write(copy, open.picture(first));
            add(index, "atlas/" + first.key() + ".jpg", "gone.jpg", first.caption());
            add(index, "atlas/renamed.jpg", copy.toString(), first.caption());
            add(index, "atlas/" + last.key() + ".jpg", "gone.jpg", last.caption());
            index.commit();
        }
        Json.write(
                named.resolve("index.json"),
                new IndexContents("c", "", 3, 0, 0, List.of(), List.of()));

        Ended why = plip("openpath", "why", first.mediaKey(), "--release", release);
        assertThat(why.exitCode()).isZero();
        assertThat(why.out()).contains("kept", "yes duplicate", first.caption());

        Path ids = folder.resolve("ids");
        Ended removed =
                plip(
                        "openpath",
                        "remove",
                        "--release",
                        release,
                        "--id",
                        first.mediaKey(),
                        "--index",
                        named,
                        "--ids-only",
                        ids);
        assertThat(removed.exitCode()).isZero();
        assertThat(removed.out()).contains("2 items of 1 indexes");
        assertThat(pairs(release)).noneMatch(pair -> pair.mediaKey().equals(first.mediaKey()));
        assertThat(ids.resolve("ids.parquet")).isRegularFile();
        try (SearchIndex index = SearchIndex.open(named)) {
            assertThat(index.size()).isEqualTo(1);
        }
        assertThat(Json.read(named.resolve("index.json")).path("pictures").asInt()).isEqualTo(1);

        // One that was killed after its plan is finished without being named.
        Takedown.begin(release, Set.of(last.key()), Instant.EPOCH);
        assertThat(plip("openpath", "why", last.key(), "--release", release).exitCode())
                .isEqualTo(1);
        assertThat(plip("openpath", "remove", "--release", release, "--index", named).exitCode())
                .isZero();
        assertThat(pairs(release)).noneMatch(pair -> pair.key().equals(last.key()));
        try (SearchIndex index = SearchIndex.open(named)) {
            assertThat(index.size()).isZero();
        }
        assertThat(plip("openpath", "remove", "--release", release, "--id", "no").exitCode())
                .isEqualTo(1);
    }
}
