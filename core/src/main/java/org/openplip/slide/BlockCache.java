package org.openplip.slide;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.image.RgbImage;

/// The decoded blocks used last, up to a number of bytes. Thread-safe; two threads that miss the
/// same block both decode it.
final class BlockCache {
    record Key(int level, int column, int row) {}

    private final long capacityBytes;
    private final Map<Key, RgbImage> blocks = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    BlockCache(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    synchronized @Nullable RgbImage get(Key key) {
        return blocks.get(key);
    }

    synchronized void put(Key key, RgbImage block) {
        if (block.pixels().length > capacityBytes) return;
        RgbImage before = blocks.put(key, block);
        bytes += block.pixels().length - (before == null ? 0 : before.pixels().length);
        Iterator<RgbImage> oldest = blocks.values().iterator();
        while (bytes > capacityBytes) {
            bytes -= oldest.next().pixels().length;
            oldest.remove();
        }
    }

    synchronized long bytes() {
        return bytes;
    }
}
