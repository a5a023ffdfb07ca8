package org.openplip.weights.hub.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A lock on a file by Linux's `flock(2)`, which is what `huggingface_hub` takes. The JDK's
/// `FileChannel.lock` takes another kind (`fcntl`), which does not see this one. It keeps out other
/// processes, and other holders in this one; the system frees it when the process dies. The file
/// itself stays.
public final class Flock implements AutoCloseable {
    // <fcntl.h>, <sys/file.h> and <errno.h> of Linux on x86-64
    private static final int O_RDWR_CREAT_CLOEXEC = 2 | 0x40 | 0x80000;
    private static final int READ_WRITE_FOR_ALL = 0666; // less what the umask takes
    private static final int LOCK_EX_NB = 2 | 4;
    private static final int EINTR = 4;
    private static final int EWOULDBLOCK = 11;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(StructLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN =
            handle(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle FLOCK =
            handle("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final int descriptor;

    private Flock(int descriptor) {
        this.descriptor = descriptor;
    }

    @SuppressWarnings("restricted") // foreign calls are what this class is for
    private static MethodHandle handle(
            String name, FunctionDescriptor type, Linker.Option... options) {
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, all);
    }

    /// The lock on `file`, which is made with its folders; empty while somebody else has it.
    public static Optional<Flock> tryLock(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
            int descriptor =
                    (int) OPEN.invokeExact(state, path, O_RDWR_CREAT_CLOEXEC, READ_WRITE_FOR_ALL);
            if (descriptor < 0) throw failed(file, "opened", state);
            Flock lock = new Flock(descriptor);
            if ((int) FLOCK.invokeExact(state, descriptor, LOCK_EX_NB) == 0) {
                return Optional.of(lock);
            }
            int error = (int) ERRNO.get(state, 0L);
            lock.close();
            if (error == EWOULDBLOCK || error == EINTR) return Optional.empty();
            throw failed(file, "locked", state);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a system call throws nothing", e);
        }
    }

    private static FileSystemException failed(Path file, String what, MemorySegment state) {
        return new FileSystemException(
                file.toString(),
                null,
                "cannot be %s (errno %d)".formatted(what, (int) ERRNO.get(state, 0L)));
    }

    /// Frees the lock.
    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) CLOSE.invokeExact(arena.allocate(STATE), descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a system call throws nothing", e);
        }
    }
}
