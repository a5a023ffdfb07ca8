package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openplip.io.Json;
import org.openplip.openpath.acquire.LoopbackServer.Reply;
import org.openplip.openpath.acquire.LoopbackServer.Request;

/// As much of X's API v2 as is asked for, with its rules: the length of queries, the end of a
/// search, windows of requests, ids per look-up.
final class FakeX implements AutoCloseable {
    /// A post there.
    ///
    /// @param answers the id of the post that it answers
    record Tweet(
            long id,
            Instant created,
            List<String> hashtags,
            int photos,
            long conversation,
            @Nullable Long answers,
            int likes) {}

    static final String TOKEN = "secret";

    final List<Tweet> tweets = new ArrayList<>();

    /// Ids that are gone, with X's kind of problem.
    final Map<String, String> gone = new HashMap<>();

    int postsPerPage = 3;
    int requestsPerWindow = 1000;
    boolean tellsRemaining = true;
    int refused;
    private int used;
    private @Nullable Instant windowEnd;
    final LoopbackServer server;

    FakeX() throws IOException {
        server = new LoopbackServer(this::answer);
    }

    XSource source() {
        return new XSource(server.address(), TOKEN, false, server.client());
    }

    XSource recent() {
        return new XSource(server.address(), TOKEN, true, server.client());
    }

    /// A tweet and its answers.
    void add(long id, Instant created, int answers, String... hashtags) {
        tweets.add(new Tweet(id, created, List.of(hashtags), 1 + (int) (id % 3), id, null, 5));
        for (int i = 1; i <= answers; i++) {
            tweets.add(new Tweet(id + i, created.plusSeconds(60L * i), List.of(), 0, id, id, i));
        }
    }

    private Reply answer(Request request) {
        if (!("Bearer " + TOKEN).equals(request.headers().get("authorization"))) {
            return Reply.status(401, problem("Unauthorized", "Unauthorized"));
        }
        Instant now = server.clock();
        if (windowEnd == null || !now.isBefore(windowEnd)) {
            windowEnd = now.plus(Duration.ofMinutes(15));
            used = 0;
        }
        String reset = String.valueOf(windowEnd.getEpochSecond() + 1);
        if (++used > requestsPerWindow) {
            refused++;
            return Reply.status(429, problem("Too Many Requests", "Too Many Requests"))
                    .with("x-rate-limit-reset", reset);
        }
        Reply reply =
                switch (request.path()) {
                    case "/2/tweets/search/all" -> search(request, 1024, 500, Instant.EPOCH);
                    case "/2/tweets/search/recent" ->
                            search(request, 512, 100, now.minus(Duration.ofDays(7)));
                    case "/2/tweets" -> lookUp(request);
                    default -> Reply.status(404, "");
                };
        if (!tellsRemaining) return reply;
        return reply.with("x-rate-limit-reset", reset)
                .with("x-rate-limit-remaining", String.valueOf(requestsPerWindow - used));
    }

    private static String problem(String title, String detail) {
        return "{\"title\": \"%s\", \"detail\": \"%s\"}".formatted(title, detail);
    }

    private Reply search(Request request, int longest, int most, Instant earliest) {
        Map<String, String> asked = request.parameters();
        String query = String.valueOf(asked.get("query"));
        if (query.length() > longest) {
            return Reply.status(400, problem("Invalid Request", "query is too long"));
        }
        if (Integer.parseInt(String.valueOf(asked.get("max_results"))) > most) {
            return Reply.status(400, problem("Invalid Request", "max_results"));
        }
        Instant now = server.clock();
        String start = asked.get("start_time");
        String end = asked.get("end_time");
        // Without a start, the full archive gives the last 30 days.
        Instant since =
                start != null
                        ? Instant.parse(start)
                        : most == 100 ? earliest : now.minus(Duration.ofDays(30));
        Instant until = end == null ? now.minusSeconds(30) : Instant.parse(end);
        if (since.isBefore(earliest) || until.isAfter(now.minusSeconds(10))) {
            return Reply.status(400, problem("Invalid Request", "start_time or end_time"));
        }
        List<Tweet> found =
                tweets.stream()
                        .filter(t -> !t.created.isBefore(since) && t.created.isBefore(until))
                        .filter(t -> matches(t, query))
                        .sorted(Comparator.comparingLong(Tweet::id).reversed())
                        .toList();
        int from = 0;
        String token = asked.get("next_token");
        if (token != null) {
            if (!token.matches("p[0-9]+")) {
                return Reply.status(400, problem("Invalid Request", "next_token"));
            }
            from = Integer.parseInt(token.substring(1));
        }
        int to = Math.min(from + postsPerPage, found.size());
        ObjectNode page = page(found.subList(from, to));
        page.withObject("/meta").put("result_count", to - from);
        if (to < found.size()) page.withObject("/meta").put("next_token", "p" + to);
        return Reply.json(page.toString());
    }

