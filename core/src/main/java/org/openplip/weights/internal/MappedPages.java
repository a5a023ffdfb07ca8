package org.openplip.weights.internal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// The pages of mapped files that a process holds.
public final class MappedPages {
    /// From Linux's sys/mman.h.
    private static final int MADV_DONTNEED = 4;

    private static final long PAGE_BYTES = 4096;

    private static final Optional<MethodHandle> MADVISE = find();

    private MappedPages() {}

    @SuppressWarnings("restricted")
    private static Optional<MethodHandle> find() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("madvise")
                .map(
                        address ->
                                linker.downcallHandle(
                                        address,
                                        FunctionDescriptor.of(
                                                ValueLayout.JAVA_INT,
                                                ValueLayout.ADDRESS,
                                                ValueLayout.JAVA_LONG,
                                                ValueLayout.JAVA_INT)));
    }

    /// Gives up the pages that lie within `bytes`, a part of a file mapped for reading; they are
    /// read from the file again when they are next looked at. Nothing happens with other memory.
    public static void release(MemorySegment bytes) {
        if (!bytes.isMapped() || !bytes.isReadOnly() || MADVISE.isEmpty()) return;
        long start = Math.ceilDiv(bytes.address(), PAGE_BYTES) * PAGE_BYTES;
        long end = (bytes.address() + bytes.byteSize()) / PAGE_BYTES * PAGE_BYTES;
        if (end <= start) return;
        try {
            // What it answers is not looked at: it is advice.
            int _ =
                    (int)
                            MADVISE.get()
                                    .invokeExact(
                                            bytes.asSlice(start - bytes.address(), 0),
                                            end - start,
                                            MADV_DONTNEED);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
