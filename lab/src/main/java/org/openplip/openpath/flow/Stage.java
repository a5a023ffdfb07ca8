package org.openplip.openpath.flow;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;

/// What is done to rows, as a description that can be sent to another machine: a record of settings
/// and of the paths of files, which every machine must find in the same place.
public interface Stage extends Serializable {
    /// The work itself, with whatever it needs loaded. Opened once on each machine, or once in a
    /// while; closed by the engine.
    Step open() throws IOException;

    /// A pure function of rows: what comes out depends on the rows alone, each by itself (or, where
    /// they are grouped, each group by itself), and not on which rows come in one call. Safe for
    /// use by several threads at once.
    interface Step extends Closeable {
        /// Works on some of the rows.
        ///
        /// @param rows in any order; in the calls of [Engine#group] in order, and never a group
        ///   without all of its rows
        void run(Iterator<Row> rows, Out out) throws IOException;

        @Override
        default void close() throws IOException {}
    }

    /// Where a stage puts rows. Not safe for use by several threads.
    @FunctionalInterface
    interface Out {
        /// @param channel 0 to 127; what is read together has one channel
        void row(int channel, byte[] key, byte[] value) throws IOException;
    }
}
