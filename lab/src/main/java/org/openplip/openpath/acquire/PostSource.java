package org.openplip.openpath.acquire;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.Post;

/// A server that publishes posts. Uses the network. Not thread-safe; whoever opens it closes it.
public abstract sealed class PostSource implements AutoCloseable
        permits XSource, BlueskySource, MastodonSource {
    final JsonClient client;

    PostSource(JsonClient client) {
        this.client = client;
    }

    /// The source as it stands in queries.
    abstract String name();

    /// The time that the server takes for now, and up to which it can be asked.
    abstract Instant now() throws InterruptedException;

    /// The earliest time from which posts are to be had.
    abstract Instant earliest() throws InterruptedException;

    /// The texts of the searches that together find the posts with any of `hashtags`.
    ///
    /// @param hashtags without `#`
    abstract List<String> searches(List<String> hashtags);

    /// The id by which to ask for the answers to a stored post; null where there are none, where it
    /// has no photo that they could be captions of, or where it is of another source.
    abstract @Nullable String conversation(Post post);

    /// How many of the first conversations of `waiting` one query can ask for.
    abstract int conversationsPerQuery(List<String> waiting);

    /// A page of what a query brings.
    ///
    /// @param cursor null for the first page
    /// @throws Refusal if the server does not give it
    abstract Page page(Query query, @Nullable String cursor)
            throws IOException, InterruptedException;

    /// What to do about an answer of this status, or nothing.
    abstract String advice(int status);

    @Override
    public void close() {
        client.close();
    }
}
