package org.openplip.openpath;

/// Is told how far a long task is. Called from one thread.
public interface Progress {
    /// A stage begins.
    ///
    /// @param total how many steps it has
    void begin(String stage, long total);

    /// `steps` more steps of the stage are done.
    void advance(long steps);

    /// Tells nobody.
    static Progress none() {
        return new Progress() {
            @Override
            public void begin(String stage, long total) {}

            @Override
            public void advance(long steps) {}
        };
    }
}
