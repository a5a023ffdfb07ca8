package org.openplip.openpath.flow;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/// The rows of sorted runs as one, in order.
final class Merge implements Engine.Cursor {
    private final List<Run.Reader> readers;
    private final PriorityQueue<Run.Reader> queue =
            new PriorityQueue<>((a, b) -> a.peek().compareTo(b.peek()));

    /// @param readers closed with the merge
    Merge(List<Run.Reader> readers) {
        this.readers = new ArrayList<>(readers);
        for (Run.Reader reader : readers) if (reader.hasNext()) queue.add(reader);
    }

    @Override
    public boolean hasNext() {
        return !queue.isEmpty();
    }

    @Override
    public Row next() {
        Run.Reader reader = queue.poll();
        if (reader == null) throw new NoSuchElementException();
        Row row = reader.next();
        if (reader.hasNext()) queue.add(reader);
        return row;
    }

    @Override
    public void close() throws IOException {
        for (Run.Reader reader : readers) reader.close();
    }
}
