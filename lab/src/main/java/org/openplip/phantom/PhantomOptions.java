package org.openplip.phantom;

/// How large a world is.
///
/// @param posts lines of `posts.jsonl` that are posts, replies included; at least 50
/// @param heldoutPerClass held-out pictures of each class; at least 1
/// @param seed the same seed gives the same files, byte for byte, whatever `threads`
/// @param threads that draw; at least 1
public record PhantomOptions(int posts, int heldoutPerClass, long seed, int threads) {
    /// The size of the quick start: about 2,700 pairs that a perfect filter keeps, 450 pictures
    /// held out.
    public static final int DEFAULT_POSTS = 3600;

    public static final int DEFAULT_HELDOUT_PER_CLASS = 50;

    public PhantomOptions {
        if (posts < 50) {
            throw new IllegalArgumentException("posts: expected at least 50, got " + posts);
        }
        if (heldoutPerClass < 1) {
            throw new IllegalArgumentException(
                    "heldoutPerClass: expected at least 1, got " + heldoutPerClass);
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, got " + threads);
        }
    }

    /// The default size, on all processors.
    public static PhantomOptions defaults(long seed) {
        return new PhantomOptions(
                DEFAULT_POSTS,
                DEFAULT_HELDOUT_PER_CLASS,
                seed,
                Runtime.getRuntime().availableProcessors());
    }
}
