package org.openplip.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.openplip.tensor.internal.NativeEnvironment;

/// The native library: loaded once, and the settings that are global in it.
public final class LibTorch {
    private static final int KEPT_BYTES = 512 << 20;

    static {
        // Exit handlers destroy libtorch's globals while other threads still compute: a process
        // that
        // is ended by a signal would crash. Registered as late as can be, since libtorch goes on to
        // register its own.
        Runtime.getRuntime().addShutdownHook(new Thread(NativeEnvironment::endWithoutHandlers));
        // JavaCPP's own limit reads the process's size at every allocation and calls System.gc();
        // scopes free what they own, so neither is of use here.
        System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        // OpenMP's and OpenBLAS's threads spin for milliseconds before they sleep, and take the
        // cores from each other and from other programs. Measured in docs/LOG.md, 2026-11-23.
        NativeEnvironment.setIfAbsent("GOMP_SPINCOUNT", "10000");
        NativeEnvironment.setIfAbsent("OPENBLAS_THREAD_TIMEOUT", "16");
        // A batch's activations are freed and asked for again, layer by layer. Returned to the
        // system in between, they cost a page fault for each 4 KB. Measured in docs/LOG.md,
        // 2026-11-24.
        NativeEnvironment.keepFreedMemory(KEPT_BYTES);
        unpack();
        Loader.load(torch.class);
        torch.set_num_threads(Runtime.getRuntime().availableProcessors());
    }

    private LibTorch() {}

    /// Unpacks all of libtorch's libraries before the first is loaded. JavaCPP unpacks one and
    /// loads it, then the next; what a library needs and is not unpacked yet the system's loader
    /// takes from elsewhere, and where another libtorch is installed (Debian's, say), two of them
    /// end the process.
    private static void unpack() {
        try {
            Loader.cacheResources("/org/bytedeco/pytorch/" + Loader.getPlatform() + "/");
        } catch (IOException e) {
            throw new UncheckedIOException("libtorch cannot be unpacked", e);
        }
    }

    /// Loads the library; every entry into this package does so first.
    static void load() {}

    /// Returns freed memory to the system; worth its time after large pieces of work that are not
    /// done again.
    public static void releaseFreedMemory() {
        NativeEnvironment.releaseFreedMemory();
    }

    /// The number of threads that one operation uses: the available cores unless set.
    public static int threads() {
        return torch.get_num_threads();
    }

    /// Sets the number of threads that one operation uses, for the whole process. Sums are split by
    /// it, so results agree bit for bit only between runs with the same number.
    ///
    /// @throws IllegalArgumentException if `threads` is less than 1
    public static void threads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, got " + threads);
        }
        torch.set_num_threads(threads);
    }

    /// Seeds libtorch's global generator.
    public static void manualSeed(long seed) {
        torch.manual_seed(seed);
    }
}
