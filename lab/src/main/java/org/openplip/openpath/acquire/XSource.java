package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.Post;

/// X by its API v2: search, conversations and look-up by id.
///
/// A search asks for posts with pictures and without reposts, as each post that is sent counts
/// against what an account may read: `(#GIPath OR #GUPath) has:images -is:retweet`.
public final class XSource extends PostSource {
    /// Where X answers.
    public static final URI SERVER = URI.create("https://api.x.com");

    private static final String CONDITIONS = " has:images -is:retweet";

    /// The longest query for recent posts; that of the full archive may be twice as long, but the
    /// same queries for both mean that one goes on where the other ended.
    private static final int LONGEST_QUERY = 512;

    /// The first post there is.
    private static final Instant FIRST = Instant.parse("2006-03-21T00:00:00Z");

    /// How far back recent search goes, less a margin for the request's own time.
    private static final Duration RECENT = Duration.ofDays(7).minusMinutes(5);

    /// X indexes posts with a delay and refuses an end less than 10 s ago.
    private static final Duration DELAY = Duration.ofSeconds(30);

    /// How many ids a look-up may ask for.
    static final int IDS_PER_LOOKUP = 100;

    private static final Map<String, String> FIELDS =
            Map.of(
                    "tweet.fields",
                    "attachments,author_id,conversation_id,created_at,entities,lang,note_tweet,"
                            + "possibly_sensitive,public_metrics,referenced_tweets",
                    "expansions",
                    "attachments.media_keys,author_id",
                    "media.fields",
                    "alt_text,media_key,type,url",
                    "user.fields",
                    "username");

    private final URI server;
    private final String token;
    private final boolean recent;

    XSource(URI server, String token, boolean recent, JsonClient client) {
        super(client);
        this.server = server;
        this.token = token;
        this.recent = recent;
    }

    /// X at `server`.
    ///
    /// @param token the bearer token of an app
    /// @param recent whether to search the last seven days rather than all
    public static XSource open(URI server, String token, boolean recent) {
        return new XSource(
                server, token, recent, new JsonClient(Patience.NORMAL, InstantSource.system()));
    }

    @Override
    String name() {
        return "x";
    }

    @Override
    Instant now() throws InterruptedException {
        return client.serverTime(server).minus(DELAY);
    }

    @Override
    Instant earliest() throws InterruptedException {
        return recent ? client.serverTime(server).minus(RECENT) : FIRST;
    }

    @Override
    List<String> searches(List<String> hashtags) {
        List<String> searches = new ArrayList<>();
        StringBuilder any = new StringBuilder();
        for (String hashtag : hashtags) {
            if (any.length() + hashtag.length() + " OR #()".length() + CONDITIONS.length()
                    > LONGEST_QUERY) {
                searches.add("(" + any + ")" + CONDITIONS);
                any.setLength(0);
            }
            any.append(any.isEmpty() ? "#" : " OR #").append(hashtag);
        }
        if (!any.isEmpty()) searches.add("(" + any + ")" + CONDITIONS);
        return searches;
    }

    @Override
    @Nullable String conversation(Post post) {
        boolean ofX = post.id().chars().allMatch(c -> c >= '0' && c <= '9');
        return ofX && post.publicMetrics().replyCount() > 0 && !post.photos().isEmpty()
                ? post.conversationId()
                : null;
    }

    @Override
    int conversationsPerQuery(List<String> waiting) {
        int count = 1;
        while (count < waiting.size()
                && conversations(waiting.subList(0, count + 1)).length() <= LONGEST_QUERY) {
            count++;
        }
        return count;
    }

    private static String conversations(List<String> ids) {
        return "conversation_id:" + String.join(" OR conversation_id:", ids);
    }

    @Override
    Page page(Query query, @Nullable String cursor) throws IOException, InterruptedException {
        return switch (query.kind()) {
            case SEARCH ->
                    search(query.text(), query.period().since(), query.period().until(), cursor);
            case REPLIES ->
                    search(conversations(query.targets()), recent ? null : FIRST, null, cursor);
            case LOOKUP -> lookUp(query.targets());
            case ARCHIVE -> throw new IllegalArgumentException("query: an archive is not of X");
        };
    }

    private Page search(
            String text, @Nullable Instant since, @Nullable Instant until, @Nullable String cursor)
            throws IOException, InterruptedException {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("query", text);
        if (since != null) parameters.put("start_time", since.toString());
        if (until != null) parameters.put("end_time", until.toString());
        parameters.put("max_results", recent ? "100" : "500");
        if (cursor != null) parameters.put("next_token", cursor);
        JsonNode page = ask("/2/tweets/search/" + (recent ? "recent" : "all"), parameters);
        XPosts.Parsed parsed = XPosts.page(page, name(), XPosts.Pictures.NONE);
        return new Page(
                parsed.posts(), parsed.leftOut(), XPosts.text(page.path("meta"), "next_token"));
    }

    private Page lookUp(List<String> ids) throws IOException, InterruptedException {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("ids", String.join(",", ids));
        JsonNode page = ask("/2/tweets", parameters);
        XPosts.Parsed parsed = XPosts.page(page, name(), XPosts.Pictures.NONE);
        Set<String> missing = new HashSet<>(ids);
        parsed.posts().forEach(post -> missing.remove(post.id()));
        List<LeftOut> leftOut = new ArrayList<>(parsed.leftOut());
        parsed.leftOut().forEach(malformed -> missing.remove(malformed.id()));
        for (JsonNode error : page.path("errors")) {
            String id = XPosts.text(error, "resource_id");
            if (id == null) id = XPosts.text(error, "value");
            if (id == null || !missing.remove(id)) continue; // of a medium, or told twice
            leftOut.add(new LeftOut(name(), id, reason(error), error.path("detail").asText("")));
        }
        for (String id : ids) {
            if (missing.remove(id)) leftOut.add(new LeftOut(name(), id, "not_returned", ""));
        }
        return new Page(parsed.posts(), leftOut, null);
    }

    /// `not_found`, `not_authorized_for_resource` and what else X has as the end of a problem's
    /// address.
    private static String reason(JsonNode error) {
        String type = error.path("type").asText("");
        String last = type.substring(type.lastIndexOf('/') + 1);
        String reason = last.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        return switch (reason) {
            case "" -> "unavailable";
            case "resource_not_found" -> "not_found";
            default -> reason;
        };
    }

    private JsonNode ask(String path, Map<String, String> parameters)
            throws IOException, InterruptedException {
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.putAll(FIELDS);
        URI address = JsonClient.address(server, path, all);
        return client.fetch(address, Map.of("Authorization", "Bearer " + token)).body();
    }

    @Override
    String advice(int status) {
        return switch (status) {
            case 401 -> "; is X_BEARER_TOKEN the bearer token of an app?";
            case 403 ->
                    recent
                            ? "; the account behind X_BEARER_TOKEN may not do this"
                            : "; the full archive needs an account that pays for it, --recent"
                                    + " searches the last seven days";
            default -> "";
        };
    }
}
