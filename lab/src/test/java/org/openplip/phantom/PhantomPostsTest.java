package org.openplip.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openplip.io.Progress;

class PhantomPostsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static byte[] write(long posts, long seed, String... pictures) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PhantomPosts.write(out, posts, seed, List.of(pictures), Progress.none());
        return out.toByteArray();
    }

    private static List<JsonNode> posts(byte[] lines) throws IOException {
        List<JsonNode> posts = new ArrayList<>();
        for (String line : new String(lines, StandardCharsets.UTF_8).split("\n")) {
            posts.add(JSON.readTree(line));
        }
        return posts;
    }

    @Test
    void writesAsManyPostsAsAskedTheSameForTheSameSeed() throws IOException {
        byte[] once = write(1001, 5);
        assertThat(write(1001, 5)).isEqualTo(once);
        assertThat(write(1001, 6)).isNotEqualTo(once);
        assertThat(new String(once, StandardCharsets.UTF_8)).endsWith("}\n");
        List<JsonNode> posts = posts(once);
        Set<String> ids = new HashSet<>();
        for (JsonNode post : posts) ids.add(post.path("id").asText());
        assertThat(posts).hasSize(1001);
        assertThat(ids).hasSize(1001);
    }

    @Test
    void plantsEveryFaultAloneAndTellsTheFirst() throws IOException {
        Map<String, Integer> alone = new TreeMap<>();
        for (JsonNode post : posts(write(5000, 1))) {
            JsonNode truth = post.path("truth");
            JsonNode faults = truth.path("faults");
            if (faults.size() == 1) alone.merge(faults.path(0).asText(), 1, Integer::sum);
            String first = faults.path(0).asText("none");
            String verdict = truth.path("post").asText();
            if (first.equals("none")) {
                assertThat(verdict).isIn("keep", "reply_not_chosen", "no_picture");
            } else {
                assertThat(verdict)
                        .isEqualTo(first.equals("no_keyword") ? "reply_not_chosen" : first);
            }
            assertThat(truth.path("caption").isTextual()).isEqualTo(faults.isEmpty());
        }
        assertThat(alone.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(PhantomPosts.Fault.values())
                                .map(PhantomPosts.Fault::word)
                                .toList());
    }

    @Test
    void choosesTheMostLikedOfTheRepliesWithoutAFault() throws IOException {
        Map<String, List<JsonNode>> replies = new HashMap<>();
        for (JsonNode post : posts(write(5000, 2))) {
            JsonNode reference = post.path("referenced_tweets").path(0);
            if (!reference.path("type").asText().equals("replied_to")) continue;
            replies.computeIfAbsent(reference.path("id").asText(), _ -> new ArrayList<>())
                    .add(post);
        }
        int chosen = 0;
        for (List<JsonNode> of : replies.values()) {
            int most = -1;
            int kept = -1;
            for (JsonNode reply : of) {
                int likes = reply.path("public_metrics").path("like_count").asInt();
                if (reply.path("truth").path("faults").isEmpty()) most = Math.max(most, likes);
                if (reply.path("truth").path("post").asText().equals("keep")) {
                    assertThat(kept).isEqualTo(-1);
                    kept = likes;
                    chosen++;
                }
            }
            if (kept >= 0) assertThat(kept).isEqualTo(most);
        }
        assertThat(chosen).isGreaterThan(300);
    }

    @Test
    void givesPhotosThePathsInTurn() throws IOException {
        List<String> paths = new ArrayList<>();
        for (JsonNode post : posts(write(50, 3, "a.jpg", "b.jpg"))) {
            for (JsonNode photo : post.path("media")) paths.add(photo.path("path").asText());
        }
        assertThat(paths.subList(0, 3)).containsExactly("a.jpg", "b.jpg", "a.jpg");
        for (JsonNode post : posts(write(50, 3))) {
            for (JsonNode photo : post.path("media")) assertThat(photo.has("path")).isFalse();
        }
    }
}
