package org.openplip.image.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// JPEG decoding by libjpeg-turbo, through its TurboJPEG interface (turbojpeg.h, version 2.0 or
/// later), where that library is installed.
///
/// Thread-safe: each call has a decompressor of its own, whose making costs nothing beside a
/// picture. Buffers are copied into native memory and out of it, a tenth of the time of decoding,
/// so that a picture under way never holds up garbage collection.
@SuppressWarnings("restricted")
public final class TurboJpeg {
    /// The system property that names the library's file. Unset: `libturbojpeg.so.0`, searched for
    /// as the system does. Set to what is not that library, it makes the first use of this class an
    /// UnsatisfiedLinkError.
    public static final String PROPERTY = "org.openplip.turbojpeg";

    private static final int TJPF_RGB = 0;
    private static final int TJFLAG_ACCURATEDCT = 4096;
    private static final int TJFLAG_STOPONWARNING = 8192;

    private static final Optional<TurboJpeg> INSTALLED = find();

    private final MethodHandle create;
    private final MethodHandle decompress;
    private final MethodHandle destroy;

    private TurboJpeg(SymbolLookup library) {
        create = function(library, "tjInitDecompress", FunctionDescriptor.of(ADDRESS));
        decompress =
                function(
                        library,
                        "tjDecompress2",
                        FunctionDescriptor.of(
                                JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT,
                                JAVA_INT, JAVA_INT, JAVA_INT));
        destroy = function(library, "tjDestroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    private static MethodHandle function(
            SymbolLookup library, String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(library.find(name).orElseThrow(), descriptor);
    }

    /// The installed library, or empty where there is none.
    public static Optional<TurboJpeg> installed() {
        return INSTALLED;
    }

    private static Optional<TurboJpeg> find() {
        String named = System.getProperty(PROPERTY);
        try {
            String name = named == null ? "libturbojpeg.so.0" : named;
            return Optional.of(new TurboJpeg(SymbolLookup.libraryLookup(name, Arena.global())));
        } catch (RuntimeException e) {
            if (named == null) return Optional.empty();
            throw new UnsatisfiedLinkError(
                    PROPERTY + ": expected the file of the TurboJPEG library, got " + named);
        }
    }

    /// The pixels of the JPEG in `bytes[from]` to `bytes[to]`, `uint8 [height, width, 3]` in RGB:
    /// whole blocks transformed in integers, chroma interpolated. Empty if the library finds
    /// anything amiss, be it a warning only.
    ///
    /// @param width as in the frame header
    /// @param height as in the frame header
    public Optional<byte[]> decode(byte[] bytes, int from, int to, int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment jpeg = arena.allocate(to - from);
            MemorySegment decoded = arena.allocate(pixels.length);
            MemorySegment.copy(bytes, from, jpeg, JAVA_BYTE, 0, to - from);
            if (!decompress(jpeg, decoded, width, height)) return Optional.empty();
            MemorySegment.copy(decoded, JAVA_BYTE, 0, pixels, 0, pixels.length);
            return Optional.of(pixels);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean decompress(MemorySegment jpeg, MemorySegment pixels, int width, int height)
            throws Throwable {
        MemorySegment decompressor = (MemorySegment) create.invokeExact();
        if (decompressor.equals(MemorySegment.NULL)) return false;
        int status =
                (int)
                        decompress.invokeExact(
                                decompressor,
                                jpeg,
                                jpeg.byteSize(),
                                pixels,
                                width,
                                3 * width,
                                height,
                                TJPF_RGB,
                                TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING);
        int _ = (int) destroy.invokeExact(decompressor);
        return status == 0;
    }
}
