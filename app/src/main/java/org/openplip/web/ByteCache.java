package org.openplip.web;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The most recently used byte arrays, up to a total size. Safe to share between threads.
final class ByteCache {
    private final long capacity;
    private final LinkedHashMap<String, byte[]> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long size;

    /// @param capacity in bytes
    ByteCache(long capacity) {
        this.capacity = capacity;
    }

    synchronized byte @Nullable [] find(String key) {
        return entries.get(key);
    }

    synchronized void put(String key, byte[] bytes) {
        byte[] before = entries.put(key, bytes);
        size += bytes.length - (before == null ? 0 : before.length);
        var eldest = entries.entrySet().iterator();
        while (size > capacity && eldest.hasNext()) {
            Map.Entry<String, byte[]> entry = eldest.next();
            size -= entry.getValue().length;
            eldest.remove();
        }
    }
}
