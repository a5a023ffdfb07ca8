package org.openplip.train.source;

import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Progress;

/// The pictures of a table, one file after the other in one, each after its length (4 bytes, the
/// highest first; -1 where a row has none). Read in any order and from any thread; takes as much
/// disk as the pictures do.
///
/// Its name is the SHA-256 of the table's size and Parquet footer, which tells where every page of
/// every column lies and what is the least and the largest in it: another table, another name.
final class PackedPictures implements Closeable {
    /// Takes a row's picture.
    @FunctionalInterface
    interface Sink {
        void accept(byte @Nullable [] picture) throws IOException;
    }

    /// Hands over the pictures of all rows.
    @FunctionalInterface
    interface Pictures {
        void forEach(Sink sink) throws IOException;
    }

    private static final int FOOTER_LENGTH_AND_MAGIC = 8;

    private final String sha256;
    private final FileChannel channel;
    private final long[] offsets;
    private final int[] sizes;

    private PackedPictures(String sha256, FileChannel channel, long[] offsets, int[] sizes) {
        this.sha256 = sha256;
        this.channel = channel;
        this.offsets = offsets;
        this.sizes = sizes;
    }

    /// What was unpacked of `table` into `folder`; now, if it was not.
    ///
    /// @param rows of the table
    /// @param pictures reads them all
    static PackedPictures open(
            Path table, Path folder, long rows, Progress progress, Pictures pictures)
            throws IOException {
        String sha256 = sha256(table);
        Path file = folder.resolve(sha256 + ".pictures");
        if (!Files.exists(file)) {
            try (Progress.Task task = progress.begin("unpacking " + table.getFileName(), rows)) {
                AtomicFiles.write(
                        file,
                        out -> {
                            DataOutputStream data = new DataOutputStream(out);
                            pictures.forEach(
                                    picture -> {
                                        data.writeInt(picture == null ? -1 : picture.length);
                                        if (picture != null) data.write(picture);
                                        task.advance(1);
                                    });
                            data.flush();
                        });
            }
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        boolean whole = false;
        try {
            long[] offsets = new long[Math.toIntExact(rows)];
            int[] sizes = new int[offsets.length];
            long at = 0;
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = read(channel, at, Integer.BYTES).getInt();
                offsets[i] = at + Integer.BYTES;
                at = offsets[i] + Math.max(0, sizes[i]);
            }
            if (at != channel.size()) {
                throw new DataException(file, "is not what was unpacked of " + table);
            }
            whole = true;
            return new PackedPictures(sha256, channel, offsets, sizes);
        } finally {
            if (!whole) channel.close();
        }
    }

    private static String sha256(Path table) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(table.toFile(), "r")) {
            long end = file.length() - FOOTER_LENGTH_AND_MAGIC;
            file.seek(end);
            int length = Integer.reverseBytes(file.readInt());
            byte[] footer = new byte[length + Long.BYTES];
            file.seek(end - length);
            file.readFully(footer, 0, length);
            ByteBuffer.wrap(footer, length, Long.BYTES).putLong(file.length());
            return Hashes.sha256(footer);
        }
    }

    private static ByteBuffer read(FileChannel channel, long offset, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new IOException("pictures that were unpacked are cut short");
            }
        }
        return bytes.flip();
    }

    /// Of the table's size and footer.
    String sha256() {
        return sha256;
    }

    /// The bytes of a row's picture; -1 where it has none.
    int size(int row) {
        return sizes[row];
    }

    /// A row's picture.
    byte[] read(int row) throws IOException {
        return read(channel, offsets[row], sizes[row]).array();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