    private static final Pattern HASHTAG = Pattern.compile("#([A-Za-z]+)");

    private static boolean matches(Tweet tweet, String query) {
        if (query.startsWith("conversation_id:")) {
            return tweet.answers != null
                    && Arrays.asList(query.split(" OR "))
                            .contains("conversation_id:" + tweet.conversation);
        }
        if (!query.matches("\\(#.*\\) has:images -is:retweet") || tweet.photos == 0) return false;
        Set<String> tags = new LinkedHashSet<>();
        for (Matcher m = HASHTAG.matcher(query); m.find(); ) {
            tags.add(m.group(1).toLowerCase(Locale.ROOT));
        }
        return tweet.hashtags.stream().anyMatch(tag -> tags.contains(tag.toLowerCase(Locale.ROOT)));
    }

    private Reply lookUp(Request request) {
        String[] ids = String.valueOf(request.parameters().get("ids")).split(",");
        if (ids.length > 100) return Reply.status(400, problem("Invalid Request", "ids"));
        List<Tweet> found = new ArrayList<>();
        ArrayNode errors = Json.MAPPER.createArrayNode();
        for (String id : ids) {
            String problem = gone.get(id);
            if (problem != null) {
                errors.addObject()
                        .put("resource_id", id)
                        .put("resource_type", "tweet")
                        .put("parameter", "ids")
                        .put("detail", "Could not find tweet with ids: [" + id + "].")
                        .put("type", "https://api.twitter.com/2/problems/" + problem);
                continue;
            }
            tweets.stream().filter(t -> String.valueOf(t.id).equals(id)).forEach(found::add);
        }
        ObjectNode page = page(found);
        if (!errors.isEmpty()) page.set("errors", errors);
        return Reply.json(page.toString());
    }

    private ObjectNode page(List<Tweet> found) {
        ObjectNode page = Json.MAPPER.createObjectNode();
        for (Tweet tweet : found) {
            ObjectNode post = page.withArray("/data").addObject();
            post.put("id", String.valueOf(tweet.id))
                    .put("text", "Tubular adenoma &amp; more, " + tweet.id)
                    .put("created_at", tweet.created.toString().replace("Z", ".000Z"))
                    .put("author_id", String.valueOf(tweet.id % 7))
                    .put("conversation_id", String.valueOf(tweet.conversation))
                    .put("lang", "en")
                    .put("possibly_sensitive", false);
            post.withObject("/public_metrics")
                    .put("like_count", tweet.likes)
                    .put("retweet_count", 2)
                    .put("quote_count", 1)
                    .put(
                            "reply_count",
                            tweets.stream()
                                    .filter(t -> t.answers != null && t.answers == tweet.id)
                                    .count());
            for (String tag : tweet.hashtags) {
                post.withArray("/entities/hashtags").addObject().put("tag", tag);
            }
            if (tweet.answers != null) {
                post.withArray("/referenced_tweets")
                        .addObject()
                        .put("type", "replied_to")
                        .put("id", String.valueOf(tweet.answers));
            }
            for (int i = 0; i < tweet.photos; i++) {
                String key = "3_" + tweet.id + i;
                post.withArray("/attachments/media_keys").add(key);
                page.withArray("/includes/media")
                        .addObject()
                        .put("media_key", key)
                        .put("type", "photo")
                        .put("alt_text", "glands")
                        .put("url", "https://pbs.twimg.com/media/" + tweet.id + i + ".jpg");
            }
            page.withArray("/includes/users")
                    .addObject()
                    .put("id", String.valueOf(tweet.id % 7))
                    .put("name", "Dr " + tweet.id % 7)
                    .put("username", "dr" + tweet.id % 7);
        }
        return page;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
