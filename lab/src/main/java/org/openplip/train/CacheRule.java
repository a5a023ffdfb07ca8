package org.openplip.train;

/// Whether decoded pictures should be kept on disk: where decoding takes more than a tenth of what
/// the machine's cores can do, measured over a thousand pictures of the run itself. Then the cores
/// are better used, or the faster device is waiting for them. Not thread-safe.
final class CacheRule {
    static final double SHARE = 0.1;

    /// Pictures decoded before any is counted, while code is compiled.
    static final int WARM_UP = 256;

    static final int MEASURED = 1024;

    private final int cores;
    private long pictures = -1;
    private long decoding;
    private long since;

    CacheRule(int cores) {
        this.cores = cores;
    }

    /// @param decoded pictures so far
    /// @param decodingNanos that took, of all threads together
    /// @param now in nanoseconds
    boolean pays(long decoded, long decodingNanos, long now) {
        if (decoded < WARM_UP) return false;
        if (pictures < 0 || decoded - pictures >= MEASURED) {
            boolean pays =
                    pictures >= 0 && decodingNanos - decoding > SHARE * cores * (now - since);
            pictures = decoded;
            decoding = decodingNanos;
            since = now;
            return pays;
        }
        return false;
    }
}
