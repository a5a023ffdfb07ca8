package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.openpath.Post;

class ArchiveTest {
    private static final String PAGE =
            """
            {"data": [{"id": "%d", "text": "a page's", "created_at": "2022-01-01T00:00:00.000Z",
               "author_id": "5", "attachments": {"media_keys": ["3_1", "3_2"]}}],
             "includes": {"users": [{"id": "5", "username": "dr"}],
               "media": [{"media_key": "3_2", "type": "photo", "url": "https://p/2.jpg"}]},
             "meta": {"result_count": 1}}
            """;

    @TempDir private Path folder;
    private Path out;

    @BeforeEach
    void place() {
        out = folder.resolve("out");
    }

    private AcquisitionSummary read(Path archive, Progress progress) throws IOException {
        try (Acquisition acquisition = Acquisition.open(out, List.of("gipath"), progress)) {
            acquisition.archive(archive);
            return acquisition.count();
        }
    }

    private AcquisitionSummary read(Path archive) throws IOException {
        return read(archive, Progress.none());
    }

    private Map<String, Post> posts() throws IOException {
        Map<String, Post> posts = new LinkedHashMap<>();
        for (String line : Files.readAllLines(out.resolve("posts.jsonl"))) {
            Post post = Post.parse(line.getBytes(StandardCharsets.UTF_8));
            posts.put(post.id(), post);
        }
        return posts;
    }

    private Post post(String id) throws IOException {
        return Objects.requireNonNull(posts().get(id));
    }

    private static String line(int id) {
        return ("{\"id\":\"%d\",\"text\":\"t\",\"created_at\":\"2022-01-01T00:00:00Z\","
                        + "\"media\":[{\"media_key\":\"3_%d\",\"type\":\"photo\","
                        + "\"path\":\"media/%d.jpg\"}]}\n")
                .formatted(id, id, id);
    }

    @Test
    void readsPagesPostsAndListsInAFolder() throws Exception {
        Path archive = folder.resolve("archive");
        Files.createDirectories(archive.resolve("more"));
        Files.writeString(archive.resolve("1.json"), PAGE.formatted(1) + PAGE.formatted(2));
        Files.writeString(
                archive.resolve("2.jsonl"),
                PAGE.formatted(3).replace('\n', ' ')
                        + "\n\n"
                        + line(4)
                        + "{\"id\": tru\n"
                        + line(5));
        Files.writeString(archive.resolve("more/3.json"), "[" + line(6) + "," + line(6) + "]");
        Files.writeString(archive.resolve("more/readme.txt"), "no posts");
        AcquisitionSummary summary = read(archive);
        assertThat(posts().keySet()).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(post("1").media())
                .extracting(Post.Media::mediaKey, Post.Media::type, Post.Media::url)
                .containsExactly(
                        tuple("3_1", "photo", null), tuple("3_2", "photo", "https://p/2.jpg"));
        assertThat(post("4").media())
                .extracting(Post.Media::path)
                .containsExactly("../archive/media/4.jpg");
        assertThat(summary.leftOut()).containsExactly(Map.entry("malformed", 1L));
        assertThat(Files.readString(out.resolve("left-out.jsonl")))
                .contains("\"detail\":\"2.jsonl, line 4: ");
    }

    @Test
    void readsItsOwnPostsBackAsTheyAre() throws Exception {
        String lines =
                """
                {"source":"bluesky","id":"at://d/p/1","text":"","created_at":"2022-01-01T00:00:00Z",\
                "author_id":"d","username":"h","link":"https://l","conversation_id":"at://d/p/1",\
                "lang":"en","possibly_sensitive":true,"labels":["gore"],\
                "public_metrics":{"like_count":1,"reply_count":2,"retweet_count":3,"quote_count":4},\
                "referenced_tweets":[{"type":"quoted","id":"at://d/p/0"}],\
                "entities":{"hashtags":[{"tag":"GIPath"}]},\
                "attachments":{"media_keys":["at://d/p/1#1"]},\
                "media":[{"media_key":"at://d/p/1#1","type":"photo","url":"https://u",\
                "alt_text":"a","license":"CC0"}]}
                """;
        AcquisitionSummary summary = read(Files.writeString(folder.resolve("p.jsonl"), lines));
        assertThat(out.resolve("posts.jsonl")).hasContent(lines);
        assertThat(summary.bySource()).containsExactly(Map.entry("bluesky", 1L));
    }

