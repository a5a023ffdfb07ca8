package org.openplip.openpath;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;

/// A growing list of named fingerprints. Reading is safe for several threads while nothing is
/// added.
interface Fingerprints extends Closeable {
    /// A picture's name and fingerprint.
    record Named(String name, Fingerprint print) {}

    void add(Named named) throws IOException;

    Named at(int place) throws IOException;

    @Override
    void close() throws IOException;

    /// Fingerprints in memory, 4 KiB each.
    final class InMemory implements Fingerprints {
        private final List<Named> all = new ArrayList<>();

        @Override
        public void add(Named named) {
            all.add(named);
        }

        @Override
        public Named at(int place) {
            return all.get(place);
        }

        @Override
        public void close() {}
    }

    /// Fingerprints in a file, of which 8 bytes each are in memory. The file is gone when this is
    /// closed.
    final class OnDisk implements Fingerprints {
        private final FileChannel file;
        private long[] ends = new long[64];
        private int size;

        /// @param file replaced if it is there
        OnDisk(Path file) throws IOException {
            this.file =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE);
        }

        private long start(int place) {
            return place == 0 ? 0 : ends[place - 1];
        }

        @Override
        public void add(Named named) throws IOException {
            Encoder encoded = new Encoder().text(named.name);
            named.print.encode(encoded);
            ByteBuffer bytes = ByteBuffer.wrap(encoded.bytes());
            if (size == ends.length) ends = Arrays.copyOf(ends, 2 * size);
            long at = start(size);
            while (bytes.hasRemaining()) at += file.write(bytes, at);
            ends[size++] = at;
        }

        @Override
        public Named at(int place) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate((int) (ends[place] - start(place)));
            while (bytes.hasRemaining()) {
                if (file.read(bytes, start(place) + bytes.position()) < 0) {
                    throw new IOException("fingerprints are cut short");
                }
            }
            Decoder from = new Decoder(bytes.array());
            return new Named(from.text(), Fingerprint.decode(from));
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
