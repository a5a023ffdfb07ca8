package org.openplip.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.openplip.image.RgbImage;

/// Pictures of a run as they are after resizing, a file each: width and height, 4 bytes each, the
/// highest first, then the pixels, uncompressed, so that a crop's rows can be read alone. Belongs
/// to one run, whose data and settings do not change; may be deleted whenever no process trains.
///
/// A file gets its name when it is whole. Safe to use from several threads, and from several
/// processes at once, which share what is kept.
final class PictureCache {
    private static final int HEADER = 2 * Integer.BYTES;
    private static final int PER_FOLDER = 1000;

    private final Path folder;
    private final long limit;
    private final AtomicLong kept = new AtomicLong();
    private volatile boolean full;

    /// @param limit bytes that may be added
    PictureCache(Path folder, long limit) {
        this.folder = folder;
        this.limit = limit;
    }

    /// Bytes that were added.
    long kept() {
        return kept.get();
    }

    private Path file(int number) {
        return folder.resolve("%04d".formatted(number / PER_FOLDER)).resolve(number + ".rgb");
    }

    /// The picture, if it was kept; to be closed.
    Augmentation.@Nullable Resized find(int number) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(file(number), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
        boolean whole = false;
        try {
            ByteBuffer header = ByteBuffer.allocate(HEADER);
            if (!read(channel, header, 0)) return null;
            int width = header.getInt();
            int height = header.getInt();
            // A power cut may leave the name and not the bytes.
            if (width < 1 || height < 1 || channel.size() != HEADER + 3L * width * height) {
                return null;
            }
            whole = true;
            return new Kept(channel, width, height);
        } finally {
            if (!whole) channel.close();
        }
    }

    private record Kept(FileChannel channel, int width, int height)
            implements Augmentation.Resized {
        @Override
        public RgbImage crop(int x, int y, int side) throws IOException {
            ByteBuffer rows = ByteBuffer.allocate(3 * width * side);
            if (!read(channel, rows, HEADER + 3L * width * y)) {
                throw new IOException("a decoded picture that was kept has become shorter");
            }
            return new RgbImage(width, side, rows.array()).crop(x, 0, side, side);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private static boolean read(FileChannel channel, ByteBuffer bytes, long offset)
            throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) return false;
        }
        bytes.flip();
        return true;
    }

    /// Keeps a picture if there is room. What cannot be written is not kept, and nothing after it:
    /// a full disk is no reason to end a run.
    void keep(int number, RgbImage image) {
        long size = HEADER + (long) image.pixels().length;
        if (full) return;
        if (kept.addAndGet(size) > limit) {
            kept.addAndGet(-size);
            full = true;
            return;
        }
        Path target = file(number);
        Path partial =
                target.resolveSibling(
                        "%d.%d.%d.partial"
                                .formatted(
                                        number,
                                        ProcessHandle.current().pid(),
                                        Thread.currentThread().threadId()));
        try {
            Files.createDirectories(target.getParent());
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size));
            bytes.putInt(image.width()).putInt(image.height()).put(image.pixels()).flip();
            Files.write(partial, bytes.array());
            Files.move(
                    partial,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            full = true;
            kept.addAndGet(-size);
            try {
                Files.deleteIfExists(partial);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
        }
    }
}