    @Test
    void goesOnWithinAFileWhereItWasKilled() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 1700; i++) lines.append(line(i));
        Path archive = Files.writeString(folder.resolve("posts.ndjson"), lines);
        read(archive);
        byte[] whole = Files.readAllBytes(out.resolve("posts.jsonl"));
        for (int page = 1; page <= 4; page++) {
            out = folder.resolve("killed" + page);
            int at = page;
            assertThatThrownBy(() -> read(archive, AcquisitionTest.dying(at)))
                    .isInstanceOf(AcquisitionTest.Killed.class);
            read(archive);
            assertThat(out.resolve("posts.jsonl")).hasBinaryContent(whole);
            assertThat(Files.readAllLines(out.resolve("journal.jsonl"))).hasSize(1 + 4);
        }
    }

    private static void put(ZipOutputStream zip, String name, String content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    @Test
    void readsAnAccountsOwnArchive() throws Exception {
        Path archive = folder.resolve("twitter.zip");
        try (OutputStream file = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            put(
                    zip,
                    "data/account.js",
                    "window.YTD.account.part0 = [{\"account\": {\"username\": \"dr\","
                            + " \"accountId\": \"55\"}}]");
            put(
                    zip,
                    "data/tweets.js",
                    """
                    window.YTD.tweets.part0 = [ {
                      "tweet" : {
                        "id_str" : "1001", "id" : "1001", "favorite_count" : "12",
                        "retweet_count" : "3", "lang" : "en", "possibly_sensitive" : false,
                        "created_at" : "Wed Oct 10 20:19:24 +0000 2018",
                        "full_text" : "Granuloma #GIPath https://t.co/x",
                        "entities" : { "hashtags" : [ { "text" : "GIPath", "indices" : ["1"] } ],
                          "media" : [ { "id_str" : "71", "type" : "photo",
                            "media_url_https" : "https://pbs.twimg.com/media/Ab_c-1.jpg" } ] },
                        "extended_entities" : { "media" : [
                          { "id_str" : "71", "type" : "photo",
                            "media_url_https" : "https://pbs.twimg.com/media/Ab_c-1.jpg" },
                          { "id_str" : "72", "type" : "photo",
                            "media_url_https" : "https://pbs.twimg.com/media/../../e.jpg" } ] }
                      } }, {
                      "tweet" : {
                        "id_str" : "1002", "created_at" : "Wed Oct 10 20:20:24 +0000 2018",
                        "full_text" : "Necrotising", "in_reply_to_status_id_str" : "1001"
                      } }, {
                      "tweet" : { "id_str" : "1003", "full_text" : "no date" } } ]
                    """);
            put(zip, "data/tweets-part1.js", "window.YTD.tweets.part1 = [ {\"tweet\": {");
            put(zip, "data/tweets_media/1001-Ab_c-1.jpg", "jpeg!");
            put(zip, "data/tweets_media/1001-e.jpg", "another");
        }
        AcquisitionSummary summary = read(archive);
        Post post = post("1001");
        assertThat(post.createdAt()).isEqualTo("2018-10-10T20:19:24Z");
        assertThat(post.publicMetrics().likeCount()).isEqualTo(12);
        assertThat(post.authorId()).isEqualTo("55");
        assertThat(post.photos())
                .extracting(Post.Media::path)
                .containsExactly("media/x/1001-Ab_c-1.jpg", "media/x/1001-e.jpg");
        assertThat(out.resolve("media/x/1001-Ab_c-1.jpg")).hasContent("jpeg!");
        assertThat(post("1002").repliedTo()).isEqualTo("1001");
        assertThat(summary.byHashtag()).containsExactly(Map.entry("gipath", 1L));
        assertThat(summary.leftOut()).containsExactly(Map.entry("malformed", 2L));
        assertThat(Files.readString(out.resolve("posts.jsonl")))
                .contains("\"username\":\"dr\",\"link\":\"https://x.com/dr/status/1001\"");
    }

    @Test
    void saysWhatIsNoArchive() throws Exception {
        Path text = Files.writeString(folder.resolve("a.txt"), "x");
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(DataException.class)
                .hasMessage(text + ": is no .json, .jsonl, .ndjson or .zip");
        Path zip = folder.resolve("b.zip");
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream content = new ZipOutputStream(file)) {
            put(content, "holiday.jpg", "x");
        }
        assertThatThrownBy(() -> read(zip))
                .isInstanceOf(DataException.class)
                .hasMessage(zip + ": is no archive of X: has no data/tweets.js");
        Path broken = Files.writeString(folder.resolve("c.zip"), "PK nothing");
        assertThatThrownBy(() -> read(broken)).isInstanceOf(DataException.class);
    }
}
