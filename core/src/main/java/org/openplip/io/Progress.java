package org.openplip.io;

/// Where long work says how far it is: a progress bar in a terminal, nothing in a test.
public interface Progress {
    /// One piece of long work. Closed when the work ends, well or not. Safe to call from several
    /// threads.
    interface Task extends AutoCloseable {
        /// Adds `count` finished units.
        void advance(long count);

        /// Shows a short remark beside the bar, such as the loss.
        void note(String remark);

        @Override
        void close();
    }

    /// Begins a piece of work of `total` units; -1 where the total is not known.
    Task begin(String name, long total);

    /// Begins a piece of work of `total` bytes, which are told of as such.
    default Task beginBytes(String name, long total) {
        return begin(name, total);
    }

    /// Reports to nobody.
    static Progress none() {
        return (_, _) ->
                new Task() {
                    @Override
                    public void advance(long count) {}

                    @Override
                    public void note(String remark) {}

                    @Override
                    public void close() {}
                };
    }
}
