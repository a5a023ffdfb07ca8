package org.openplip.tensor.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Settings of the process that native libraries go by, which Java cannot change otherwise.
public final class NativeEnvironment {
    private NativeEnvironment() {}

    /// mallopt's parameters, of glibc's malloc.h.
    private static final int M_TRIM_THRESHOLD = -1;

    private static final int M_MMAP_THRESHOLD = -3;
    private static final int M_ARENA_MAX = -8;

    /// Sets a variable unless the user has set it, by the C library's `setenv`. To be called before
    /// the library that reads it is loaded.
    public static void setIfAbsent(String name, String value) {
        int keepIfSet = 0;
        try (Arena arena = Arena.ofConfined()) {
            call(
                    "setenv",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT),
                    arena.allocateFrom(name),
                    arena.allocateFrom(value),
                    keepIfSet);
        }
    }

    /// Lets the C library keep up to `bytes` of freed memory for what is asked for next, blocks up
    /// to a quarter of that among them, in place of returning it to the system and getting it anew,
    /// page by page.
    public static void keepFreedMemory(int bytes) {
        FunctionDescriptor mallopt =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        // Of several arenas only the first keeps large blocks.
        call("mallopt", mallopt, M_ARENA_MAX, 1);
        call("mallopt", mallopt, M_MMAP_THRESHOLD, bytes / 4);
        call("mallopt", mallopt, M_TRIM_THRESHOLD, bytes);
    }

    /// Returns all freed memory to the system.
    public static void releaseFreedMemory() {
        FunctionDescriptor trim =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
        call("malloc_trim", trim, 0L);
    }

    /// Lets the process end without the handlers that libraries have registered up to now, by
    /// glibc's `on_exit`, whose newest handler comes first and gets the exit code: it is `_exit`.
    /// What they destroy may be in use by threads that nobody waits for.
    public static void endWithoutHandlers() {
        Linker.nativeLinker()
                .defaultLookup()
                .find("_exit")
                .ifPresent(
                        exit ->
                                call(
                                        "on_exit",
                                        FunctionDescriptor.of(
                                                ValueLayout.JAVA_INT,
                                                ValueLayout.ADDRESS,
                                                ValueLayout.ADDRESS),
                                        exit,
                                        MemorySegment.NULL));
    }

    /// Calls a function of the C library that a process can do without: where the library does not
    /// have it, nothing happens.
    @SuppressWarnings("restricted")
    private static void call(String name, FunctionDescriptor descriptor, Object... arguments) {
        Linker linker = Linker.nativeLinker();
        MemorySegment address = linker.defaultLookup().find(name).orElse(null);
        if (address == null) return;
        try {
            linker.downcallHandle(address, descriptor).invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
