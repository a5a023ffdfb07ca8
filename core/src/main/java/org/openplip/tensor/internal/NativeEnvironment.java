package org.openplip.tensor.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The environment variables that native libraries see, which Java cannot change otherwise.
public final class NativeEnvironment {
    private NativeEnvironment() {}

    /// Sets a variable unless the user has set it, by the C library's `setenv`. To be called before
    /// the library that reads it is loaded.
    @SuppressWarnings("restricted")
    public static void setIfAbsent(String name, String value) {
        Linker linker = Linker.nativeLinker();
        MemorySegment address = linker.defaultLookup().find("setenv").orElse(null);
        if (address == null) return; // not a POSIX system; the variables are only about speed
        MethodHandle setenv =
                linker.downcallHandle(
                        address,
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int keepIfSet = 0;
            int _ =
                    (int)
                            setenv.invokeExact(
                                    arena.allocateFrom(name), arena.allocateFrom(value), keepIfSet);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
