package org.openplip.openpath.flow;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/// Runs stages over rows, on one machine or on many. A table is a bag of rows without an order;
/// order is only within a group and where rows are read, and there it is that of their bytes. So
/// whatever the threads, the partitions and the tasks that ran twice, the same comes out.
///
/// Each table has a name of its own, under which an engine may keep it, to go on from when it is
/// killed. Whoever makes the engine sees to it that what is kept under a name stems from the same
/// inputs and the same program. Used by one thread.
public interface Engine extends Closeable {
    /// The rows of one channel of a table; made by an engine, and read by that engine alone.
    interface Rows {}

    /// What a stage gave.
    interface Table {
        /// The rows that were put into `channel`; none where nothing was.
        Rows channel(int channel);
    }

    /// Rows one after the other. Whoever asked for them closes them. Reading throws
    /// [java.io.UncheckedIOException].
    interface Cursor extends Iterator<Row>, Closeable {}

    /// Makes the rows of a table on the caller.
    @FunctionalInterface
    interface Source {
        void writeTo(Stage.Out out) throws IOException;
    }

    /// What `source` puts, when there are few of them; it is not asked where the table was kept.
    Table rows(String name, Source source) throws IOException;

    /// What `stage` makes of each line of the files.
    ///
    /// A row is a line, as [org.openplip.openpath.PostLines] tells lines: `key` is the number of
    /// the file in `files` (int32) and of the line in the file from 1 (int64), both big-endian, and
    /// `value` the line's bytes without its end, or nothing where the line is too long. Blank lines
    /// count and make no row.
    Table lines(String name, List<Path> files, Stage stage) throws IOException;

    /// What `stage` makes of each row of all of `from`.
    Table map(String name, List<Rows> from, Stage stage) throws IOException;

    /// What `stage` makes of each group, all rows of all of `from` that have the same key. A group
    /// may be larger than memory.
    Table group(String name, List<Rows> from, Stage stage) throws IOException;

    /// All rows of all of `from`, in order, on the caller. There may be more than fit into memory.
    Cursor sorted(List<Rows> from) throws IOException;
}
