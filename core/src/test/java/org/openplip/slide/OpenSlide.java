package org.openplip.slide;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.openplip.image.RgbImage;

/// The OpenSlide library of the machine, as an oracle.
@SuppressWarnings("restricted") // that is what a foreign library is
final class OpenSlide implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final SymbolLookup library;
    private final MemorySegment slide;

    private OpenSlide(SymbolLookup library, Path file) throws Throwable {
        this.library = library;
        slide =
                (MemorySegment)
                        function("openslide_open", ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                                .invokeExact(arena.allocateFrom(file.toString()));
        if (slide.address() == 0) throw new IllegalArgumentException("not opened: " + file);
    }

    /// Empty where the library is not installed.
    static Optional<OpenSlide> open(Path file) throws Throwable {
        try {
            SymbolLookup library = SymbolLookup.libraryLookup("libopenslide.so.0", Arena.global());
            return Optional.of(new OpenSlide(library, file));
        } catch (IllegalArgumentException e) {
            if (e.getMessage() != null && e.getMessage().startsWith("not opened")) throw e;
            return Optional.empty();
        }
    }

    private MethodHandle function(String name, ValueLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        library.find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
    }

    /// A region that lies inside the slide.
    RgbImage read(int level, long x, long y, int width, int height) throws Throwable {
        MethodHandle read =
                Linker.nativeLinker()
                        .downcallHandle(
                                library.find("openslide_read_region").orElseThrow(),
                                FunctionDescriptor.ofVoid(
                                        ValueLayout.ADDRESS,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_LONG));
        try (Arena call = Arena.ofConfined()) {
            MemorySegment argb = call.allocate(ValueLayout.JAVA_INT, (long) width * height);
            read.invokeExact(slide, argb, x, y, level, (long) width, (long) height);
            byte[] pixels = new byte[3 * width * height];
            for (int i = 0; i < width * height; i++) {
                int value = argb.getAtIndex(ValueLayout.JAVA_INT, i);
                pixels[3 * i] = (byte) (value >> 16);
                pixels[3 * i + 1] = (byte) (value >> 8);
                pixels[3 * i + 2] = (byte) value;
            }
            return new RgbImage(width, height, pixels);
        }
    }

    @Override
    public void close() {
        arena.close(); // the slide itself lives until the test ends
    }
}
