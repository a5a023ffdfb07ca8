package org.openplip.openpath.acquire;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The lines of a file that end with a line feed, one in memory at a time.
final class Lines implements Closeable {
    private final InputStream in;
    private long position;
    private long number;

    Lines(Path file) throws IOException {
        in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    }

    /// The next line without its end; null after the last. A last line without an end is none.
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(2048);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) return null;
            line.write(b);
        }
        position += line.size() + 1;
        number++;
        return line.toByteArray();
    }

    /// Bytes up to the end of the line that was read last.
    long position() {
        return position;
    }

    /// The number of the line that was read last, from 1.
    long number() {
        return number;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
