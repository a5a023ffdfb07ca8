package org.openplip.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The owner of native memory. A tensor belongs to one scope and is freed when that scope closes.
///
/// There are two kinds. [#open()] opens a scope that is confined to its thread: every tensor made
/// on the thread belongs to the innermost open one. [#holder()] makes an owner without a thread,
/// for tensors that outlive a computation, such as a model's parameters; it gets them by
/// [#keep(Tensor)], and nothing else.
///
///     try (Scope scope = Scope.open()) {
///         Tensor sum = a.add(b);      // freed at the end of the block
///         return holder.keep(sum);    // unless it is kept elsewhere
///     }
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<@Nullable Scope> INNERMOST = new ThreadLocal<>();

    private final @Nullable Thread thread;
    private final @Nullable Scope outer;
    private final List<Tensor> tensors = new ArrayList<>();
    private boolean closed;

    private Scope(@Nullable Thread thread, @Nullable Scope outer) {
        this.thread = thread;
        this.outer = outer;
    }

    /// Opens a scope on this thread, inside the one that is innermost now.
    public static Scope open() {
        Scope scope = new Scope(Thread.currentThread(), INNERMOST.get());
        INNERMOST.set(scope);
        return scope;
    }

    /// An owner that is not tied to a thread. Tensors may be kept in it, and it may be closed, from
    /// any thread, but not while they are in use on another.
    public static Scope holder() {
        return new Scope(null, null);
    }

    /// The innermost scope that is open on this thread.
    ///
    /// @throws IllegalStateException if none is open
    static Scope innermost() {
        Scope scope = INNERMOST.get();
        if (scope == null) {
            throw new IllegalStateException(
                    "no Scope is open on thread " + Thread.currentThread().getName());
        }
        return scope;
    }

    /// The tensor that `work` makes, in the innermost scope; all else that it made is freed.
    public static Tensor resultOf(Supplier<Tensor> work) {
        Scope around = innermost();
        try (Scope _ = open()) {
            return around.keep(work.get());
        }
    }

    /// `tensor`, which now belongs to this scope. It must belong to a scope of this thread or to no
    /// thread's.
    public Tensor keep(Tensor tensor) {
        Scope before = tensor.owner();
        if (before == this) return tensor;
        before.checkThread();
        checkThread();
        before.remove(tensor);
        add(tensor);
        return tensor;
    }

    /// How many tensors belong to this scope now.
    public synchronized int live() {
        return tensors.size();
    }

    synchronized void add(Tensor tensor) {
        if (closed) throw new IllegalStateException("the scope is closed");
        tensor.ownedBy(this, tensors.size());
        tensors.add(tensor);
    }

    /// Takes `tensor` out by putting the last one in its place.
    synchronized void remove(Tensor tensor) {
        Tensor last = tensors.removeLast();
        if (last != tensor) {
            tensors.set(tensor.slot(), last);
            last.ownedBy(this, tensor.slot());
        }
    }

    private void checkThread() {
        if (thread != null && !thread.equals(Thread.currentThread())) {
            throw new IllegalStateException(
                    "the scope belongs to thread " + thread.getName() + ", not to this one");
        }
    }

    /// Frees every tensor of this scope. Closing twice does nothing.
    ///
    /// @throws IllegalStateException if a scope opened later on this thread is still open
    @Override
    public synchronized void close() {
        if (closed) return;
        checkThread();
        if (thread != null) {
            if (INNERMOST.get() != this) {
                throw new IllegalStateException("a scope opened inside this one is still open");
            }
            if (outer == null) INNERMOST.remove();
            else INNERMOST.set(outer);
        }
        closed = true;
        for (Tensor tensor : tensors) tensor.free();
        tensors.clear();
    }
}
