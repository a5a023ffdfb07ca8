package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openplip.cli.Ended.plip;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Plip;
import org.openplip.image.ImageDecoder;
import org.openplip.index.IndexContents;
import org.openplip.io.Progress;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.OpenPathBuild;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;
import org.openplip.openpath.ShardPicture;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;
import org.openplip.search.Filter;
import org.openplip.search.Item;
import org.openplip.search.SearchIndex;
import org.openplip.web.Encoder;
import org.openplip.web.PlipServer;
import org.openplip.web.ServerOptions;

class IndexCommandTest {
    @TempDir private Path folder = Path.of("");
    private Path model = Path.of("");
    private Path release = Path.of("");
    private Path index = Path.of("");

    @BeforeEach
    void indexesARelease() throws IOException {
        System.setProperty("org.openplip.home", Path.of("..").toAbsolutePath().toString());
        model = TinyCheckpoint.write(folder.resolve("model"));
        release = folder.resolve("release");
        index = folder.resolve("index");
        Path world = folder.resolve("world");
        PhantomWorld.write(world, new PhantomOptions(60, 1, 5, 2), Progress.none());
        OpenPathBuild.run(
                BuildConfig.of(List.of(world.resolve("posts.jsonl")), release, List.of()),
                Progress.none());
        Ended ended = plip("index", "--model", model, "--release", release, "--out", index);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.out()).startsWith(pairs().size() + " pictures and 0 tiles");
    }

    @AfterEach
    void forget() {
        System.clearProperty("org.openplip.home");
    }

    private List<Pair> pairs() throws IOException {
        try (Release open = Release.open(release)) {
            return open.pairs();
        }
    }

    @Test
    void everyPairIsFoundWithWhatTheTableSaysOfIt() throws IOException {
        assertThat(IndexContents.read(index).notice()).contains("drawings");
        try (Release open = Release.open(release);
                Plip plip = Plip.load(model);
                SearchIndex found = SearchIndex.open(index)) {
            assertThat(found.size()).isEqualTo(open.pairs().size());
            for (Pair pair : open.pairs()) {
                Item item = found.get("release/" + pair.key() + ".jpg").orElseThrow();
                assertThat(item.caption()).isEqualTo(pair.caption());
                assertThat(item.details().getOrDefault("hashtag", List.of()))
                        .isEqualTo(pair.hashtags());
                assertThat(item.details().get("split")).containsExactly(pair.split());
                if (pair.link() == null) assertThat(item.details()).doesNotContainKey("link");
                else assertThat(item.details().get("link")).containsExactly(pair.link());
                ShardPicture place =
                        Objects.requireNonNull(ShardPicture.parse(String.valueOf(item.path())));
                assertThat(place.read()).isEqualTo(open.picture(pair));
            }
            Pair first = open.pairs().getFirst();
            float[] query =
                    plip.encodePictures(
                                    List.of(ImageDecoder.decode(open.picture(first), first.key())))[
                            0];
            assertThat(found.nearest(query, 1, Filter.any()).getFirst().similarity())
                    .isGreaterThan(0.9999);
        }
    }

    @Test
    void whatIsTakenDownIsGoneFromTheIndexAndTheRestIsStillServed() throws Exception {
        List<Pair> before = pairs();
        Pair gone = before.getFirst();
        Ended removed =
                plip(
                        "openpath",
                        "remove",
                        "--release",
                        release,
                        "--id",
                        gone.postId(),
                        "--index",
                        index);
        assertThat(removed.exitCode()).as(removed.err()).isZero();
        List<Pair> after = pairs();
        assertThat(after).hasSizeLessThan(before.size());
        assertThat(IndexContents.read(index).pictures()).isEqualTo(after.size());
        try (HttpClient client = HttpClient.newHttpClient();
                Plip plip = Plip.load(model);
                SearchIndex found = SearchIndex.open(index);
                PlipServer server =
                        PlipServer.start(
                                ServerOptions.onPort(0), Encoder.of(plip), found, List.of())) {
            assertThat(found.size()).isEqualTo(after.size());
            for (Pair pair : before) {
                assertThat(status(client, server, pair))
                        .isEqualTo(after.contains(pair) ? 200 : 404);
            }
        }
    }

    private static int status(HttpClient client, PlipServer server, Pair pair) throws Exception {
        URI address = server.address().resolve("/api/picture/release/" + pair.key() + ".jpg");
        HttpRequest request = HttpRequest.newBuilder(address).build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
